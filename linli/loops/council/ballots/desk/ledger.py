"""The delivery ledger (送达): who was reached how, who not; attempts recorded one or many at once, announcement instead, reminders, lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from linli.kernel.access import table as permissions
from linli.kernel.access.asking import put_on, query
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.files.actions import gone_if_refused
from linli.kernel.matters.clock import ZONE
from linli.kernel.rolls import queries as rolls
from linli.kernel.rolls.desk_voters import building_asked as building_of
from linli.loops.council.ballots import queries
from linli.loops.council.ballots.actions import delivering
from linli.loops.council.ballots.desk import door_of, kept, number, of_ballot, photo_as, seqs_of, to, voter_words, worker_and_now
from linli.loops.council.ballots.desk_forms import DeliveryForm
from linli.loops.council.ballots.models import Ballot, Delivery, State
from linli.web.downloads import downloads
from linli.web.sheets import Listing, as_file, format_asked
from linli.web.words import date_long, whole_dates

PAGE = 50
PRINTED = 400
FILTERS: Final = {
    "": gettext_lazy("全部"),
    "unreached": gettext_lazy("还没送达"),
    "untried": gettext_lazy("还没送过"),
    "failed": gettext_lazy("送过没送到"),
}


@require_GET
@of_ballot("ballot.read")
def ledger(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    return ledger_page(request, ballot)


def _asked(request: HttpRequest) -> tuple[str, int | None, bool]:
    only = request.GET.get("only", "")
    building, chosen = building_of(request.GET.get("building", ""))
    return (only if only in FILTERS else ""), (building if chosen else queries.EVERYWHERE), chosen


def ledger_page(
    request: HttpRequest,
    ballot: Ballot,
    *,
    status: int = 200,
    form: Any = None,
    ticked: list[int] | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    actor, _now = worker_and_now(request)
    only, building, chosen = _asked(request)
    found = queries.ledger(ballot, only=only, building=building, after=number(request.GET.get("after", "")), limit=PAGE + 1)
    buildings = rolls.buildings(ballot.roll)
    working = ballot.state in (State.ANNOUNCED, State.OPEN)
    context = {
        "ballot": ballot,
        "title": ballot.motion.matter.public_title or ballot.motion.matter.title,
        "rows": [row_of(ballot, r) for r in found[:PAGE]],
        "ticked": ticked or [],
        "tabs": [
            {"label": str(word), "href": query(request, only=code, after="") if code else _all(request), "current": code == only}
            for code, word in FILTERS.items()
        ],
        "only": only,
        "building": request.GET.get("building", "") if chosen else "",
        "buildings": [("", _("全部")), *((str(b.id or 0), b.name) for b in buildings)],
        "next": query(request, after=str(found[PAGE - 1].voter.seq)) if len(found) > PAGE else "",
        "form": form or DeliveryForm(),
        "refused": refused,
        "working": working,
        "may_deliver": working and permissions.may(actor, "ballot.deliver", ballot.motion.matter.place_path),
        "counts": counts(ballot),
        "exports": downloads(request, reverse("ballots_desk:delivery_table", args=[ballot.pk]), most=0),
        "here": request.get_full_path() if request.method == "GET" else request.POST.get("here", ""),
    }  # fmt: skip
    return render(request, "ballots/desk/delivery.html", context, status=status)


def _all(request: HttpRequest) -> str:
    building = request.GET.get("building", "")
    return f"?building={building}" if building else request.path


def counts(ballot: Ballot) -> dict[str, int]:
    """How many on the roll, how many nobody reached. One query."""
    missing = delivering.unreached(ballot).count()
    return {"all": ballot.roll.voter_count, "unreached": missing, "reached": ballot.roll.voter_count - missing}


def row_of(ballot: Ballot, row: queries.DeliveryRow) -> dict[str, Any]:
    state = (
        (_("已投票"), "green")
        if row.voted
        else (_("已送达"), "green")
        if row.reached
        else (_("没送到"), "red")
        if row.attempts
        else (_("还没送过"), "gold")
    )
    return {
        "seq": row.voter.seq,
        "door": door_of(row.voter),
        "name": voter_words(row.voter),
        "state": state[0],
        "tone": state[1],
        "attempts": [attempt_of(ballot, a) for a in row.attempts],
    }


def attempt_of(ballot: Ballot, one: Delivery) -> dict[str, Any]:
    return {
        "when": date_long(one.at),
        "what": _("%(how)s：%(outcome)s") % {"how": one.get_how_display(), "outcome": one.get_outcome_display()},
        "by": one.by_name,
        "note": one.note,
        "stands": date_long(one.stands_from) if one.how == Delivery.How.NOTICE and one.stands_from else "",
        "proof": reverse("ballots_desk:file", args=[ballot.pk, one.proof_id]) if one.proof_id else "",
    }


@require_POST
@of_ballot("ballot.deliver")
def record(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """One attempt, for one door or for many at once: all are written, or none."""
    actor, now = worker_and_now(request)
    form = DeliveryForm(request.POST, request.FILES)
    ticked = seqs_of(request.POST.getlist("seq"))
    if form.is_valid():
        given = form.cleaned_data
        seqs = sorted({*ticked, *given["doors"]})
        try:
            if not seqs:
                raise Invalid("missing", _("请先勾选送了哪几户，或写上序号。"), fields={"doors": [_("请先勾选送了哪几户，或写上序号。")]})
            with gone_if_refused(), transaction.atomic():
                delivering.record_deliveries(
                    actor=actor, ballot_id=ballot.pk, seqs=seqs, how=given["how"], outcome=given["outcome"], now=now, note=given["note"],
                    proof=kept(actor, given["proof"], now),
                )  # fmt: skip
        except Invalid as problem:
            put_on(form, photo_as(problem, "proof"))
        except Refused as refused:
            if refused.status == 403:
                raise
            return ledger_page(request, ballot, status=refused.status, form=form, ticked=ticked, refused=refused)
        else:
            messages.success(request, ngettext("已登记 %(n)s 户的送达。", "已登记 %(n)s 户的送达。", len(seqs)) % {"n": len(seqs)})
            return to("delivery", ballot.pk, query=_back(request))
    return ledger_page(request, ballot, status=422, form=form, ticked=ticked)


def _back(request: HttpRequest) -> str:
    """The filters the list was read with; nothing else of what the form sends is trusted."""
    _path, mark, rest = request.POST.get("here", "").partition("?")
    return f"?{rest}" if mark and all(c.isalnum() or c in "=&-_" for c in rest) and len(rest) < 200 else ""


@require_POST
@of_ballot("ballot.deliver")
def announce(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    actor, now = worker_and_now(request)
    done = delivering.announce_instead(actor=actor, ballot_id=ballot.pk, now=now)
    if done:
        messages.success(request, ngettext("已对 %(n)s 户公告送达。", "已对 %(n)s 户公告送达。", done) % {"n": done})
    else:
        messages.warning(request, _("没有可以公告送达的：要先上门、邮寄或打电话试过，没有送到的才能公告。"))
    return to("delivery", ballot.pk)


@require_POST
@of_ballot("ballot.deliver")
def remind(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    actor, now = worker_and_now(request)
    done = delivering.remind(actor=actor, ballot_id=ballot.pk, now=now)
    messages.success(request, ngettext("已提醒 %(n)s 位还没有投票的人。", "已提醒 %(n)s 位还没有投票的人。", done) % {"n": done})
    return to("delivery", ballot.pk)


# --- on paper and away -----------------------------------------------------------------------------------
def _paper(request: HttpRequest, ballot: Ballot, template: str, found: list[queries.DeliveryRow], **more: Any) -> HttpResponse:
    context = {
        "ballot": ballot,
        "title": ballot.motion.matter.public_title or ballot.motion.matter.title,
        "rows": [row_of(ballot, r) for r in found[:PRINTED]],
        "next": query(request, after=str(found[PRINTED - 1].voter.seq)) if len(found) > PRINTED else "",
        "back_href": reverse("ballots_desk:delivery", args=[ballot.pk]),
        "paper_issuer": ballot.motion.matter.place.name,
        **more,
    }
    return render(request, template, context)


@require_GET
@of_ballot("ballot.read")
@whole_dates()
def printed(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """The ledger of one building on A4, with room to sign."""
    only, building, chosen = _asked(request)
    after = number(request.GET.get("after", ""))
    found = queries.ledger(ballot, only=only, building=building, after=after, limit=PRINTED + 1)
    tabs = [
        {"label": b.name, "href": f"?building={b.id or 0}&only={only}", "current": chosen and b.id == building}
        for b in rolls.buildings(ballot.roll)
    ]
    name = next((t["label"] for t in tabs if t["current"]), "")
    return _paper(request, ballot, "ballots/desk/delivery_print.html", found, tabs=tabs, building=name, sign=True)


@require_GET
@of_ballot("ballot.read")
@whole_dates()
def unreached(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """Owners who cannot be reached, with every attempt (for the file, and for whoever objects later)."""
    found = queries.ledger(ballot, only="failed", after=number(request.GET.get("after", "")), limit=PRINTED + 1)
    return _paper(request, ballot, "ballots/desk/delivery_print.html", found, tabs=[], building=_("联系不上的业主"), sign=False)


@require_GET
@of_ballot("ballot.read")
def table(request: HttpRequest, ballot: Ballot) -> HttpResponseBase:
    """The whole ledger as a sheet, an attempt a row; who was never tried has a row too."""
    only, building, _chosen = _asked(request)
    heads = (_("序号"), _("门牌"), _("姓名"), _("送达"), _("时间"), _("怎么送的"), _("结果"), _("谁送的"), _("情况"))

    def rows() -> Iterator[list[Any]]:
        after = 0
        while True:
            found = queries.ledger(ballot, only=only, building=building, after=after, limit=500)
            for row in found:
                shown = row_of(ballot, row)
                lead = [row.voter.seq, shown["door"], shown["name"], shown["state"]]
                for one in row.attempts:
                    at = one.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
                    yield [*lead, at, one.get_how_display(), one.get_outcome_display(), one.by_name, one.note]
                if not row.attempts:
                    yield [*lead, "", "", "", "", ""]
            if len(found) < 500:
                return
            after = found[-1].voter.seq

    name = _("送达登记 %(ref)s") % {"ref": ballot.motion.matter.ref}
    return as_file(Listing(name, heads, rows(), (8, 28, 16, 12, 18, 14, 14, 14, 36)), format_asked(request.GET))
