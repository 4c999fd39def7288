"""The Square's addresses of venues."""

from __future__ import annotations

from django.urls import path

from linli.loops.venues import pages

app_name = "venues"
urlpatterns = [
    path("venues/", pages.index, name="list"),
    path("venues/map/", pages.plan, name="map"),
    path("venues/<int:venue_id>/", pages.one, name="one"),
    path("venues/<int:venue_id>/rate/", pages.rate, name="rate"),
    path("venues/<int:venue_id>/photo/", pages.photo, name="photo"),
    path("venues/<int:venue_id>/sheet/", pages.sheet, name="sheet"),
]
