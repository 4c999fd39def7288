"""The Square's addresses of plans."""

from __future__ import annotations

from django.urls import path

from linli.loops.council.plans import pages

app_name = "plans"
urlpatterns = [
    path("plans/", pages.plan_list, name="list"),
    path("plans/<int:plan_id>/", pages.plan, name="plan"),
]
