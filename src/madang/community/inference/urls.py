"""Addresses of the inference app."""

from django.urls import path

from madang.community.inference import views

app_name = "inference"
urlpatterns = [
    path("", views.models, name="models"),
    path("retry/", views.retry, name="retry"),
]
