"""Addresses of files that belong to nothing yet."""

from __future__ import annotations

from django.urls import path

from linli.kernel.files import pages

app_name = "files"
urlpatterns = [path("kept/<str:token>/", pages.kept_picture, name="kept")]
