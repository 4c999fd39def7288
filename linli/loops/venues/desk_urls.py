"""Addresses of venues at the Desk."""

from __future__ import annotations

from django.urls import path

from linli.loops.venues.desk import register, running, standards

app_name = "venues_desk"
V = "desk/venues/<int:venue_id>"
S = "desk/settings/venue-standards"
urlpatterns = [
    path("desk/venues/", register.index, name="list"),
    path("desk/venues/new/", register.new, name="new"),
    path(f"{V}/", running.show, name="venue"),
    path(f"{V}/edit/", register.edit, name="edit"),
    path(f"{V}/photo/", register.photo, name="photo"),
    path(f"{V}/close/", register.close, name="close"),
    path(f"{V}/hours/", running.week, name="hours"),
    path(f"{V}/days/", running.day, name="day"),
    path(f"{V}/days/drop/", running.drop_day, name="drop_day"),
    path(f"{V}/opened/", running.opened, name="opened"),
    path(f"{V}/shut/", running.shut, name="shut"),
    path(f"{V}/log/", running.log, name="log"),
    path(f"{V}/log/<int:opening_id>/strike/", running.strike, name="strike"),
    path(f"{V}/forms/", running.forms, name="forms"),
    path(f"{V}/forms/<int:rating_id>/strike/", running.strike_forms, name="strike_forms"),
    path(f"{S}/", standards.index, name="standards"),
    path(f"{S}/new/", standards.new, name="new_standard"),
    path(f"{S}/change/<slug:code>/", standards.change, name="change_standard"),
    path(f"{S}/off/<slug:code>/", standards.off, name="off_standard"),
    path(f"{S}/<int:standard_id>/end/", standards.end, name="end_standard"),
]
