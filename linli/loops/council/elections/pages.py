"""The Square: elections near the reader, one election with its candidates, nominating, what a resident does for themselves, sheets."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.arguments import read_arguments
from linli.kernel.access.asking import actor_and_now, number_in, once, put_on, sign_in_at
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters import held_notices
from linli.kernel.matters.clock import ZONE
from linli.kernel.notices.official import draft_paper, paper_of_notice
from linli.loops.council.elections import queries as found
from linli.loops.council.elections import shown
from linli.loops.council.elections.actions import standing
from linli.loops.council.elections.files import elections_file
from linli.loops.council.elections.forms import NominateForm
from linli.loops.council.elections.models import Election, Line, State
from linli.loops.council.elections.reading import around, election_for
from linli.loops.council.elections.verbs import GIVEN, OWN
from linli.loops.council.elections.wording import PATTERN, TONES, notice_of_opening
from linli.web.downloads import PUBLIC_MOST, asked_as, downloads
from linli.web.words import whole_dates

LARGEST: Final = 2**63 - 1
# What can be printed, and the act whose notice it is.
SHEETS: Final = {"call": "open", "candidates": "post", "result": "result"}


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Elections of the places around the reader (all for a stranger): under way, in office, over."""
    actor, _now = actor_and_now(request)
    if asked_as(request):
        return elections_file(request, actor, lambda pk: reverse("elections:one", args=[pk]), around=around(actor), most=PUBLIC_MOST)
    rows = found.election_list(actor, around=around(actor), before=number_in(request.GET.get("before", "")))
    context = {
        "groups": [
            (title, [shown.row_of(e, reverse("elections:one", args=[e.pk])) for e in part])
            for title, part in ((_("正在选举"), rows.current), (_("任期中"), rows.in_office), (_("过去的选举"), rows.past))
            if part
        ],
        "next": f"?{urlencode({'before': rows.next_before})}" if rows.next_before else "",
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "elections/list.html", context)


@never_cache
@require_safe
def one(request: HttpRequest, election_id: int) -> HttpResponse:
    """An election: seats, who may stand, candidates, objections, the result, who is in office, what was handed over."""
    return page(request, election_id)


def page(request: HttpRequest, election_id: int, *, refused: Refused | None = None) -> HttpResponse:
    actor, now = actor_and_now(request)
    election = election_for(actor, election_id)
    today = now.astimezone(ZONE).date()
    everybody = found.candidates_of(election)
    public = shown.public_candidates(election, everybody)
    mine = [c for c in everybody if standing.is_mine(actor, c) and c.state != "withdrawn"]
    in_office = election.state in (State.IN_OFFICE, State.ENDED)
    where = found.where_of([*public, *mine])
    filing, filing_tone = shown.filing_words(election, today)
    context: dict[str, Any] = {
        "election": election,
        "chip": election.get_state_display(),
        "tone": TONES[State(election.state)],
        "strip": shown.strip_of(election),
        "next_words": shown.next_words(election),
        "facts": shown.facts_of(election),
        "checks": shown.check_rows(election),
        "candidates": shown.candidate_rows(actor, public, where, election.quotas),
        "mine": shown.candidate_rows(actor, mine, where, election.quotas),
        "may_nominate": election.state == State.NOMINATING and election.nominate_from <= now < election.nominate_until,
        "may_object": election.state == State.POSTED and election.posted_until is not None and now < election.posted_until,
        "sign_in": sign_in_at(reverse("elections:one", args=[election.pk])) if actor.is_anonymous else "",
        "seats": shown.seat_rows(found.seats_of(election, all_ever=True)) if in_office else [],
        "by_quota": shown.quota_rows(election, everybody),
        "tasks": shown.task_rows(election, found.tasks_of(election), today) if in_office else [],
        "filing": filing,
        "filing_tone": filing_tone,
        "answers": [o for o in found.objections_of(election) if o.answer] if election.posted_at else [],
        "record": shown.record_of(found.lines_of(election)),
        "refused": refused,
        "typed": request.POST if request.method == "POST" else {},
        "once": once(),
        "page_url": f"{settings.PUBLIC_URL}{reverse('elections:one', args=[election.pk])}",
        "may_desk": table.may(actor, "election.read", election.place_path),
    }
    return render(request, "elections/one.html", context, status=refused.status if refused else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def nominate(request: HttpRequest, election_id: int) -> HttpResponse:
    """Stand oneself or propose a neighbour; nothing typed is lost when it is refused."""
    actor, now = actor_and_now(request)
    election = election_for(actor, election_id)
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(reverse("elections:nominate", args=[election.pk])))
    refused: Refused | None = None
    form = NominateForm(request.POST or None, election=election)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            standing.nominate(
                actor=actor,
                election_id=election.pk,
                now=now,
                myself=given["myself"] == "1",
                name=given["name"],
                home_id=given["home"].pk if given["home"] else None,
                statement=given["statement"],
                once=request.POST.get("once", "")[:40],
            )
        except Invalid as wrong:
            put_on(form, wrong)
        except Refused as caught:
            refused = caught
        else:
            done = _("自荐收到了，核查后公示。") if given["myself"] == "1" else _("推荐收到了，本人同意后核查、公示。")
            messages.success(request, done)
            return HttpResponseRedirect(reverse("elections:one", args=[election.pk]) + "#mine")
    context = {"election": election, "form": form, "refused": refused, "checks": shown.check_rows(election), "once": once()}
    return render(request, "elections/nominate.html", context, status=refused.status if refused else 422 if form.errors else 200)


@require_POST
def act(request: HttpRequest, election_id: int, deed: str) -> HttpResponse:
    """What a resident does for themselves; refused, they come back to the page with the reason and what they typed."""
    actor, now = actor_and_now(request)
    function = OWN.get(deed)
    if function is None:
        raise NotFound("no_act", _("没有这样的操作。"))
    election = election_for(actor, election_id)
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(reverse("elections:one", args=[election.pk])))
    given = {k: v for k, v in request.POST.items() if k not in ("on_behalf", "name", "note")}
    try:
        if deed in ("consent", "withdraw") and not _own(actor, election, str(given.get("candidate_id", ""))):
            raise NotFound("no_candidate", _("这次选举里没有您的提名。"))
        function(actor=actor, election_id=election.pk, now=now, **read_arguments(function, given, GIVEN))
    except Refused as refused:
        return page(request, election.pk, refused=refused)
    words = {
        "second": _("您家的附议已记下。"),
        "consent": _("您的答复已记下。"),
        "withdraw": _("您已退出。"),
        "object": _("异议收到了，答复会写在这一页。"),
    }[deed]
    messages.success(request, words)
    return HttpResponseRedirect(reverse("elections:one", args=[election.pk]) + "#mine")


def _own(actor: Any, election: Election, number: str) -> bool:
    return any(str(c.pk) == number and standing.is_mine(actor, c) for c in found.candidates_of(election))


@require_safe
@whole_dates()
def printed(request: HttpRequest, election_id: int, sheet: str) -> HttpResponse:
    """
    A notice as it stands on the board, as an A4 sheet or an A3 poster: the call (before it went out as a draft), the candidates, the result; or the
    paper form of a nomination.
    """
    actor, now = actor_and_now(request)
    election = election_for(actor, election_id)
    form = sheet == "form"
    notice = held_notices.newest_notice(Line, "election", election, SHEETS[sheet]) if sheet in SHEETS else None
    draft = sheet == "call" and election.state == State.DRAFT
    if not (form or draft) and notice is None:
        raise NotFound("no_sheet", _("这份公告还没有。"))
    paper = None
    if notice is not None:
        paper = paper_of_notice(notice)
    elif draft:
        paper = draft_paper(PATTERN.of(election, "open"), *notice_of_opening(election), election.place.name, now)
    made = held_notices.sheet(request, paper, election.place, reverse("elections:one", args=[election.pk]), sent=notice is not None)
    if form:
        made |= {
            "kicker": _("选举"),
            "title": _("候选人推荐表：%(title)s") % {"title": election.title},
            "checks": shown.check_rows(election),
        }
    return render(request, "elections/print.html", made | {"form": form})
