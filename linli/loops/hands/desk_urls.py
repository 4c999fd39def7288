"""Addresses of questions about hands at the Desk."""

from __future__ import annotations

from django.urls import path

from linli.loops.hands import desk_pages

app_name = "hands_desk"
urlpatterns = [
    path("desk/hands/", desk_pages.index, name="list"),
    path("desk/hands/ask/", desk_pages.asked, name="ask"),
    path("desk/hands/<int:question_id>/", desk_pages.one, name="one"),
]
