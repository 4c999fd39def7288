from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class PlacesConfig(AppConfig):
    name = "linli.kernel.places"
    label = "places"
    verbose_name = "places"

    def ready(self) -> None:
        table.name_kind("place", _("地点"))
        table.add("place.edit", _("维护地点"), community_head="area", street_officer="area", system_admin="area")
