"""Addresses of the reviews app."""

from django.urls import path

from madang.community.reviews import views

app_name = "reviews"
urlpatterns = [path("<int:opinion_id>/hide/", views.hide, name="hide")]
