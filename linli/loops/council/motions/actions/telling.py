"""Who by law must be told of an assembly, and who may demand one: the residents' committee, a fifth of the owners."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from linli.kernel.access.refusals import Refused
from linli.kernel.accounts.models import UnitKind
from linli.kernel.accounts.queries import units_serving
from linli.kernel.matters.models import Entry
from linli.kernel.matters.turn import Turn
from linli.kernel.notices.actions import Addressee, send
from linli.kernel.places.law import place_rules
from linli.kernel.rolls.models import Roll, RollKind, RollState
from linli.law import voting
from linli.lib.units import format_area
from linli.loops.council.motions.models import Announcement, Document, Motion, Second
from linli.loops.council.motions.tell import page_of

TOLD = "committee_told"


def tell_residents_committee(t: Turn, rule: str) -> None:
    """
    Tell the residents' committee of an owners' assembly together with the notice (OWN-020), and record it. Where none is registered above the
    place, what was sent to it on paper must be at hand, filed since the last notice. Raises Refused("committee_not_told"): then nothing
    is announced.
    """
    if not rule:
        return
    units = units_serving(t.matter.place, UnitKind.COMMUNITY)
    if units:
        send(
            [Addressee(unit_id=units[0].pk)],
            key=f"{t.matter.ref}:told:{t.matter.entry_count + len(t.entries)}",
            title=lambda: _("业主大会会议告知：%(title)s") % {"title": t.matter.public_title},
            body=lambda: _("业主大会会议已经公告，依法同时告知居民委员会。请看公告的全文和日期。"),
            address=page_of(t.matter.ref),
            about=t.matter.ref,
            place_path=t.matter.place_path,
            now=t.now,
        )
        t.say("tell_committee", facts={"unit": units[0].name, "rule": voting.rules()[rule].citation})
        return
    last = (
        Announcement.objects.filter(motion_id=t.matter.pk, taken_back_at__isnull=False)
        .order_by("-pk")
        .values_list("taken_back_at", flat=True)
    )
    filed = Document.objects.filter(motion_id=t.matter.pk, kind=TOLD, at__gte=last.first() or t.matter.raised_at).order_by("-pk").first()
    if filed is None:
        raise Refused(
            "committee_not_told",
            _("业主大会会议要同时告知居民委员会，这里还没有登记社区居委会。"),
            rule=rule,
            turn_to=_("请书面告知居委会，把回执作为“告知居民委员会的回执”补充到议题文件，再发公告。"),
        )
    t.say("tell_committee", facts={"rule": voting.rules()[rule].citation, "document": TOLD})


@dataclass(frozen=True)
class Demand:
    """The owners who second, against the roll in force: heads and areas (0.01 m²), with the share and the rule that count."""

    owners: int
    owners_all: int
    area: int
    area_all: int
    share: Fraction
    rule: str

    @property
    def reached(self) -> bool:
        """In both dimensions, as the guide rules read it."""
        return bool(self.owners_all) and self.owners >= self.share * self.owners_all and self.area >= self.share * self.area_all


def demand_of(t: Turn) -> Demand | None:
    """
    What owners seconding this motion make of the newest frozen roll of owners of its place (OWN-023). None where no such roll or rule is.
    Two queries at most.
    """
    setting = place_rules(t.matter.place).setting("proposal_share")
    if setting is None or not isinstance(setting.value, Fraction):
        return None
    theirs = Q(units__home__in=Second.objects.filter(motion_id=t.matter.pk).values("home"))
    found = (
        Roll.objects.filter(place_id=t.matter.place_id, kind=RollKind.OWNERS, state=RollState.FROZEN)
        .annotate(owners=Count("units__voter", filter=theirs, distinct=True), theirs=Sum("units__area", filter=theirs))
        .order_by("-frozen_at", "-pk")
        .first()
    )
    if found is None:
        return None
    return Demand(found.owners, found.voter_count, found.theirs or 0, found.area, setting.value, setting.source.citation)


def note_demand(t: Turn, motion: Motion) -> bool:
    """
    Once a fifth of the owners stand behind it, an extraordinary assembly must be called: said on the timeline with the figures and the rule,
    and to the owners' committee and the residents' committee. Once; returns whether it was now.
    """
    if was_demanded(motion):
        return False
    found = demand_of(t)
    if found is None or not found.reached:
        return False
    facts = {
        "owners": found.owners,
        "owners_all": found.owners_all,
        "area": format_area(found.area),
        "area_all": format_area(found.area_all),
    }
    t.say("demand", facts={**facts, "share": str(found.share), "rule": found.rule, "by_rule": True})
    units = units_serving(t.matter.place, UnitKind.COMMITTEE, UnitKind.COMMUNITY)
    send(
        [Addressee(unit_id=unit.pk) for unit in units],
        key=f"{t.matter.ref}:demand",
        title=lambda: _("业主提议召开业主大会：%(title)s") % {"title": t.matter.public_title},
        body=lambda: _("提议的业主人数和面积都达到了法定比例，业主委员会应当召开业主大会临时会议。"),
        address=page_of(t.matter.ref),
        about=t.matter.ref,
        place_path=t.matter.place_path,
        now=t.now,
    )
    return True


def was_demanded(motion: Motion) -> bool:
    """Whether owners of a fifth demanded that it be taken to an assembly. One query."""
    return Entry.objects.filter(matter_id=motion.pk, verb="demand").exists()
