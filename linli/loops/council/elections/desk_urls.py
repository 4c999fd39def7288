"""Addresses of elections at the Desk."""

from __future__ import annotations

from django.urls import path

from linli.loops.council.elections.desk import elections

app_name = "elections_desk"
ONE = "desk/elections/<int:election_id>"
urlpatterns = [
    path("desk/elections/", elections.index, name="list"),
    path("desk/elections/new/<slug:body>/", elections.new, name="new"),
    path(f"{ONE}/", elections.show, name="election"),
    path(f"{ONE}/edit/", elections.edit, name="edit"),
    path(f"{ONE}/candidates/", elections.candidates, name="candidates"),
    path(f"{ONE}/nominate/", elections.nominate_for, name="nominate_for"),
    path(f"{ONE}/proof/<int:task_id>/", elections.proof, name="proof"),
    path(f"{ONE}/<slug:verb>/", elections.act, name="act"),
]
