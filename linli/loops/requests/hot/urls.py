"""Addresses of hot topics on the Square."""

from __future__ import annotations

from django.urls import path

from linli.loops.requests.hot import square

app_name = "topics"
urlpatterns = [
    path("topics/", square.index, name="list"),
    path("topics/<int:topic_id>/", square.one, name="one"),
]
