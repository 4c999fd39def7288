"""Setting a ballot up: roll, kind, rule, policies, secrecy, window; what the notice and the paper will say; read-only once announced."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from linli.kernel.access import table
from linli.kernel.access.asking import put_on
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters import desk
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.lawful import first_moment_after
from linli.kernel.rolls.queries import public_rolls
from linli.kernel.rolls.wording import area_words, title_of
from linli.law import voting
from linli.loops.council.ballots.actions import announcing, setting_up
from linli.loops.council.ballots.desk import number, to, words, worker_and_now
from linli.loops.council.ballots.models import Ballot, Kind, Secrecy, State
from linli.loops.council.ballots.secrecy import obstacle
from linli.loops.council.ballots.setup_form import SHARES, SetUpForm, given_of
from linli.loops.council.ballots.wording import frozen_words, profile_name
from linli.loops.council.motions.actions.preparing import decision_of
from linli.loops.council.motions.actions.taking import text_in_force
from linli.loops.council.motions.models import Motion
from linli.loops.council.motions.roads import road_of

_ROLLS = 50


def motion_of(ref: str) -> Motion:
    found = Motion.objects.select_related("matter__place").filter(pk=min(int(ref[1:]), 2**63 - 1)).first()
    if found is None:
        raise NotFound("no_matter", _("没有找到这个议题。"))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@desk.at_desk
def set_up(request: HttpRequest, ref: str) -> HttpResponse:
    """The ballot of the motion's next decision. A draft is a form; what was announced is shown as it was frozen."""
    actor, now = worker_and_now(request)
    motion = motion_of(ref)
    table.require(actor, "ballot.read", motion.matter.place_path)
    step = decision_of(motion)
    survey = request.GET.get("survey") == "1"
    found = Ballot.objects.select_related("roll__place", "motion__matter__place").filter(motion=motion, step=step)
    mine = found.filter(kind=Kind.SURVEY, state=State.DRAFT) if survey else found.exclude(kind=Kind.SURVEY).exclude(state=State.ABANDONED)
    ballot = mine.first()
    if ballot is not None and ballot.state != State.DRAFT:
        return to("one", ballot.pk)
    if not table.may(actor, "ballot.set_up", motion.matter.place_path):
        raise table.refusal(actor, "ballot.set_up")
    rolls = [r for r in public_rolls(motion.matter.place, limit=_ROLLS) if r.voter_count]
    rolls.sort(key=lambda roll: (roll.about != motion.matter.ref, roll.place_id != motion.matter.place_id, -roll.pk))
    form = SetUpForm(request.POST or None, initial=given_of(ballot) if ballot else _first(motion, rolls, now, survey=survey), rolls=rolls)
    refused, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = _save(request, motion, form)
            except Invalid as problem:
                put_on(form, problem)
            except Refused as problem:
                if problem.status in (403, 404):
                    raise
                refused, status = problem, problem.status
            else:
                messages.success(request, _("设置已保存。发公告以前都可以改。"))
                return to("one", made.pk)
    return render(request, "ballots/desk/set_up.html", _context(motion, ballot, form, now, refused, survey=survey), status=status)


def _save(request: HttpRequest, motion: Motion, form: SetUpForm) -> Ballot:
    actor, now = worker_and_now(request)
    given = form.cleaned_data
    return setting_up.set_up(
        actor=actor,
        motion=motion,
        roll=form.roll_chosen(),
        opens_at=given["opens_at"],
        closes_at=given["closes_at"],
        now=now,
        kind=given["kind"],
        question=form.question(),
        profile=given["profile"],
        jurisdiction=given["jurisdiction"],
        policies=form.policies(),
        thresholds=form.thresholds(),
        thresholds_source=given["thresholds_source"],
        silent_clause=given["silent_clause"],
        secrecy=given["secrecy"],
        first_stands=given["first_stands"],
        settle_signed=given["settle_signed"],
        proxy_most=given["proxy_most"],
        official_system=given["official_system"],
        seen=number(request.POST.get("version", "")) or None,
    )


def earliest(motion: Motion, place: voting.Place, now: datetime, *, owners: bool) -> tuple[datetime, int]:
    """The first moment a ballot may open if its notice went out now, and the days that make it so: the longer of the road's and the place's."""
    road = road_of(motion)
    step = road.leading_to(decision_of(motion), "notice")
    days = max(step.notice_days if step else 0, place.notice_days() if owners else 0)
    return first_moment_after(now, days), days


def _first(motion: Motion, rolls: list[Any], now: datetime, *, survey: bool) -> dict[str, Any]:
    """A new ballot as it most likely will be: the roll drawn up for it, opening on the first lawful day at nine, for a fortnight."""
    place = voting.place(words.likely_place(motion.matter.place))
    owners = not rolls or rolls[0].has_area
    first, _days = earliest(motion, place, now, owners=owners)
    day: date = first.astimezone(ZONE).date() if not survey else now.astimezone(ZONE).date() + timedelta(days=1)
    opens = datetime.combine(day + timedelta(days=0 if survey else 1), time(9), tzinfo=ZONE)
    offered = text_in_force(motion).options
    several = len(offered) > 1
    return {
        "roll": rolls[0].pk if rolls else None,
        "kind": Kind.SURVEY if survey else Kind.APPROVAL if several else Kind.YES_NO,
        # What owners pay for together they share by area where nothing else was agreed (Civil Code 283).
        "share_by": "area" if owners and any(o.get("cost_fen") for o in offered) else "",
        "jurisdiction": place.id,
        "profile": "owners.civil_code.ordinary" if owners else "residents_meeting.from_2026",
        "silent": "strict",
        "invalid_ballot": voting.policies()["invalid_ballot"].default,
        "secrecy": Secrecy.NAMED,
        "first_stands": "later",
        "opens_at": opens,
        "closes_at": datetime.combine(opens.date() + timedelta(days=14), time(18), tzinfo=ZONE),
    }


def _context(
    motion: Motion, ballot: Ballot | None, form: SetUpForm, now: datetime, refused: Refused | None, *, survey: bool
) -> dict[str, Any]:
    chosen = form["roll"].value()
    roll = form.rolls.get(number(str(chosen or "")))
    code = str(form["jurisdiction"].value() or "CN")
    place = voting.places().get(code) or voting.places()["CN"]
    opens, days = earliest(motion, place, now, owners=roll is None or roll.has_area)
    text = text_in_force(motion)
    # As `set_up` keeps a secret one: an invalid paper took part, since nobody can say whose it was.
    probe = Ballot(roll=roll, secrecy=Secrecy.SECRET, policies={"invalid_ballot": "participates_not_consent"}) if roll else None
    return {
        "motion": motion,
        "ballot": ballot,
        "form": form,
        "refused": refused,
        "survey": survey,
        "text": text,
        "rolls": bool(form.rolls),
        "draw_up": f"/desk/rolls/new/?about={motion.matter.ref}",
        "place": place.name(words.language()),
        "place_facts": words.place_facts(place),
        "place_rows": words.place_rows(),
        "profile_rows": words.profile_rows(),
        "not_secret": obstacle(probe) if probe else "",
        "earliest": opens,
        "notice_days": days,
        "missing": (announcing.prepared(motion, ballot.step, now) if ballot and not survey else None),
    }


def term_rows(ballot: Ballot) -> list[dict[str, Any]]:
    """The terms of a ballot as rows of facts: as frozen once it was announced, as they stand before."""
    roll, place = ballot.roll, voting.place(ballot.jurisdiction)
    said = {"title": title_of(roll), "n": f"{roll.voter_count:,}", "area": area_words(roll.area)}
    roll_words = (_("%(title)s，%(n)s 人，%(area)s ㎡") if roll.has_area else _("%(title)s，%(n)s 人")) % said
    silent = ballot.policies.get("silent", "strict")
    which = 0 if words.language().lower().startswith("zh") else 1
    rows = [
        {"label": _("怎么表决"), "value": str(Kind(ballot.kind).label)},
        {"label": _("名册"), "value": roll_words, "href": f"/desk/rolls/{roll.pk}/", "act": _("看名册")},
        {"label": _("按哪里的规定"), "value": place.name(words.language())},
        {
            "label": _("通过标准"),
            "value": _("%(name)s：%(tests)s") % {"name": profile_name(ballot), "tests": words.profile_words(words.rule_of(ballot))},
        },
        {"label": _("没有交回的票"), "value": voting.policies()["silent"].values[silent][which]},
        {"label": _("记名方式"), "value": str(Secrecy(ballot.secrecy).label)},
        {"label": _("同一渠道投了两次"), "value": _("以第一次为准，不能改") if ballot.first_stands else _("截止前可以改，以后一次为准")},
        {"label": _("投票时间"), "value": words.when_words(ballot.opens_at, ballot.closes_at)},
    ]
    if ballot.kind == Kind.SURVEY:
        rows[3] = {"label": _("通过标准"), "value": _("征求意见，不作为决定。")}
    if ballot.silent_clause:
        rows.append({"label": _("业主大会的决定") if ballot.is_objection else _("规约里的这一条"), "value": ballot.silent_clause})
    if ballot.settle_signed:
        rows.append({"label": _("互相矛盾的票"), "value": _("凭本人签字的书面说明核实")})
    if ballot.proxy_most is not None:
        rows.append({"label": _("一人最多代理几票"), "value": str(ballot.proxy_most)})
    extra = {"seats": _("选几席"), "points": _("每人多少点")}
    rows += [{"label": label, "value": str(ballot.question[name])} for name, label in extra.items() if name in ballot.question]
    if shared := ballot.question.get("share_by"):
        rows.append({"label": _("费用怎样分摊到各家"), "value": str(SHARES[shared])})
    if "budget_fen" in ballot.question:
        fen = ballot.question["budget_fen"]
        rows.append({"label": _("总预算"), "value": _("%(yuan)s 元") % {"yuan": f"{fen // 100:,}.{fen % 100:02d}"}})
    if ballot.frozen_hash:
        rows.append({"label": _("冻结的规则指纹"), "value": ballot.frozen_hash})
    return rows


def notice_preview(ballot: Ballot) -> list[str]:
    return list(frozen_words(ballot))
