"""Rows of the Desk's pages of rolls: findings with their ways of mending, voters masked, decisions in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.tongue import as_read
from linli.kernel.rolls import mends
from linli.kernel.rolls.models import Decision, Holder, Level, Roll, RollProblem, VotingUnit
from linli.kernel.rolls.queries import Kind, Row
from linli.kernel.rolls.wording import DECISION_WORDS, FINDINGS, area_words, name_of
from linli.lib.masking import mask_name

TONES = {Level.BLOCK: "red", Level.WARN: "gold", Level.NOTE: "plain"}


def kind_row(kind: Kind) -> dict[str, Any]:
    words = FINDINGS[kind.code]
    return {
        "code": kind.code,
        "level": kind.level,
        "count": kind.count,
        "label": str(Level(kind.level).label),
        "tone": TONES[Level(kind.level)],
        "title": words.title,
        "about": words.about,
        "mend": words.mend,
    }


def masked(name: str) -> str:
    """Each of several joined names by itself."""
    return "、".join(mask_name(part) for part in name.split("、"))


def voter_name(voter: Any) -> str:
    """As the Desk lists it: people masked, companies and the nameless as they are."""
    return masked(voter.name) if voter.name and not voter.organisation else name_of(voter)


# --- findings ----------------------------------------------------------------------------------------
def finding_rows(
    actor: Actor, roll: Roll, problems: Sequence[RollProblem], *, may_draw: bool, tried: tuple[str, mends.Subject, Any] | None
) -> list[dict[str, Any]]:
    """Each finding with who, where, what is special about it, and the forms that mend it. One query."""
    among = _among(problems) if may_draw else {}
    return [_finding(actor, roll, one, at, among, may_draw, tried) for at, one in enumerate(problems)]


def _among(problems: Sequence[RollProblem]) -> dict[int, list[tuple[int, str]]]:
    """From whom a representative is chosen, by voter."""
    voters = [one.voter_id for one in problems if "representative" in mends.OFFERS.get(one.code, ()) and one.voter_id]
    found: dict[int, list[tuple[int, str]]] = {}
    for holder in Holder.objects.filter(voter_id__in=voters).exclude(role="agent").select_related("person").order_by("id"):
        found.setdefault(holder.voter_id, []).append((holder.person_id, holder.person.name))
    return found


def _finding(
    actor: Actor,
    roll: Roll,
    one: RollProblem,
    at: int,
    among: dict[int, list[tuple[int, str]]],
    may_draw: bool,
    tried: tuple[str, mends.Subject, Any] | None,
) -> dict[str, Any]:
    subject = mends.Subject(one.home_id, one.other_home_id, one.facts.get("voter", ""), one.person_id, one.other_person_id)
    forms = []
    for verb in mends.OFFERS.get(one.code, ()) if may_draw else ():
        again = tried is not None and (tried[0], tried[1]) == (verb, subject)
        options = among.get(one.voter_id or 0, [])
        form = tried[2] if again and tried else mends.form_for(verb, actor, among=options, prefix=f"f{at}_{verb}_")
        if again and verb == "representative":
            form.fields["person"].choices = options  # type: ignore[union-attr]  # a choice field, as its class says
        forms.append({"verb": verb, "label": mends.MENDS[verb].label, "form": form, "open": again, "hidden": subject.plain()})
    return {
        "door": one.door or (one.voter.door if one.voter else "") or _("（没有门牌）"),
        "who": _who(one),
        "what": _what(one),
        "forms": forms,
        "links": _links(actor, roll, one),
    }


def _who(one: RollProblem) -> str:
    if one.person is not None and one.other_person is not None:
        return _("%(one)s 和 %(other)s") % {"one": mask_name(one.person.name), "other": mask_name(one.other_person.name)}
    if one.voter is not None:
        return voter_name(one.voter)
    return mask_name(one.person.name if one.person else str(one.facts.get("name", "")))


def _what(one: RollProblem) -> str:
    """What the facts of a finding say, in words."""
    facts = one.facts
    words: list[str] = []
    if facts.get("former"):
        words.append(_("%(name)s 的产权登记到 %(until)s 为止") % {"name": mask_name(facts["former"]), "until": facts.get("until", "")})
    if facts.get("held"):
        words.append(_("登记的份额合计 %(held)s") % {"held": facts["held"]})
    if facts.get("other"):
        words.append(_("另一处：%(other)s") % {"other": facts["other"]})
    if facts.get("doors"):
        words.append(_("共 %(count)s 处：%(doors)s") % {"count": facts.get("count", ""), "doors": _("、").join(facts["doors"])})
    if "unsold" in facts:
        words.append(_("未售 %(unsold)s 套，已售未交付 %(undelivered)s 套") % {**facts})
    if facts.get("age"):
        words.append(_("%(age)s 周岁") % {"age": facts["age"]})
    if facts.get("bodies"):
        words.append(_("、").join(facts["bodies"]))
    if facts.get("reason"):
        words.append(_("理由：%(reason)s") % {"reason": as_read(facts["reason"])})
    if one.code == "parking_left_out":
        words.append(_("%(count)s 个") % {"count": facts.get("count", 0)})
    return _("；").join(words)


def _links(actor: Actor, roll: Roll, one: RollProblem) -> list[dict[str, str]]:
    """Where the register itself is mended; for those who may."""
    links = []
    if one.code in mends.AT_HOME and one.home and table.may(actor, "person.read", one.home.path):
        links.append({"label": _("房屋档案"), "href": reverse("roster:home", args=[one.home_id])})
        if one.other_home_id:
            links.append({"label": _("另一户的档案"), "href": reverse("roster:home", args=[one.other_home_id])})
    if one.code in mends.AT_PERSON:
        for person in (one.person, one.other_person):
            if person is not None and table.may(actor, "person.read", person.home_path):
                links.append(
                    {"label": _("%(name)s 的资料") % {"name": mask_name(person.name)}, "href": reverse("roster:person", args=[person.pk])}
                )
    if one.voter is not None:
        links.append({"label": _("名册上的这一条"), "href": reverse("rolls_desk:voter", args=[roll.pk, one.voter.seq])})
    return links


# --- voters ------------------------------------------------------------------------------------------
def voter_row(row: Row) -> dict[str, Any]:
    voter = row.voter
    return {
        "seq": voter.seq,
        "name": voter_name(voter),
        "agent": mask_name(voter.agent_name) if voter.agent_name else "",
        "doors": [unit.door for unit in row.units] or ([voter.door] if voter.door else []),
        "area": area_words(voter.area) if row.units else "",
        "note": voter.note,
        "joint": len(voter.co_owners),
    }


def unit_row(unit: VotingUnit) -> dict[str, Any]:
    return {
        "door": unit.door,
        "area": area_words(unit.area),
        "source": unit.get_area_source_display(),
        "kind": unit.get_kind_display(),
        "state": unit.get_state_display(),
        "home": unit.home_id,
    }


# --- decisions ---------------------------------------------------------------------------------------
def decision_row(one: Decision) -> dict[str, Any]:
    value = one.value
    details = []
    if one.verb == "state":
        details.append(str(VotingUnit.State(value["state"]).label))
    if one.verb == "area":
        details.append(
            _("%(area)s 平方米（%(source)s）") % {"area": area_words(value["area"]), "source": VotingUnit.AreaSource(value["source"]).label}
        )
    if one.verb == "enter":
        details += [*value.get("bodies", ()), value.get("note", "")]
    name = value.get("name") or (one.person.name if one.person else "")
    names = [mask_name(name)] if name else []
    if one.other is not None:
        names.append(mask_name(one.other.name))
    return {
        "id": one.pk,
        "what": DECISION_WORDS.get(one.verb, one.verb),
        "about": _("、").join(filter(None, [one.home.name if one.home else "", *names])),
        "details": " ".join(filter(None, details)),
        "reason": as_read(one.reason),
        "by": one.by_name,
        "at": one.at,
    }
