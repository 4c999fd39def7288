"""What is stored about places: one table, a materialised path, and every change kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    PROVINCE = "province", _("省级")
    CITY = "city", _("市级")
    DISTRICT = "district", _("区县")
    STREET = "street", _("街道")
    COMMUNITY = "community", _("社区")
    GRID = "grid", _("网格")
    COMPOUND = "compound", _("小区")
    BUILDING = "building", _("楼栋")
    ENTRANCE = "entrance", _("单元")
    HOME = "home", _("房屋")


class CommunityType(models.TextChoices):
    NONE = "", _("未分类")
    OLD = "old_residential", _("城市老旧社区")
    COMMERCIAL = "new_commercial", _("新建商品房社区")
    RURAL = "rural", _("农村社区")
    RESETTLED = "special", _("安置或多民族社区")
    INDUSTRIAL = "industrial_park_adjacent", _("产业园区周边社区")


# From the top down; a place's parent is of an earlier kind (a grid may hold compounds, a building may stand in a community).
ORDER = [k.value for k in Kind]


class Place(models.Model):
    """
    One place. `path` is the chain of fixed-width segments from the top (see access.paths); coordinates are WGS-84 in
    millionths of a degree; `code` is the 12-digit statistical code where there is one.
    """

    kind = models.CharField(max_length=12, choices=Kind.choices)
    code = models.CharField(max_length=32, blank=True)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=72, blank=True, db_index=True)
    community_type = models.CharField(max_length=24, choices=CommunityType.choices, blank=True, default="")
    phone = models.CharField(max_length=20, blank=True)
    latitude = models.IntegerField(null=True, blank=True)
    longitude = models.IntegerField(null=True, blank=True)
    outline = models.JSONField(null=True, blank=True)
    south = models.IntegerField(null=True, blank=True)
    north = models.IntegerField(null=True, blank=True)
    west = models.IntegerField(null=True, blank=True)
    east = models.IntegerField(null=True, blank=True)
    sort_key = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=~Q(code="") & Q(retired_at=None), name="place_code_once"),
            models.UniqueConstraint(fields=["parent", "kind", "name"], condition=Q(retired_at=None), name="place_name_once_under_parent"),
        ]
        indexes = [
            models.Index(fields=["kind", "path"]),
            models.Index(fields=["parent", "sort_key"]),
            models.Index(fields=["south", "west"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def point(self) -> tuple[float, float] | None:
        """(latitude, longitude) in degrees, WGS-84; None when unknown."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude / 1_000_000, self.longitude / 1_000_000


class PlaceChange(models.Model):
    """One change of a place, never edited: what it was, what it became, who did it."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="changes")
    verb = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=80, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.place_id} {self.verb} {self.at:%Y-%m-%d}"


class PlaceName(models.Model):
    """Another word people have for a place: an older or short name, the road it stands at, what everybody knows beside it."""

    class Why(models.TextChoices):
        ALIAS = "alias", _("别名")
        ROAD = "road", _("道路")
        LANDMARK = "landmark", _("地标")

    place = models.ForeignKey(Place, models.CASCADE, related_name="names")
    why = models.CharField(max_length=8, choices=Why.choices)
    name = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "name"], name="place_other_name_once")]

    def __str__(self) -> str:
        return self.name
