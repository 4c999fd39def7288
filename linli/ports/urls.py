"""The ports' addresses: the API, Open311, and the Desk's page of webhooks."""

from __future__ import annotations

from django.urls import include, path

from linli.ports.webhooks import pages

webhooks = [
    path("desk/webhooks/", pages.webhooks, name="list"),
    path("desk/webhooks/<int:subscription_id>/end/", pages.end, name="end"),
]

urlpatterns = [
    path("api/v1/", include("linli.ports.api.urls")),
    path("open311/", include("linli.ports.open311.urls")),
    path("", include((webhooks, "webhooks"))),
]
