"""Voting on one's own screen: for whom, the whole text and the own money, the choice, reading it again, the receipt."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.insight.choice.seals import Opening, seal
from linli.kernel.access.asking import put_on
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.again_pages import recently, to_again
from linli.kernel.rolls.wording import name_of
from linli.lib.units import format_area
from linli.loops.council.ballots import kept, receipts, sealing
from linli.loops.council.ballots import square_queries as found
from linli.loops.council.ballots import square_words as words
from linli.loops.council.ballots.actions import casting
from linli.loops.council.ballots.forms import ApproveForm, ChoiceForm, form_for
from linli.loops.council.ballots.models import Ballot, Kind
from linli.loops.council.ballots.pages import ballot_asked, who
from linli.loops.council.ballots.queries import Standing, my_standings, why_not_now
from linli.loops.council.ballots.wording import refuse
from linli.web.middleware import preferences_of


def _standing(request: HttpRequest, ballot: Ballot, seq: int) -> Standing:
    mine = my_standings(who(request)[0], ballot)
    one = next((s for s in mine if s.voter.seq == seq), None)
    if one is None:
        raise refuse("not_on_roll")
    return one


@never_cache
@require_safe
def choose_voter(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """For whom: straight on where there is one, else a list (own homes are one, joint owners, a company, proxies)."""
    actor, now = who(request)
    ballot = ballot_asked(request, ballot_id)
    if actor.is_anonymous:
        return to_again(request)
    if code := why_not_now(ballot, now):
        raise refuse(code)
    mine = my_standings(actor, ballot)
    if not mine:
        raise refuse("not_on_roll")
    if len(mine) == 1:
        return HttpResponseRedirect(reverse("ballots:vote_for", args=[ballot.pk, mine[0].voter.seq]))
    rows = [
        {
            "title": for_whom(s),
            "href": reverse("ballots:receipt" if s.voted and ballot.first_stands else "ballots:vote_for", args=[ballot.pk, s.voter.seq]),
            "meta": units_words(s),
            "chip": _("待核实") if s.conflict else _("已投") if s.voted else _("还没投"),
            "tone": "red" if s.conflict else "green" if s.voted else "gold",
            "icon": "person",
        }
        for s in mine
    ]
    return render(request, "ballots/choose_voter.html", {"ballot": ballot, "title": ballot.motion.matter.public_title, "rows": rows})


def for_whom(standing: Standing) -> str:
    """As whom the reader votes, in words."""
    voter = standing.voter
    if standing.proxy:
        return _("代 %(name)s 投票（委托）") % {"name": name_of(voter)}
    if voter.organisation:
        return _("代表 %(name)s 投票") % {"name": voter.organisation}
    if voter.co_owners:
        return _("为共有的房屋投票") if not voter.agent_id else _("代表共有人投票")
    return _("为自己投票") if not voter.agent_id else _("代 %(name)s 投票") % {"name": name_of(voter)}


def units_words(standing: Standing) -> str:
    if not standing.units:
        return standing.voter.door
    doors = _("、").join(u.door for u in standing.units[:6]) + (_(" 等") if len(standing.units) > 6 else "")
    area = format_area(standing.voter.area)
    if len(standing.units) > 1:
        return _("%(doors)s，共 %(area)s 平方米，合在一起算一票") % {"doors": doors, "area": area}
    return _("%(doors)s，%(area)s 平方米") % {"doors": doors, "area": area}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def vote(request: HttpRequest, ballot_id: int, seq: int) -> HttpResponse:
    """The choice: sent once it is read again, sent twice it is cast."""
    if done := _cast_at_once(request, ballot_id, seq):
        return done
    actor, now = who(request)
    ballot = ballot_asked(request, ballot_id)
    if actor.is_anonymous or not recently(request):
        return to_again(request)
    if code := why_not_now(ballot, now):
        raise refuse(code)
    standing = _standing(request, ballot, seq)
    if standing.voted and ballot.first_stands:
        messages.info(request, _("您已经投过票了；这次表决以第一票为准，不能改。"))
        return HttpResponseRedirect(reverse("ballots:receipt", args=[ballot.pk, seq]))
    if request.method != "POST":
        return _form_page(request, ballot, standing, form_for(ballot))
    form = form_for(ballot, request.POST)
    if not form.is_valid() or "total" in request.POST or "back" in request.POST:
        if "total" in request.POST or "back" in request.POST:
            form.errors.clear()
            return _form_page(request, ballot, standing, form, choosing=True)
        return _form_page(request, ballot, standing, form, status=422, choosing=True)
    if "cast" not in request.POST:
        return _confirm_page(request, ballot, standing, form)
    try:
        casting.cast_own(
            actor=actor,
            ballot_id=ballot.pk,
            seq=seq,
            choice=form.choice,
            now=now,
            theirs=form.cleaned_data["nonce"],
            asked=ballot.frozen_hash,
        )
    except Invalid as problem:
        put_on(form, problem)
        return _form_page(request, ballot, standing, form, status=422, choosing=True)
    except Refused as problem:
        if problem.status == 403:
            raise
        form.add_error(None, " ".join(filter(None, [str(problem.text), str(problem.turn_to)])))
        return _form_page(request, ballot, standing, form, status=problem.status, choosing=True)
    return HttpResponseRedirect(reverse("ballots:receipt", args=[ballot.pk, seq]))


def _cast_at_once(request: HttpRequest, ballot_id: int, seq: int) -> HttpResponse | None:
    """
    The vote that was read again, stored without asking the database for the page first; None where there is anything to say about it,
    which the page then says. Who sits there was shown just as lately, and every rule is the action's own.
    """
    sent = request.POST
    if "cast" not in sent or "total" in sent or "back" in sent:
        return None
    actor, now = who(request)
    ballot = kept.asked_lately(ballot_id)
    if ballot is None or actor.is_anonymous or not recently(request):
        return None
    form = form_for(ballot, sent)
    if not form.is_valid():
        return None
    try:
        casting.cast_own(
            actor=actor,
            ballot_id=ballot_id,
            seq=seq,
            choice=form.choice,
            now=now,
            theirs=form.cleaned_data["nonce"],
            asked=ballot.frozen_hash,
        )
    except Refused:
        return None
    return HttpResponseRedirect(reverse("ballots:receipt", args=[ballot_id, seq]))


def _form_page(
    request: HttpRequest, ballot: Ballot, standing: Standing, form: ChoiceForm, *, status: int = 200, choosing: bool = False
) -> HttpResponse:
    """In large type the text is one screen and the choice the next; everybody else sees both on one."""
    text = found.text_of(ballot)
    options = found.options_of(ballot, text)
    shares = found.own_shares(ballot, options, standing.units)
    elder = preferences_of(request).elder
    choosing = choosing or "choose" in request.GET
    budget = ballot.question.get("budget_fen")
    total = form.total_fen() if isinstance(form, ApproveForm) else 0
    context = {
        **_about(ballot, standing), "text": text, "options": options, "shares": shares, "money": words.money, "share_words": words.share_words, "form": form,
        "read": not elder or not choosing, "choose": not elder or choosing, "nonce": form["nonce"],
        "budget": words.money(budget), "total": words.money(total) if total else "", "over": bool(budget and total > budget),
        "left": words.money(abs((budget or 0) - total)), "points": ballot.question.get("points", 10) if ballot.kind == Kind.POINTS else 0,
        "rule_note": _("以第一票为准，投出去就不能改。") if ballot.first_stands else _("截止前可以改投，以最后一票为准。"),
        "already": bool(standing.voted), "conflict": standing.conflict,
    }  # fmt: skip
    return render(request, "ballots/vote.html", context, status=status)


def _confirm_page(request: HttpRequest, ballot: Ballot, standing: Standing, form: ChoiceForm) -> HttpResponse:
    sent = [(name, value) for name in form.fields for value in request.POST.getlist(name) if value]
    budget = ballot.question.get("budget_fen")
    total = form.total_fen() if isinstance(form, ApproveForm) and budget else 0
    context = {
        **_about(ballot, standing), "choice": words.choice_words(ballot, form.choice), "sent": sent,
        "total": words.money(total) if total else "", "budget": words.money(budget),
        "rule_note": _("以第一票为准，投出去就不能改。") if ballot.first_stands else _("截止前可以改投，以最后一票为准。"),
    }  # fmt: skip
    return render(request, "ballots/confirm.html", context)


def _about(ballot: Ballot, standing: Standing) -> dict[str, Any]:
    return {
        "ballot": ballot, "title": ballot.motion.matter.public_title, "for_whom": for_whom(standing), "units": units_words(standing),
        "note": words.kind_note(ballot), "secrecy": words.secrecy_words(ballot), "window": words.window_words(ballot), "seq": standing.voter.seq,
    }  # fmt: skip


@never_cache
@require_safe
def receipt(request: HttpRequest, ballot_id: int, seq: int) -> HttpResponse:
    """What the voter takes away; of a secret ballot only until the count. `?file` gives it as a file for the script."""
    actor, _now = who(request)
    ballot = ballot_asked(request, ballot_id)
    if actor.is_anonymous or not recently(request):
        return to_again(request)
    standing = _standing(request, ballot, seq)
    if standing.voted is None and not standing.conflict:
        raise NotFound("no_vote", _("这里还没有投过票。"))
    code, opened = "", None
    if standing.voted is not None:
        if not ballot.is_secret:
            code = standing.voted.receipt
        elif ballot.key:
            opened = sealing.unseal(sealing.cipher_of(ballot), ballot, standing.voter.pk, standing.voted.sealed)
            code = str(opened["tag"])
    if "file" in request.GET and opened and not ballot.question.get("options"):
        return _file(ballot, standing, opened)
    context = {
        **_about(ballot, standing), "code": code, "grouped": " ".join(code[i : i + 8] for i in range(0, len(code), 8)), "standing": standing,
        "check": request.build_absolute_uri(f"{reverse('ballots:check', args=[ballot.pk])}?code={code}") if code else "",
        "choice": words.choice_words(ballot, standing.voted.choice) if standing.voted and not ballot.is_secret else [],
        "may_change": not ballot.first_stands and why_not_now(ballot, who(request)[1]) is None, "opened": opened,
        "file": bool(opened) and not ballot.question.get("options"), "more": len(my_standings(actor, ballot)) > 1,
    }  # fmt: skip
    return render(request, "ballots/receipt.html", context)


def _file(ballot: Ballot, standing: Standing, opened: dict[str, Any]) -> HttpResponse:
    """The receipt of a secret vote with the opening of the own area, as `verify_bundle.py --receipt` reads it."""
    from linli.loops.council.ballots.bundles import ONE_HEAD, areas_of

    area = areas_of(ballot).get(standing.voter.seq, ONE_HEAD)
    sealed = seal(receipts.ballot_name(ballot), Opening(area, int(opened["blinding"], 16)))
    told = receipts.secret_file(ballot, opened, opened["choice"], format_area(area), sealed)
    answer = HttpResponse(json.dumps(told, ensure_ascii=False, indent=1), content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{ballot.pk}-{standing.voter.seq}.json"'
    return answer
