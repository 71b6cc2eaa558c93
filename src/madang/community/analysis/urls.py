"""Addresses of the analysis app."""

from django.urls import path

from madang.community.analysis import views

app_name = "analysis"
urlpatterns = [
    path("", views.models, name="models"),
    path("retry/", views.retry, name="retry"),
]
