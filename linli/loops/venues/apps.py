from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class VenuesConfig(AppConfig):
    name = "linli.loops.venues"
    label = "venues"

    def ready(self) -> None:
        from linli.kernel.accounts import events
        from linli.kernel.matters import desk, masking, panels
        from linli.kernel.places import rooms
        from linli.loops.venues import listeners, square  # noqa: F401 - listeners connect on import
        from linli.loops.venues.beside import beside
        from linli.loops.venues.models import VisitRating
        from linli.loops.venues.panels import panel
        from linli.loops.venues.rooms import find, offer

        permissions()
        square.announce()
        rooms.keep(find, offer)
        desk.beside(beside)
        rated = masking.PublicTexts("visit", VisitRating.objects.all, ("comment",), lambda r: f"{r.venue_id}/{r.pk}")
        masking.register(rated)
        panels.register("venues", panel, kinds=["request"], order=60)
        for kind, label in {
            "venue_changed": _("修改议事场地"),
            "venue_closed": _("停用议事场地"),
            "venue_hours_set": _("设置场地开放时间"),
            "venue_forms_keyed": _("登记场地纸质评价"),
            "venue_standard_set": _("设置场地标准"),
            "venue_standard_ended": _("停用场地标准"),
        }.items():
            events.name(kind, label)


def permissions() -> None:
    """The rows of the permission table that speak of venues."""
    community = {"community_worker": "area", "community_head": "area", "street_officer": "area"}
    near = {**community, "building_leader": "area", "grid_worker": "area"}
    add = table.add
    table.name_kind("venue", _("议事场地"))
    add(
        "venue.read", _("查看场地的详细情况和记录"), near, reads_only=True, auditor="area", committee_member="area", property_manager="area"
    )
    add("venue.edit", _("登记和修改场地"), community)
    add("venue.hours", _("设置场地开放时间"), community)
    add("venue.log", _("登记场地开门和关门"), near)
    add("venue.rate", _("评价场地"), signed_in="own")
    add("venue.rate_for", _("登记场地的纸质评价"), near)
    add("venue.export", _("导出场地清单"), community, reads_only=True, auditor="area")
    add("venue.set_standard", _("维护场地标准"), community_head="area", street_officer="area", system_admin="area")
