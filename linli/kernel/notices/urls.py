"""The notice board, and a person's messages under /me/."""

from __future__ import annotations

from django.urls import path

from linli.kernel.notices import pages

app_name = "notices"
urlpatterns = [
    path("notices/", pages.board, name="board"),
    path("notices/screen/", pages.screen, name="screen"),
    path("notices/<int:notice_id>/", pages.one, name="one"),
    path("notices/<int:notice_id>/print/", pages.printed, name="print"),
    path("notices/<int:notice_id>/notice.pdf", pages.as_pdf, name="pdf"),
    path("me/messages/", pages.messages, name="messages"),
    path("me/messages/read/", pages.read, name="read"),
]
