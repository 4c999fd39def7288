"""Which way of mending each finding offers at the Desk, and how a form of it becomes its one action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.people.models import Person
from linli.kernel.rolls.actions import mending
from linli.kernel.rolls.forms import AgentForm, AreaForm, ReasonForm, RepresentativeForm, StateForm
from linli.kernel.rolls.models import Roll


@dataclass(frozen=True)
class Subject:
    """What a finding is about, as its form carries it along."""

    home: int | None = None
    other_home: int | None = None
    key: str = ""
    person: int | None = None
    other: int | None = None

    @staticmethod
    def of(posted: Mapping[str, Any]) -> Subject:
        def number(name: str) -> int | None:
            text = str(posted.get(name, ""))
            return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None

        return Subject(number("home"), number("other_home"), str(posted.get("key", ""))[:100], number("who"), number("other"))

    def plain(self) -> dict[str, Any]:
        """As hidden fields; what is absent is left out."""
        given = {"home": self.home, "other_home": self.other_home, "key": self.key, "who": self.person, "other": self.other}
        return {name: value for name, value in given.items() if value}


Act = Callable[[dict[str, Any], Subject, dict[str, Any]], Roll]


@dataclass(frozen=True)
class Mend:
    """One way out: its name on the button, what it asks, and the action it becomes."""

    label: Any
    form: type[forms.Form]
    act: Act


def person_of(number: int | None) -> Person:
    found = Person.objects.filter(pk=number).first() if number else None
    if found is None:
        raise NotFound("no_person", _("没有找到这位居民。"))
    return found


def _home(verb: Callable[..., Roll], **more: Any) -> Act:
    return lambda who, at, given: verb(**who, home_id=at.home or 0, reason=given["reason"], **more)


def _people(verb: Callable[..., Roll]) -> Act:
    return lambda who, at, given: verb(**who, person=person_of(at.person), other=person_of(at.other), reason=given["reason"])


def _one(verb: Callable[..., Roll]) -> Act:
    return lambda who, at, given: verb(**who, person=person_of(at.person), reason=given["reason"])


MENDS: Final[Mapping[str, Mend]] = {
    "state": Mend(_("登记房屋状态"), StateForm, lambda who, at, given: mending.mark_state(**who, home_id=at.home or 0, **given)),
    "keep-unknown": Mend(_("按业主待查计入"), ReasonForm, _home(mending.keep_unknown)),
    "exclude-home": Mend(_("移出这一户"), ReasonForm, _home(mending.exclude_home)),
    "area": Mend(_("填写面积"), AreaForm, lambda who, at, given: mending.enter_area(**who, home_id=at.home or 0, **given)),
    "apart-homes": Mend(
        _("确认是两户"),
        ReasonForm,
        lambda who, at, given: mending.keep_homes_apart(**who, home_id=at.home or 0, other_id=at.other_home or 0, reason=given["reason"]),
    ),
    "merge": Mend(_("是同一个人，合并"), ReasonForm, _people(mending.merge_people)),
    "apart": Mend(_("是两个人"), ReasonForm, _people(mending.keep_apart)),
    "representative": Mend(
        _("登记推选的代表"),
        RepresentativeForm,
        lambda who, at, given: mending.name_representative(**who, key=at.key, person=person_of(given["person"]), reason=given["reason"]),
    ),
    "agent": Mend(_("登记代表"), AgentForm, lambda who, at, given: mending.name_agent(**who, key=at.key, **given)),
    "deceased": Mend(_("登记已去世"), ReasonForm, _one(mending.mark_deceased)),
    "admit": Mend(_("核实后列入"), ReasonForm, _one(mending.admit)),
    "exclude": Mend(_("移出名册"), ReasonForm, lambda who, at, given: mending.exclude_voter(**who, key=at.key, reason=given["reason"])),
}

OFFERS: Final[Mapping[str, tuple[str, ...]]] = {
    "no_owner": ("state", "keep-unknown", "exclude-home"),
    "no_area": ("area", "exclude-home"),
    "alike_homes": ("apart-homes", "exclude-home"),
    "alike_people": ("merge", "apart"),
    "joint_without_representative": ("representative",),
    "company_without_agent": ("agent",),
    "minor_without_guardian": ("agent",),
    "owner_died": ("agent",),
    "no_head": ("representative", "exclude"),
    "two_households": ("representative", "exclude"),
    "no_birth_date": ("admit", "exclude"),
    "sixteen": ("admit",),
    "entry_minor": ("admit", "exclude"),
    "entry_erased": ("exclude",),
    "not_registered": ("exclude",),
    "lives_elsewhere": ("deceased",),
    "owner_erased": ("deceased",),
}
# Findings that are mended in the home's own record.
AT_HOME: Final = frozenset({"no_owner", "owner_unknown", "no_area", "bad_shares", "alike_homes", "owner_erased", "minor_without_guardian"})
AT_PERSON: Final = frozenset({"no_birth_date", "alike_people", "minor_without_guardian", "sixteen"})
# Settled for all findings of a kind at once: the word on the button for each decision.
ALL_WORDS: Final[Mapping[str, Any]] = {
    "keep_unknown": _("全部按业主待查计入"),
    "unsold": _("全部登记为未售"),
    "exclude": _("全部移出"),
    "admit": _("全部核实后列入"),
    "apart": _("都是不同的人"),
    "merge": _("全部合并"),
    "apart_homes": _("都是不同的户"),
}


def form_for(verb: str, actor: Actor, data: Any = None, *, among: Any = (), prefix: str = "", initial: Any = None) -> forms.Form:
    """The form of a way of mending; `among` are the people a representative is chosen from."""
    kind = MENDS[verb].form
    more: dict[str, Any] = {"auto_id": f"{prefix}%s", "initial": initial}
    if kind is AgentForm:
        more["actor"] = actor
    if kind is RepresentativeForm:
        more["among"] = among
    return kind(data, **more)


def mend(verb: str, *, actor: Actor, roll_id: int, now: datetime, at: Subject, given: dict[str, Any]) -> Roll:
    """Do it: one form, one action."""
    return MENDS[verb].act({"actor": actor, "roll_id": roll_id, "now": now}, at, given)
