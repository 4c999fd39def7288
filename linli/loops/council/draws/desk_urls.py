"""Addresses of draws at the Desk."""

from __future__ import annotations

from django.urls import path

from linli.loops.council.draws.desk import applications, draws

app_name = "draws_desk"
D = "desk/draws/<int:draw_id>"
urlpatterns = [
    path("desk/draws/", draws.index, name="list"),
    path("desk/draws/new/", draws.new, name="new"),
    path(f"{D}/", draws.show, name="draw"),
    path(f"{D}/edit/", draws.edit, name="edit"),
    path(f"{D}/applications/", applications.index, name="applications"),
    path(f"{D}/apply/", applications.apply_for, name="apply_for"),
    path(f"{D}/applications/<int:application_id>/paper/", applications.paper, name="paper"),
    path(f"{D}/<slug:verb>/", draws.act, name="act"),
]
