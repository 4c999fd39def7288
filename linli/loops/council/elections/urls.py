"""The Square's addresses of elections."""

from __future__ import annotations

from django.urls import path

from linli.loops.council.elections import pages

app_name = "elections"
ONE = "elections/<int:election_id>"
urlpatterns = [
    path("elections/", pages.index, name="list"),
    path(f"{ONE}/", pages.one, name="one"),
    path(f"{ONE}/nominate/", pages.nominate, name="nominate"),
    path(f"{ONE}/do/<slug:deed>/", pages.act, name="act"),
    path(f"{ONE}/print/<slug:sheet>/", pages.printed, name="print"),
]
