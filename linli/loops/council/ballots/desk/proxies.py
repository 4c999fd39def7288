"""Written authorities: recorded with their photo, limits and instruction; listed, ended, voted under at the counter."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.access.asking import put_on
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.access.tongue import as_read
from linli.kernel.files.actions import gone_if_refused
from linli.kernel.files.wording import look
from linli.kernel.rolls import queries as rolls
from linli.law import voting
from linli.lib.masking import mask_name
from linli.loops.council.ballots.actions import entrusting
from linli.loops.council.ballots.desk import LARGEST, door_of, kept, number, of_ballot, photo_as, to, voter_words, words, worker_and_now
from linli.loops.council.ballots.desk.phone import find_voter
from linli.loops.council.ballots.desk_forms import ChoiceForm, ProxyForm
from linli.loops.council.ballots.models import Ballot, Proxy, State, Vote
from linli.web.downloads import MOST, as_download, asked_as, downloads


@require_http_methods(["GET", "HEAD", "POST"])
@of_ballot("ballot.record")
def proxies(request: HttpRequest, ballot: Ballot) -> HttpResponseBase:
    actor, now = worker_and_now(request)
    if request.method != "POST" and asked_as(request):
        return _file(request, ballot)
    seq = number(request.POST.get("seq", "") or request.GET.get("seq", ""))
    voter = rolls.voter_on(ballot.roll, seq) if 0 < seq < 2**31 else None
    form = ProxyForm(request.POST or None, request.FILES or None, actor=actor, secret=ballot.is_secret) if voter else None
    chosen = ChoiceForm(request.POST if request.POST.get("instructed") else None, ballot=ballot) if voter else None
    status = 200
    refused = None
    if request.method == "POST" and voter is not None and form is not None and chosen is not None:
        status = 422
        wanted = None
        if form.is_valid() and (not form.cleaned_data["instructed"] or chosen.is_valid()):
            given = form.cleaned_data
            wanted = chosen.choice() if given["instructed"] else None
            try:
                with gone_if_refused():
                    entrusting.record_proxy(
                        actor=actor, ballot_id=ballot.pk, seq=voter.seq, holder=given["holder"], now=now, instruction=wanted,
                        authority=kept(actor, given["authority"], now), property_staff=given["property_staff"],
                    )  # fmt: skip
            except Invalid as problem:
                put_on(form, photo_as(problem, "authority"))
            except Refused as problem:
                if problem.status == 403:
                    raise
                refused, status = problem, problem.status
            else:
                messages.success(request, _("委托已登记。"))
                return to("proxies", ballot.pk)
    text = request.GET.get("q", "").strip()
    context = {
        "ballot": ballot,
        "title": ballot.motion.matter.public_title or ballot.motion.matter.title,
        "rows": rows_of(ballot),
        "exports": downloads(request),
        "text": text,
        "found": find_voter(actor, ballot, text) if text and voter is None else [],
        "voter": {"seq": voter.seq, "door": door_of(voter), "name": voter_words(voter)} if voter else None,
        "form": form,
        "chosen": chosen,
        "refused": refused,
        "limits": words.place_facts(voting.place(ballot.jurisdiction))[4],
        "most": ballot.proxy_most,
        "recordable": ballot.state in (State.ANNOUNCED, State.OPEN),
        "castable": ballot.state == State.OPEN and ballot.opens_at <= now < ballot.closes_at,
        "choice_form": ChoiceForm(ballot=ballot, auto_id="cast_%s"),
    }
    return render(request, "ballots/desk/proxies.html", context, status=status)


def _file(request: HttpRequest, ballot: Ballot) -> HttpResponseBase:
    """The authorities of the page, names masked as there. Two queries."""
    rows = (
        [
            row["door"],
            row["name"],
            row["holder"],
            _("写明了意见") if row["instructed"] else "",
            _("已终止") if row["ended"] else _("已代投") if row["used"] else _("有效"),
            row["ended"],
            row["why"],
        ]
        for row in rows_of(ballot, limit=MOST + 1)
    )
    header = (_("委托的门牌"), _("委托人"), _("受托人"), _("委托书"), _("状态"), _("终止时间"), _("为什么终止"))
    return as_download(request, f"{_('已登记的委托')} {ballot.motion.matter.ref}", header, rows, (28, 16, 16, 14, 10, 18, 36))


def rows_of(ballot: Ballot, *, limit: int = 300) -> list[dict[str, Any]]:
    """Authorities in force first, with how many each holder has. Two queries."""
    found = list(
        Proxy.objects.filter(ballot=ballot).select_related("voter", "holder", "authority").order_by("ended_at", "voter__seq")[:limit]
    )
    used = set(Vote.objects.filter(ballot=ballot).exclude(proxy=None).values_list("proxy_id", flat=True))
    held: dict[int, int] = {}
    for one in found:
        held[one.holder_id] = held.get(one.holder_id, 0) + (one.ended_at is None)
    return [
        {
            "id": p.pk,
            "door": door_of(p.voter),
            "name": voter_words(p.voter),
            "holder": mask_name(p.holder.name),
            "held": held[p.holder_id],
            "instructed": bool(p.instruction),
            "ended": p.ended_at,
            "why": as_read(p.ended_why),
            "used": p.pk in used,
            "look": look(p.authority) if p.authority else "",
            "gone": p.authority_hash[:12],
            "photo": reverse("ballots_desk:file", args=[ballot.pk, p.authority_id]) if p.authority_id else "",
        }
        for p in sorted(found, key=lambda p: (p.ended_at is not None, p.voter.seq))
    ]


@require_POST
@of_ballot("ballot.record")
def end(request: HttpRequest, ballot: Ballot, proxy_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    entrusting.end_proxy(actor=actor, proxy_id=min(proxy_id, LARGEST), why=request.POST.get("why", ""), now=now)
    messages.success(request, _("委托已终止。"))
    return to("proxies", ballot.pk)


@require_POST
@of_ballot("ballot.record")
def cast(request: HttpRequest, ballot: Ballot, proxy_id: int) -> HttpResponse:
    """The holder votes at the counter."""
    actor, now = worker_and_now(request)
    proxy = Proxy.objects.filter(ballot=ballot, pk=min(proxy_id, LARGEST), ended_at=None).select_related("voter").first()
    if proxy is None:
        raise NotFound("no_proxy", _("没有找到这份委托。"))
    form = ChoiceForm(request.POST, ballot=ballot)
    if not form.is_valid():
        raise Invalid("no_choice", _("请选择代投的是哪一项。"), fields={"choice": [_("请选择代投的是哪一项。")]})
    receipt = entrusting.cast_by_proxy(actor=actor, ballot_id=ballot.pk, seq=proxy.voter.seq, choice=form.choice(), now=now)
    if receipt.vote.state == Vote.State.CONFLICT:
        messages.warning(request, _("已登记；和这一户别的票矛盾，已列入待核实。"))
    else:
        messages.success(request, _("已登记这一票。"))
    return to("proxies", ballot.pk)
