"""The Desk's first page."""

from __future__ import annotations

from django.urls import path

from linli.kernel.matters import pages

app_name = "desk"
urlpatterns = [path("desk/", pages.home, name="home")]
