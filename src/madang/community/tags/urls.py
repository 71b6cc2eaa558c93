"""Addresses of the tags app."""

from django.urls import path

from madang.community.tags import views

app_name = "tags"
urlpatterns = [
    path("<str:key>/", views.tag, name="tag"),
    path("posts/<int:post_id>/add/", views.add, name="add"),
    path("posts/<int:post_id>/drop/", views.drop, name="drop"),
]
