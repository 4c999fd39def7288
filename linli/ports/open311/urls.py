"""Where Open311 is. A form is a suffix: `.xml` or `.json`."""

from __future__ import annotations

from django.urls import path, re_path

from linli.ports.open311 import pages

FORM = r"\.(?P<form>[A-Za-z0-9]{1,8})$"

app_name = "open311"
urlpatterns = [
    re_path(rf"^(?:v2/)?discovery{FORM}", pages.discovery, name="discovery"),
    re_path(rf"^v2/services{FORM}", pages.services, name="services"),
    re_path(rf"^v2/services/(?P<service_code>[^/]+){FORM}", pages.service, name="service"),
    path("v2/requests/replay.json", pages.replay, {"form": "json"}, name="replay"),
    re_path(rf"^v2/requests{FORM}", pages.requests, name="requests"),
    re_path(rf"^v2/requests/(?P<request_id>[^/]+){FORM}", pages.one_request, name="request"),
    re_path(rf"^v2/tokens/(?P<token>[^/]+){FORM}", pages.token, name="token"),
    re_path(rf"^v2/servicerequestupdates{FORM}", pages.updates, name="updates"),
]
