"""The Desk's first page."""

from __future__ import annotations

from django.urls import path, re_path

from linli.kernel.matters import opening_pages, pages

app_name = "desk"
urlpatterns = [
    path("desk/", pages.home, name="home"),
    re_path(r"^desk/matters/(?P<ref>[A-Za-z]\d{1,18})/open/(?P<kind>[a-z_]{2,16})/$", opening_pages.open_other, name="open"),
]
