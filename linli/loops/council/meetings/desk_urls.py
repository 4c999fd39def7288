"""Addresses of meetings at the Desk."""

from __future__ import annotations

from django.urls import path, re_path

from linli.loops.council.meetings.desk import minutes, plans, runs, timing

app_name = "meetings_desk"
M = "desk/meetings/<int:meeting_id>"
urlpatterns = [
    path("desk/meetings/", plans.index, name="list"),
    path("desk/meetings/new/", plans.new, name="new"),
    path("desk/meetings/participation/", timing.who_takes_part, name="participation"),
    path("desk/meetings/participation/visits/", timing.visits, name="visits"),
    path("desk/meetings/slots/new/", timing.new_poll, name="poll_new"),
    path("desk/meetings/slots/<int:poll_id>/", timing.poll, name="poll"),
    path(f"{M}/", plans.show, name="meeting"),
    path(f"{M}/edit/", plans.edit, name="edit"),
    path(f"{M}/papers/", plans.add_paper, name="add_paper"),
    path(f"{M}/papers/<int:paper_id>/", plans.paper, name="paper"),
    path(f"{M}/register/", plans.fill_register, name="register"),
    path(f"{M}/attendance/", plans.attendance, name="attendance"),
    path(f"{M}/run/", runs.run, name="run"),
    path(f"{M}/board/", runs.board, name="board"),
    path(f"{M}/code/", runs.code, name="code"),
    path(f"{M}/code-sheet/", runs.code_sheet, name="code_sheet"),
    path(f"{M}/minutes/", minutes.editor, name="minutes"),
    path(f"{M}/minutes/print/", minutes.printed, name="minutes_print"),
    re_path(r"^desk/meetings/(?P<meeting_id>\d{1,18})/minutes\.(?P<form>docx|pdf)$", minutes.file, name="minutes_file"),
    path(f"{M}/<slug:verb>/", runs.act, name="act"),
]
