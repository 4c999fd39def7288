"""Paper ballots going out: one A4 sheet a voter with its code, in batches by building; one printed anew; what came back and waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from linli.kernel.access import table
from linli.kernel.access.asking import query
from linli.kernel.rolls import queries as rolls
from linli.kernel.rolls.desk_voters import building_asked as building_of
from linli.kernel.rolls.models import Voter, VotingUnit
from linli.law import voting
from linli.loops.council.ballots import queries
from linli.loops.council.ballots import square_queries as square
from linli.loops.council.ballots.actions import on_paper
from linli.loops.council.ballots.desk import door_of, number, of_ballot, to, voter_words, words, worker_and_now
from linli.loops.council.ballots.desk_forms import SAID, option_words
from linli.loops.council.ballots.models import Ballot, Kind, Reading, Sheet, State
from linli.loops.council.ballots.money import OwnShare
from linli.loops.council.ballots.square_words import money, share_words
from linli.loops.council.ballots.wording import choice_labels
from linli.loops.council.motions.models import Text
from linli.web.words import whole_dates

# As many sheets as a printer takes at a time, and a browser lays out at once.
BATCH = 60


@require_GET
@of_ballot("ballot.record")
def paper(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    actor, _now = worker_and_now(request)
    printed = dict(Sheet.objects.filter(ballot=ballot, void_at=None).order_by().values_list("voter__building_id").annotate(n=Count("pk")))
    came = dict(
        Reading.objects.filter(sheet__ballot=ballot, state=Reading.State.CONFIRMED)
        .order_by()
        .values_list("sheet__voter__building_id")
        .annotate(n=Count("pk"))
    )
    text = request.GET.get("q", "").strip()
    context = {
        "ballot": ballot,
        "title": ballot.motion.matter.public_title or ballot.motion.matter.title,
        "buildings": [{"b": b, "printed": printed.get(b.id, 0), "came": came.get(b.id, 0)} for b in rolls.buildings(ballot.roll)],
        "waiting": [
            {
                "reading": r,
                "door": door_of(r.sheet.voter),
                "code": spaced(r.sheet.code),
                "mine": r.keyed_by_id == actor.account_id,
                "differs": r.state == Reading.State.DIFFERS,
            }
            for r in queries.readings_open(ballot)
        ],
        "text": text,
        "found": [{"seq": r.voter.seq, "name": voter_words(r.voter), "door": door_of(r.voter)} for r in rolls.find_voters(ballot.roll, text, limit=10)],
        "printable": ballot.state in (State.ANNOUNCED, State.OPEN),
        "keyable": ballot.state in (State.OPEN, State.CLOSED),
        "may_settle": table.may(actor, "ballot.settle", ballot.motion.matter.place_path),
    }  # fmt: skip
    return render(request, "ballots/desk/paper.html", context)


@require_POST
@of_ballot("ballot.record")
def make(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """Make the codes of one building, or one voter's anew; then the sheets are there to print, as often as the printer jams."""
    actor, now = worker_and_now(request)
    if seq := number(request.POST.get("seq", "")):
        on_paper.print_sheets(actor=actor, ballot_id=ballot.pk, now=now, seqs=[seq], again=request.POST.get("again") == "1")
        if request.POST.get("again") == "1":
            messages.success(request, _("已换新票号，原来那张作废。"))
        return to("sheets", ballot.pk, query=f"?seq={seq}")
    building, chosen = building_of(request.POST.get("building", ""))
    voters = Voter.objects.filter(roll_id=ballot.roll_id)
    seqs = list((voters.filter(building_id=building) if chosen else voters).values_list("seq", flat=True))
    made = on_paper.print_sheets(actor=actor, ballot_id=ballot.pk, now=now, seqs=seqs)
    messages.success(request, ngettext("有 %(n)s 张选票可以打印。", "有 %(n)s 张选票可以打印。", len(made)) % {"n": len(made)})
    return to("sheets", ballot.pk, query=f"?building={building or 0}" if chosen else "")


@require_GET
@of_ballot("ballot.record")
@whole_dates()
def printed(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """The sheets in force, a page each; printing them again changes nothing."""
    found = Sheet.objects.filter(ballot=ballot, void_at=None, voter__seq__gt=number(request.GET.get("after", "")))
    building, chosen = building_of(request.GET.get("building", ""))
    if chosen:
        found = found.filter(voter__building_id=building)
    if seq := number(request.GET.get("seq", "")):
        found = found.filter(voter__seq=seq)
    rows = list(found.select_related("voter").order_by("voter__seq")[: BATCH + 1])
    context = {
        "ballot": ballot,
        "face": face_of(ballot),
        "sheets": sheets_with_money(ballot, rows[:BATCH]),
        "next": query(request, after=str(rows[BATCH - 1].voter.seq)) if len(rows) > BATCH else "",
        "back_href": reverse("ballots_desk:paper", args=[ballot.pk]),
    }
    return render(request, "ballots/desk/sheets.html", context)


def sheets_with_money(ballot: Ballot, sheets: Sequence[Sheet]) -> list[dict[str, Any]]:
    """
    Each sheet with what the options cost the voter's homes, as those who vote on a screen see it too. Not on secret ones: a sum to the fen tells
    whose paper it is. Three queries, four at most.
    """
    rows = [sheet_row(ballot, sheet) for sheet in sheets]
    if ballot.is_secret:
        return rows
    options = square.options_of(ballot, square.text_of(ballot))
    reckon = square.shares_by(ballot, options)
    units: dict[int, list[VotingUnit]] = {}
    for unit in VotingUnit.objects.filter(voter__in=[s.voter_id for s in sheets]).order_by("path"):
        units.setdefault(unit.voter_id, []).append(unit)
    return [
        {**row, "money": [money_line(s, len(options)) for s in reckon(units.get(sheet.voter_id, []))]}
        for row, sheet in zip(rows, sheets, strict=True)
    ]


def money_line(share: OwnShare, options: int) -> str:
    """One option's cost for one home, in words; named where there are several."""
    said = share_words(share)
    if share.yearly_fen:
        said = _("%(share)s，以后每年 %(yearly)s") % {"share": said, "yearly": money(share.yearly_fen)}
    return _("%(option)s：%(share)s") % {"option": share.title, "share": said} if options > 1 else said


def sheet_row(ballot: Ballot, sheet: Sheet) -> dict[str, Any]:
    return {
        "code": spaced(sheet.code),
        "url": f"{settings.PUBLIC_URL}{reverse('ballots_desk:key_sheet', args=[sheet.code])}",
        "door": door_of(sheet.voter),
        "name": voter_words(sheet.voter),
        "seq": sheet.voter.seq,
        "area": words.area_words(sheet.voter.area) if ballot.roll.has_area and not ballot.is_secret else "",
    }


def spaced(code: str) -> str:
    """Twelve letters in groups of four, as people read them aloud."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


_HOW = {
    Kind.YES_NO: lambda _q: _("请在一个方框内打“√”。"),
    Kind.SURVEY: lambda _q: _("请在一个方框内打“√”。"),
    Kind.APPROVAL: lambda _q: _("可以选多个：请在您支持的方案前打“√”。"),
    Kind.BUDGET: lambda _q: _("可以选多个：请在您支持的项目前打“√”。"),
    Kind.ELECTION: lambda q: _("最多选 %(n)s 人：请在您支持的人前打“√”，多选的整张票无效。") % {"n": q.get("seats", 1)},
    Kind.RANKED: lambda _q: _("请在方框内写数字排先后：1 是最希望的；可以只排一部分，数字不能重复。"),
    Kind.POINTS: lambda q: _("请在方框内写点数，一共不超过 %(n)s 点。") % {"n": q.get("points", 10)},
}


def face_of(ballot: Ballot) -> dict[str, Any]:
    """What every sheet of the ballot says: the whole text, the options, how to fill it in, until when, and the warning silence may need."""
    matter = ballot.motion.matter
    number_ = ballot.frozen.get("text", ballot.motion.version)
    text = Text.objects.filter(motion=ballot.motion, number=number_).first()
    silent = ballot.policies.get("silent", "strict")
    policy = voting.policies()["silent"].values[silent][0 if words.language().lower().startswith("zh") else 1]
    options = ballot.question.get("options", [])
    return {
        "title": text.title if text else matter.public_title,
        "body": text.body if text else "",
        "ref": matter.ref,
        "place": matter.place.name,
        "kind": ballot.kind,
        "how": _HOW[Kind(ballot.kind)](ballot.question),
        "options": [{"label": option_words(o), "text": o.get("text", ""), "cost": yuan(o.get("cost_fen"))} for o in options],
        "plans": [] if options else [{"label": option_words(o), "text": o.get("text", ""), "cost": yuan(o.get("cost_fen"))} for o in (text.options if text else [])],
        "answers": [str(SAID["abstain"])] if options else list(choice_labels(ballot).values()),
        "warning": _warning(ballot, policy if silent != "strict" else ""),
        "secret": ballot.is_secret,
        "survey": ballot.kind == Kind.SURVEY,
        "consultative": ballot.consultative,
        "system": ballot.official_system,
        "closes": ballot.closes_at,
        "version": number_,
    }  # fmt: skip


def _warning(ballot: Ballot, policy: str) -> str:
    """What silence means, printed on every paper where it is more than nothing."""
    if ballot.is_objection:
        return _("注意：这是异议表决，没有交回的票视为没有异议。依据：%(clause)s") % {"clause": ballot.silent_clause}
    return (
        _("注意：没有交回的票按“%(policy)s”处理。依据：%(clause)s") % {"policy": policy, "clause": ballot.silent_clause} if policy else ""
    )


def yuan(fen: int | None) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}".removesuffix(".00") if fen is not None else ""
