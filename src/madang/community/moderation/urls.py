"""Addresses of the moderation app."""

from django.urls import path

from madang.community.moderation import views
from madang.community.moderation.speech import views as speech

app_name = "moderation"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("decide/", views.decide, name="decide"),
    path("posts/<int:post_id>/appeal/", views.appeal, name="appeal"),
    path("speech/", speech.queue, name="speech"),
    path("speech/decide/", speech.decide, name="decide_speech"),
    path("speech/<int:speech_id>/appeal/", speech.appeal, name="appeal_speech"),
    path("disclosure-check/", views.check_disclosure, name="check_disclosure"),
]
