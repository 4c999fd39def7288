"""The ports' addresses: the API, Open311, and the Desk's pages of webhooks and of what services ask."""

from __future__ import annotations

from django.urls import include, path

from linli.ports.open311 import desk_pages
from linli.ports.webhooks import pages

webhooks = [
    path("desk/settings/webhooks/", pages.webhooks, name="list"),
    path("desk/settings/webhooks/<int:subscription_id>/end/", pages.end, name="end"),
]

services = [
    path("desk/settings/services/", desk_pages.services, name="list"),
    path("desk/settings/services/<int:category_id>/", desk_pages.service, name="service"),
    path("desk/settings/services/<int:category_id>/<int:attribute_id>/", desk_pages.attribute, name="attribute"),
    path("desk/settings/services/<int:category_id>/<int:attribute_id>/move/", desk_pages.move, name="move"),
    path("desk/settings/services/<int:category_id>/<int:attribute_id>/retire/", desk_pages.retire, name="retire"),
    path("desk/settings/services/<int:category_id>/<int:attribute_id>/restore/", desk_pages.restore, name="restore"),
]

urlpatterns = [
    path("api/v1/", include("linli.ports.api.urls")),
    path("open311/", include("linli.ports.open311.urls")),
    path("", include((webhooks, "webhooks"))),
    path("", include((services, "services"))),
]
