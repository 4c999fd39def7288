"""Addresses of plans at the Desk."""

from __future__ import annotations

from django.urls import path

from linli.loops.council.plans.desk import homes, plans, prints, ways

app_name = "plans_desk"
P = "desk/plans/<int:plan_id>"
urlpatterns = [
    path("desk/plans/", plans.index, name="list"),
    path("desk/plans/new/<slug:planned>/", plans.new, name="new"),
    path("desk/plans/schemes/", ways.schemes, name="schemes"),
    path("desk/plans/schemes/<int:scheme_id>/end/", ways.end_scheme, name="end_scheme"),
    path(f"{P}/", plans.show, name="plan"),
    path(f"{P}/terms/", plans.terms, name="terms"),
    path(f"{P}/homes/", homes.homes, name="homes"),
    path(f"{P}/ways/", ways.add, name="way_new"),
    path(f"{P}/ways/<int:number>/", ways.edit, name="way"),
    path(f"{P}/print/", prints.printed, name="print"),
    path(f"{P}/table/", prints.table, name="table"),
    path(f"{P}/do/<slug:step>/", plans.act, name="act"),
]
