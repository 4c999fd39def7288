"""The Square's addresses of motions."""

from __future__ import annotations

from django.urls import path

from linli.loops.council.motions import pages, paper_pages, raise_pages

app_name = "motions"
urlpatterns = [
    path("motions/", pages.motion_list, name="list"),
    path("motions/new/", raise_pages.raise_steps, name="raise"),
    path("motions/board/", paper_pages.board, name="board"),
    path("motions/cases/", paper_pages.cases, name="cases"),
    path("motions/cases/<int:case_id>/", paper_pages.case, name="case"),
    path("motions/feed.atom", paper_pages.atom, name="feed"),
    path("motions/<str:ref>/", pages.one, name="one"),
    path("motions/<str:ref>/texts/", paper_pages.texts, name="texts"),
    path("motions/<str:ref>/notice/", paper_pages.printed_notice, name="notice"),
    path("motions/<str:ref>/amend/", pages.amend, name="amend"),
    path("motions/<str:ref>/submit/", pages.submit, name="submit"),
    path("motions/<str:ref>/second/", pages.second, name="second"),
    path("motions/<str:ref>/unsecond/", pages.unsecond, name="unsecond"),
    path("motions/<str:ref>/object/", pages.object_to, name="object"),
    path("motions/<str:ref>/opinion/", pages.opinion, name="opinion"),
    path("motions/<str:ref>/rate/", pages.rate, name="rate"),
    path("motions/<str:ref>/withdraw/", pages.withdraw, name="withdraw"),
]
