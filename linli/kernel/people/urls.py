"""A person's own data, under /me/."""

from __future__ import annotations

from django.urls import path

from linli.kernel.people import pages

app_name = "people"
urlpatterns = [
    path("me/data/", pages.data, name="data"),
    path("me/data/export/", pages.export, name="export"),
    path("me/contact/", pages.contact, name="contact"),
    path("me/helpers/", pages.helpers, name="helpers"),
    path("me/helpers/<int:tie_id>/end/", pages.end_helper, name="end_helper"),
    path("me/consents/", pages.consents, name="consents"),
    path("me/consents/give/", pages.give, name="give"),
    path("me/consents/take-back/", pages.take_back, name="take_back"),
    path("me/erase/", pages.erase, name="erase"),
]
