"""Ballots on the Square."""

from __future__ import annotations

from django.urls import path

from linli.loops.council.ballots import pages, vote_pages

app_name = "ballots"
urlpatterns = [
    path("ballots/", pages.ballots, name="ballots"),
    path("ballots/<int:ballot_id>/", pages.ballot, name="ballot"),
    path("ballots/<int:ballot_id>/check/", pages.check, name="check"),
    path("ballots/<int:ballot_id>/bundle.json", pages.bundle, name="bundle"),
    path("ballots/<int:ballot_id>/verify.py", pages.script, name="script"),
    path("ballots/<int:ballot_id>/vote/", vote_pages.choose_voter, name="vote"),
    path("ballots/<int:ballot_id>/vote/<int:seq>/", vote_pages.vote, name="vote_for"),
    path("ballots/<int:ballot_id>/receipt/<int:seq>/", vote_pages.receipt, name="receipt"),
]
