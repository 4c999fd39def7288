"""The Square's addresses of talks."""

from __future__ import annotations

from django.urls import path

from linli.loops.council.talks import pages

app_name = "talks"
T = "talks/<int:talk_id>"
urlpatterns = [
    path("talks/", pages.index, name="list"),
    path(f"{T}/", pages.statements, name="one"),
    path(f"{T}/map/", pages.opinion_map, name="map"),
    path(f"{T}/arguments/", pages.arguments, name="arguments"),
    path(f"{T}/questions/", pages.questions, name="questions"),
    path(f"{T}/rulings/", pages.rulings, name="rulings"),
    path(f"{T}/mine/", pages.mine, name="mine"),
    path(f"{T}/do/<slug:deed>/", pages.act, name="act"),
]
