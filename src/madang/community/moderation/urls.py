"""Addresses of the moderation app."""

from django.urls import path

from madang.community.moderation import views

app_name = "moderation"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("decide/", views.decide, name="decide"),
    path("posts/<int:post_id>/appeal/", views.appeal, name="appeal"),
    path("disclosure-check/", views.check_disclosure, name="check_disclosure"),
]
