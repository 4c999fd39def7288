"""Addresses of suspicions at the Desk."""

from __future__ import annotations

from django.urls import path

from linli.measure.suspicions import desk_pages

app_name = "suspicions_desk"
urlpatterns = [
    path("desk/suspicions/", desk_pages.index, name="list"),
    path("desk/suspicions/<int:suspicion_id>/", desk_pages.one, name="one"),
    path("desk/suspicions/<int:suspicion_id>/answer/", desk_pages.answered, name="answer"),
]
