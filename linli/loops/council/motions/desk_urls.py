"""Addresses of motions at the Desk."""

from __future__ import annotations

from django.urls import path, re_path

from linli.loops.council.motions.desk import intake, keeping, lists, matter, settings

app_name = "motions_desk"
REF = r"(?P<ref>[Mm]\d{1,18})"
urlpatterns = [
    path("desk/motions/", lists.motions_list, name="list"),
    path("desk/motions/export/", lists.export, name="export"),
    path("desk/motions/new/", intake.new, name="new"),
    re_path(rf"^desk/motions/{REF}/$", matter.show, name="matter"),
    re_path(rf"^desk/motions/{REF}/reveal/$", matter.reveal_party, name="reveal"),
    re_path(rf"^desk/motions/{REF}/evidence/(?P<decision_id>\d{{1,18}})/$", keeping.evidence, name="evidence"),
    re_path(rf"^desk/motions/{REF}/(?P<verb>[a-z_]{{2,24}})/$", matter.act, name="act"),
    path("desk/settings/roads/", settings.road_list, name="roads"),
    path("desk/settings/roads/copy/<slug:code>/", settings.copy_road, name="copy_road"),
    path("desk/settings/roads/<int:template_id>/", settings.change_road, name="road"),
    path("desk/settings/roads/<int:template_id>/end/", settings.end_road, name="end_road"),
    path("desk/settings/seconding/", settings.seconding, name="seconding"),
    path("desk/settings/seconding/<int:rule_id>/end/", settings.end_second_rule, name="end_second_rule"),
]
