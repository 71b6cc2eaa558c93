"""Addresses of the accounts app."""

from django.urls import path

from madang.community.accounts import views

app_name = "accounts"
urlpatterns = [path("settings/", views.settings, name="settings")]
