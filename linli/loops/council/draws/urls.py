"""The Square's addresses of draws."""

from __future__ import annotations

from django.urls import path

from linli.loops.council.draws import files, pages

app_name = "draws"
D = "draws/<int:draw_id>"
urlpatterns = [
    path("draws/", pages.index, name="list"),
    path(f"{D}/", pages.one, name="one"),
    path(f"{D}/apply/", pages.apply, name="apply"),
    path(f"{D}/do/<slug:deed>/", pages.act, name="act"),
    path(f"{D}/list/", files.posted, name="posted"),
    path(f"{D}/print/<slug:sheet>/", files.printed, name="print"),
    path(f"{D}/proof/", files.proof, name="proof"),
    path(f"{D}/draw.json", files.bundle, name="bundle"),
    path(f"{D}/verify.py", files.script, name="script"),
    path(f"{D}/receipt/<int:application_id>.json", files.receipt, name="receipt"),
]
