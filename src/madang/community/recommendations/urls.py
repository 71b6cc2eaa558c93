"""Addresses of recommendations."""

from django.urls import path

from madang.community.recommendations import views

app_name = "recommendations"
urlpatterns = [
    path("", views.front, name="front"),
    path("consent/", views.answer, name="answer"),
    path("reset/", views.reset, name="reset"),
]
