"""The people on a roll at the Desk: found by door or name, masked, opened for a purpose; lists for the wall and for the round."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.asking import actor_and_now, query
from linli.kernel.rolls import mends, queries
from linli.kernel.rolls.actions.reading import note_export, reveal_voter
from linli.kernel.rolls.desk_door import number, of_roll
from linli.kernel.rolls.desk_rows import masked, unit_row, voter_name, voter_row
from linli.kernel.rolls.forms import RevealForm
from linli.kernel.rolls.models import Roll, RollKind, Voter
from linli.kernel.rolls.notice import shown_name
from linli.kernel.rolls.wording import area_words, name_of, title_of
from linli.lib.masking import mask_name
from linli.web.downloads import downloads
from linli.web.words import whole_dates

# One sheet run is a building; a longer one is printed in parts.
SHEET = 400


def building_asked(text: str) -> tuple[int | None, bool]:
    """(building, is one chosen): "0" stands for homes without a building."""
    chosen = text.isascii() and text.isdecimal() and len(text) < 18
    return (int(text) or None if chosen else None), chosen


@of_roll
@require_safe
def voters(request: HttpRequest, roll: Roll) -> HttpResponse:
    actor, _now = actor_and_now(request)
    text = request.GET.get("q", "").strip()
    building, chosen = building_asked(request.GET.get("building", ""))
    if text:
        rows, more = queries.find_voters(roll, text), 0
    else:
        rows, more = queries.voter_page(roll, building=building, everywhere=not chosen, after=number(request.GET.get("after", "")))
    buildings = queries.buildings(roll)
    context = {
        "roll": roll,
        "title": title_of(roll),
        "rows": [voter_row(row) for row in rows],
        "text": text,
        "building": request.GET.get("building", "") if chosen else "",
        "buildings": [("", _("全部")), *((str(b.id or 0), b.name) for b in buildings)],
        "next": query(request, after=str(more)) if more else "",
        "exports": downloads(request, f"/desk/rolls/{roll.pk}/table", most=0) if table.may(actor, "roll.export", roll.place_path) else None,
    }
    return render(request, "rolls/desk/voters.html", context)


@of_roll
@require_safe
def voter(request: HttpRequest, roll: Roll, seq: int) -> HttpResponse:
    return voter_page(request, roll, queries.voter_on(roll, min(seq, 2**31 - 1)))


def voter_page(
    request: HttpRequest, roll: Roll, found: Voter, *, opened: bool = False, status: int = 200, form: Any = None
) -> HttpResponse:
    """One voter: units, who votes for them, and while it is a draft what can be done."""
    actor, _now = actor_and_now(request)
    may_draw = roll.is_draft and table.may(actor, "roll.draw", roll.place_path)
    (row,) = queries.with_units([found])
    holders = list(found.holders.exclude(role="agent").select_related("person").order_by("id")[:60])
    context = {
        "roll": roll,
        "title": title_of(roll),
        "voter": found,
        "name": name_of(found) if opened else voter_name(found),
        "agent": found.agent_name if opened else mask_name(found.agent_name) if found.agent_name else "",
        "together": [{"name": one["name"] if opened else masked(one["name"]), "share": one["share"]} for one in found.co_owners],
        "units": [unit_row(unit) for unit in row.units],
        "area": area_words(found.area),
        "opened": opened,
        "form": form or RevealForm(),
        "may_reveal": table.may(actor, "roll.reveal", roll.place_path),
        "mends": _mends(actor, roll, found, [(h.person_id, h.person.name) for h in holders]) if may_draw else [],
        "proof": not roll.is_draft and bool(bytes(found.salt)),
    }
    return render(request, "rolls/desk/voter.html", context, status=status)


def _mends(actor: Any, roll: Roll, voter: Voter, among: list[tuple[int, str]]) -> list[dict[str, Any]]:
    """What may be decided about a voter, found or not."""
    verbs = []
    if voter.co_owners or voter.household_id:
        verbs.append("representative")
    if voter.organisation or voter.key == "dev":
        verbs.append("agent")
    if roll.kind == RollKind.OWNERS and voter.person_id:
        verbs += ["deceased", "agent"]
    if roll.kind != RollKind.OWNERS:
        verbs.append("exclude")
    subject = mends.Subject(None, None, voter.key, voter.person_id)
    return [
        {
            "verb": verb,
            "label": mends.MENDS[verb].label,
            "form": mends.form_for(verb, actor, among=among, prefix=f"{verb}_"),
            "hidden": subject.plain(),
        }
        for verb in dict.fromkeys(verbs)
    ]


@of_roll
@require_POST
def reveal(request: HttpRequest, roll: Roll, seq: int) -> HttpResponse:
    """The whole names of one voter, once; said why, and the person can read that it was read."""
    actor, now = actor_and_now(request)
    found = queries.voter_on(roll, min(seq, 2**31 - 1))
    form = RevealForm(request.POST)
    if not form.is_valid():
        return voter_page(request, roll, found, status=422, form=form)
    opened = reveal_voter(actor=actor, roll=roll, seq=found.seq, purpose=form.cleaned_data["purpose"], now=now)
    return voter_page(request, roll, opened, opened=True)


@of_roll
@require_safe
@whole_dates()
def receipt(request: HttpRequest, roll: Roll, seq: int) -> HttpResponse:
    """The proof of one voter on paper, for somebody who asks at the counter."""
    actor, _now = actor_and_now(request)
    table.require(actor, "roll.export", roll.place_path)
    found = queries.voter_on(roll, min(seq, 2**31 - 1))
    proof = queries.proof_of(roll, found)
    (row,) = queries.with_units([found])
    context = {
        "roll": roll,
        "title": title_of(roll),
        "voter": found,
        "name": voter_name(found),
        "units": [unit_row(unit) for unit in row.units],
        "proof": proof,
        "back_href": reverse("rolls_desk:voter", args=[roll.pk, found.seq]),
        "paper_issuer": roll.place.name,
    }
    return render(request, "rolls/desk/receipt.html", context)


@of_roll
@require_safe
@whole_dates()
def printed(request: HttpRequest, roll: Roll) -> HttpResponse:
    """
    The list of one building on A4. `for=wall`: doors, and names as the roll's rule says. `for=round`: doors, masked names, areas, and room to
    sign.
    """
    actor, now = actor_and_now(request)
    building, chosen = building_asked(request.GET.get("building", ""))
    wall = request.GET.get("for") != "round"
    note_export(actor=actor, roll=roll, purpose="", now=now)
    buildings = queries.buildings(roll)
    if not chosen and buildings:
        building = buildings[0].id
    after = request.GET.get("after", "")[:80]
    rows, more = _sheet(roll, building, after, wall=wall)
    context = {
        "roll": roll,
        "title": title_of(roll),
        "wall": wall,
        "rows": rows,
        "named": not wall or roll.policy.get("names", "none") != "none",
        "building": next((b.name for b in buildings if b.id == building), ""),
        "tabs": [
            {
                "label": b.name,
                "href": f"?building={b.id or 0}&for={'wall' if wall else 'round'}",
                "current": b.id == building,
            }
            for b in buildings
        ],
        "other": f"?building={building or 0}&for={'round' if wall else 'wall'}",
        "next": query(request, after=more) if more else "",
        "back_href": reverse("rolls_desk:roll", args=[roll.pk]),
        "paper_issuer": roll.place.name,
    }
    return render(request, "rolls/desk/print.html", context)


def _sheet(roll: Roll, building: int | None, after: str, *, wall: bool) -> tuple[list[dict[str, Any]], str]:
    named = roll.policy.get("names", "none")

    def name(voter: Voter) -> str:
        if not wall:
            return voter_name(voter)
        return shown_name(voter.name, named) if voter.name else ""

    if roll.has_area:
        units, more = queries.unit_page(roll, building=building, after=after, limit=SHEET)
        return [{"seq": u.voter.seq, "door": u.door, "name": name(u.voter), "area": area_words(u.area)} for u in units], more
    found, end = queries.voter_page(roll, building=building, everywhere=False, after=number(after), limit=SHEET)
    rows = [{"seq": r.voter.seq, "door": r.voter.door, "name": name(r.voter), "area": ""} for r in found]
    return rows, str(end) if end else ""
