"""Addresses of indicators at the Desk, and of the Wall."""

from __future__ import annotations

from django.urls import path

from linli.measure.desk import coverage, editing, entering, one, publishing

app_name = "indicators"
urlpatterns = [
    path("desk/indicators/", coverage.index, name="list"),
    path("desk/indicators/publish/", publishing.publish, name="publish"),
    path("desk/indicators/asked/<int:asked_id>/", editing.asked, name="asked"),
    path("desk/indicators/asked/<int:asked_id>/keep/", editing.keep, name="keep"),
    path("desk/indicators/of/<slug:code>/", one.show, name="one"),
    path("desk/indicators/of/<slug:code>/behind/", one.matters, name="behind"),
    path("desk/indicators/of/<slug:code>/edit/", editing.edit, name="edit"),
    path("desk/indicators/of/<slug:code>/enter/", entering.enter, name="enter"),
]
