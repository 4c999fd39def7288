"""Addresses of requests at the Desk."""

from __future__ import annotations

from django.urls import path, re_path

from linli.loops.requests.desk import answers, book, calls, intake, lists, matter, patrol, rates, readers, same

app_name = "requests_desk"
REF = r"(?P<ref>[Rr]\d{1,18})"
urlpatterns = [
    path("desk/requests/", lists.requests_list, name="list"),
    path("desk/requests/batch/", lists.batch, name="batch"),
    path("desk/requests/new/", intake.new, name="new"),
    path("desk/requests/new/<slug:part>/", intake.look, name="look"),
    re_path(rf"^desk/requests/{REF}/$", matter.show, name="matter"),
    re_path(rf"^desk/requests/{REF}/receipt/$", intake.receipt, name="receipt"),
    re_path(rf"^desk/requests/{REF}/similar/$", same.similar, name="similar"),
    re_path(rf"^desk/requests/{REF}/same/$", same.decide, name="same"),
    re_path(rf"^desk/requests/{REF}/not-repeat/$", matter.not_repeat, name="not_repeat"),
    re_path(rf"^desk/requests/{REF}/reveal/$", matter.reveal_party, name="reveal"),
    re_path(rf"^desk/requests/{REF}/photos/(?P<attachment_id>\d{{1,18}})/$", matter.photo, name="photo"),
    re_path(rf"^desk/requests/{REF}/longer/$", matter.longer, name="longer"),
    re_path(rf"^desk/requests/{REF}/hints/$", matter.look_at_draft, name="hints"),
    re_path(rf"^desk/requests/{REF}/(?P<verb>[a-z_]{{2,24}})/$", matter.act, name="act"),
    path("desk/patrol/", patrol.patrol, name="patrol"),
    path("desk/patrol/send/", patrol.send, name="send"),
    path("desk/calls/", calls.calls, name="calls"),
    path("desk/calls/reveal/", calls.reveal, name="reveal_calls"),
    path("desk/calls/<int:delivery_id>/", calls.record, name="record_call"),
    path("desk/figures/", rates.rates, name="figures"),
    path("desk/figures/answers/", answers.answers, name="answers"),
    path("desk/figures/book/", book.book, name="book"),
    path("desk/readers/", readers.readers, name="readers"),
    path("desk/readers/<int:learning_id>/", readers.reader, name="reader"),
]
