"""Rolls at the Desk."""

from __future__ import annotations

from django.urls import path

from linli.kernel.rolls import desk_decisions, desk_findings, desk_objections, desk_rolls, desk_voters

app_name = "rolls_desk"
urlpatterns = [
    path("desk/rolls/", desk_rolls.rolls, name="rolls"),
    path("desk/rolls/new/", desk_rolls.new, name="new"),
    path("desk/rolls/objections/", desk_objections.waiting, name="waiting"),
    path("desk/rolls/<int:roll_id>/", desk_rolls.roll, name="roll"),
    path("desk/rolls/<int:roll_id>/terms/", desk_rolls.change_terms, name="terms"),
    path("desk/rolls/<int:roll_id>/redraw/", desk_rolls.redraw, name="redraw"),
    path("desk/rolls/<int:roll_id>/discard/", desk_rolls.discard, name="discard"),
    path("desk/rolls/<int:roll_id>/freeze/", desk_rolls.freeze, name="freeze"),
    path("desk/rolls/<int:roll_id>/mended/", desk_rolls.begin_mended, name="begin_mended"),
    path("desk/rolls/<int:roll_id>/findings/<slug:code>/", desk_findings.findings, name="findings"),
    path("desk/rolls/<int:roll_id>/findings/<slug:code>/all/", desk_findings.settle_all, name="settle_all"),
    path("desk/rolls/<int:roll_id>/mend/<slug:way>/", desk_findings.mend, name="mend"),
    path("desk/rolls/<int:roll_id>/decisions/", desk_decisions.decisions, name="decisions"),
    path("desk/rolls/<int:roll_id>/decisions/<int:decision_id>/take-back/", desk_decisions.take_back, name="take_back"),
    path("desk/rolls/<int:roll_id>/entries/", desk_decisions.entries, name="entries"),
    path("desk/rolls/<int:roll_id>/voters/", desk_voters.voters, name="voters"),
    path("desk/rolls/<int:roll_id>/voters/<int:seq>/", desk_voters.voter, name="voter"),
    path("desk/rolls/<int:roll_id>/voters/<int:seq>/reveal/", desk_voters.reveal, name="reveal"),
    path("desk/rolls/<int:roll_id>/voters/<int:seq>/receipt/", desk_voters.receipt, name="receipt"),
    path("desk/rolls/<int:roll_id>/print/", desk_voters.printed, name="print"),
    path("desk/rolls/<int:roll_id>/objections/", desk_objections.objections, name="objections"),
    path("desk/rolls/<int:roll_id>/objections/<int:objection_id>/answer/", desk_objections.answer, name="answer"),
]
