"""The Square's addresses: the first page, requests, the reader's own, pictures."""

from __future__ import annotations

from django.urls import path

from linli.kernel.matters import attachment_pages
from linli.loops.requests import feeds, home_pages, list_pages, map_pages, pages, raise_pages

app_name = "square"
urlpatterns = [
    path("", home_pages.home, name="home"),
    path("requests/", list_pages.request_list, name="list"),
    path("requests/map/", map_pages.request_map, name="map"),
    path("requests/new/", raise_pages.raise_steps, name="raise"),
    path("requests/advice/", raise_pages.advice, name="advice"),
    path("requests/feed.atom", feeds.atom, name="feed"),
    path("requests/<str:ref>/", pages.one, name="one"),
    path("requests/<str:ref>/notice/", pages.printed_notice, name="notice"),
    path("requests/<str:ref>/me-too/", pages.me_too, name="me_too"),
    path("requests/<str:ref>/me-too/end/", pages.end_me_too, name="end_me_too"),
    path("requests/<str:ref>/add/", pages.add, name="add"),
    path("requests/<str:ref>/rate/", pages.rate, name="rate"),
    path("requests/<str:ref>/withdraw/", pages.withdraw, name="withdraw"),
    path("me/", home_pages.me, name="me"),
    path("me/requests/", home_pages.mine, name="mine"),
    path("files/<int:file_id>/", attachment_pages.picture, name="file"),
    path("files/<int:file_id>/small/", attachment_pages.picture, {"small": True}, name="thumbnail"),
]
