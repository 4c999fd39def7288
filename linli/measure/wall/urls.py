"""Addresses of the Wall."""

from __future__ import annotations

from django.urls import path

from linli.measure.wall import pages

app_name = "wall"
urlpatterns = [
    path("wall/", pages.home, name="home"),
    path("wall/screen/<slug:board>/", pages.screen, name="screen"),
]
