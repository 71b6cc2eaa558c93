"""Addresses of the moderation app: three pages for each kind of label, one for each text."""

from django.urls import path

from madang.community.moderation import views
from madang.community.moderation.registry import KINDS

app_name = "moderation"
urlpatterns = [
    path("disclosure-check/", views.check_disclosure, name="check_disclosure"),
    path("look/<slug:name>/<int:number>/", views.look, name="look"),
]
for kind in KINDS.values():
    urlpatterns += [
        path(kind.ADDRESS, views.queue, {"kind": kind}, name=f"queue_{kind.NAME}"),
        path(f"{kind.ADDRESS}decide/", views.decide, {"kind": kind}, name=f"decide_{kind.NAME}"),
        path(kind.ADDRESS + kind.APPEAL, views.appeal, {"kind": kind}, name=f"appeal_{kind.NAME}"),
    ]
