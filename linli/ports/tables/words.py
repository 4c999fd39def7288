"""What the pages and the command line say about stages and counts."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _


def stage_name(stage: str) -> str:
    return {"read": _("读取"), "check": _("检查"), "write": _("写入")}[stage]


def counts_in_words(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """(label, number) of everything that is not zero, in a fixed order."""
    words = {
        "people_new": _("新登记居民"),
        "people_changed": _("更新居民"),
        "people_same": _("已有、没有变化的居民"),
        "places_new": _("新增地点"),
        "places_changed": _("更新地点"),
        "places_same": _("已有、没有变化的地点"),
        "homes_new": _("新增房屋档案"),
        "homes_changed": _("更新房屋档案"),
        "residences_new": _("新增居住关系"),
        "residences_changed": _("更新居住关系"),
        "ownerships_new": _("新增产权"),
        "ownerships_changed": _("更新产权"),
        "groups_new": _("新增人群标签"),
        "accounts_new": _("新开账号"),
        "grants_new": _("新授角色"),
        "grants_same": _("已有的角色"),
        "requests_new": _("新登记诉求"),
        "requests_same": _("已登记过的诉求"),
        "venues_new": _("新登记场地"),
        "venues_changed": _("更新场地"),
        "venues_same": _("已有、没有变化的场地"),
    }
    return [(word, counts[name]) for name, word in words.items() if counts.get(name)]


def count_lines(counts: Mapping[str, int]) -> list[str]:
    return [f"{word} {number}" for word, number in counts_in_words(counts)]
