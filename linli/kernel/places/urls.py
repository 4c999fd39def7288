"""The place tree at the Desk."""

from django.urls import path

from linli.kernel.places import pages

app_name = "places"
urlpatterns = [
    path("desk/places/", pages.tops, name="tops"),
    path("desk/places/at/", pages.at_point, name="at"),
    path("desk/places/new/", pages.add_top, name="add_top"),
    path("desk/places/<int:place_id>/", pages.place, name="place"),
    path("desk/places/<int:place_id>/add/", pages.add, name="add"),
    path("desk/places/<int:place_id>/rename/", pages.rename, name="rename"),
    path("desk/places/<int:place_id>/describe/", pages.describe, name="describe"),
    path("desk/places/<int:place_id>/names/", pages.names, name="names"),
    path("desk/places/<int:place_id>/outline/", pages.outline, name="outline"),
    path("desk/places/<int:place_id>/move/", pages.move, name="move"),
    path("desk/places/<int:place_id>/merge/", pages.merge, name="merge"),
    path("desk/places/<int:place_id>/split/", pages.split, name="split"),
]
