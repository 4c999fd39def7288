"""Addresses of talks at the Desk."""

from __future__ import annotations

from django.urls import path

from linli.loops.council.talks.desk import acts, behalf, one, tables, who

app_name = "talks_desk"
T = "desk/talks/<int:talk_id>"
urlpatterns = [
    path("desk/talks/", one.index, name="list"),
    path("desk/talks/new/", one.new, name="new"),
    path("desk/settings/talk-names/", one.names, name="names"),
    path(f"{T}/", one.show, name="talk"),
    path(f"{T}/words/", one.words, name="words"),
    path(f"{T}/behalf/", behalf.behalf, name="behalf"),
    path(f"{T}/sheet/", behalf.sheet, name="sheet"),
    path(f"{T}/participation/", who.takes_part, name="participation"),
    path(f"{T}/visits/", who.visits, name="visits"),
    path(f"{T}/table/<slug:what>/", tables.table_of, name="table"),
    path(f"{T}/<slug:verb>/", acts.act, name="act"),
]
