"""Mounted at the root by the front door; error handlers are named here for it to take over."""

from __future__ import annotations

from django.urls import path

from linli.web import pages

app_name = "web"
urlpatterns = [
    path("preferences/", pages.preferences, name="preferences"),
    path("styleguide/", pages.styleguide, name="styleguide"),
    path("offline/", pages.offline, name="offline"),
    path("manifest.webmanifest", pages.manifest, name="manifest"),
    path("robots.txt", pages.robots, name="robots"),
    path("sw.js", pages.service_worker, name="service_worker"),
]

handler400 = "linli.web.pages.bad_request"
handler403 = "linli.web.pages.permission_denied"
handler404 = "linli.web.pages.not_found"
handler500 = "linli.web.pages.server_error"
