"""Addresses of the reviews app."""

from django.urls import path

from madang.community.reviews import views

app_name = "reviews"
urlpatterns = [path("posts/<int:post_id>/hide/", views.hide, name="hide")]
