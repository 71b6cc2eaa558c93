"""Addresses of the related app."""

from django.urls import path

from madang.community.related import views

app_name = "related"
urlpatterns = [path("", views.search, name="search")]
