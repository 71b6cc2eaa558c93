"""The site's addresses."""

from django.contrib import admin
from django.urls import include, path

handler429 = "madang.community.boards.views.failure.too_many"
handler500 = "madang.community.boards.views.failure.server_error"

urlpatterns = [
    path("", include("madang.community.boards.urls")),
    path("accounts/", include("madang.community.accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("moderation/", include("madang.community.moderation.urls")),
    path("models/", include("madang.community.inference.urls")),
    path("reviews/", include("madang.community.reviews.urls")),
    path("tags/", include("madang.community.tags.urls")),
    path("search/meaning/", include("madang.community.related.urls")),
    path("market/", include("madang.community.market.urls")),
    path("recommendations/", include("madang.community.recommendations.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
