"""The site's addresses."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("madang.community.boards.urls")),
    path("accounts/", include("madang.community.accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
if apps.is_installed("madang.community.moderation"):
    urlpatterns.append(path("moderation/", include("madang.community.moderation.urls")))
