"""What a reader sets for themselves about a matter of whatever kind."""

from __future__ import annotations

from django.urls import path

from linli.kernel.matters import mute_pages

app_name = "own"
urlpatterns = [
    path("matters/<str:ref>/mute/", mute_pages.switch, {"hear": False}, name="mute"),
    path("matters/<str:ref>/hear-again/", mute_pages.switch, {"hear": True}, name="hear_again"),
]
