"""Rolls on the Square."""

from __future__ import annotations

from django.urls import path

from linli.kernel.rolls import pages

app_name = "rolls"
urlpatterns = [
    path("rolls/", pages.rolls, name="rolls"),
    path("rolls/<int:roll_id>/", pages.roll, name="roll"),
    path("rolls/<int:roll_id>/buildings/<int:building_id>/", pages.building, name="building"),
    path("rolls/<int:roll_id>/proof/<int:seq>/", pages.proof, name="proof"),
    path("rolls/<int:roll_id>/object/", pages.object_to, name="object"),
    path("rolls/<int:roll_id>/objections/<int:objection_id>/withdraw/", pages.withdraw, name="withdraw"),
]
