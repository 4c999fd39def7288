"""The Square's addresses of meetings."""

from __future__ import annotations

from django.urls import path, re_path

from linli.loops.council.meetings import minutes_pages, pages

app_name = "meetings"
urlpatterns = [
    path("meetings/", pages.meeting_index, name="list"),
    path("meetings/slots/<int:poll_id>/", pages.slot_page, name="slots"),
    path("meetings/<int:meeting_id>/", pages.one, name="one"),
    path("meetings/<int:meeting_id>/sign-in/", pages.sign_in, name="sign_in"),
    path("meetings/<int:meeting_id>/do/<slug:deed>/", pages.act, name="act"),
    path("meetings/<int:meeting_id>/live/<slug:level>/<str:key>/<slug:language>/", pages.news, name="live"),
    path("meetings/<int:meeting_id>/papers/<int:paper_id>/", minutes_pages.paper, name="paper"),
    path("meetings/<int:meeting_id>/notice/", minutes_pages.printed_notice, name="notice"),
    path("meetings/<int:meeting_id>/minutes/", minutes_pages.minutes, name="minutes"),
    path("meetings/<int:meeting_id>/minutes/print/", minutes_pages.minutes_print, name="minutes_print"),
    re_path(r"^meetings/(?P<meeting_id>\d{1,18})/minutes\.(?P<form>docx|pdf)$", minutes_pages.minutes_file, name="minutes_file"),
]
