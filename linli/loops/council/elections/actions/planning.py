"""Before anybody stands: planned with its checks, quotas and their sources; changed; opened with its notice; called off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.arguments import needed
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters.held import begin
from linli.kernel.matters.queries import id_of_ref, matter_for
from linli.kernel.people.models import Home, HomeUse
from linli.kernel.places.law import place_rules
from linli.kernel.places.models import Place
from linli.law import voting
from linli.law.elections import Body, Limits, bodies
from linli.law.reading import PackError
from linli.lib.texts import clean
from linli.loops.council.elections import rules
from linli.loops.council.elections.actions.acting import Acting, acting
from linli.loops.council.elections.models import Candidate, Election, State
from linli.loops.council.elections.wording import PATTERN, notice_of_opening


@dataclass(frozen=True)
class Quota:
    """At least `least` of those elected are of the group; `source` is the article or rule that says so."""

    name: str
    least: int
    source: str


@dataclass(frozen=True)
class Plan:
    """
    What an election is planned with. `checks` are codes of the body's checks; `sources` {figure or check code: the operator's own source} for what
    the law's text was not verified for. `about` is the reference of the motion whose ballot decides it.
    """

    place: Place
    body: str
    title: str
    seats: int
    nominate_from: datetime
    nominate_until: datetime
    term_months: int
    checks: Sequence[str] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    quotas: Sequence[Quota] = ()
    alternates: int = 0
    seconds_needed: int = 0
    posting_days: int = 7
    jurisdiction: str = "CN"
    terms: str = ""
    about: str = ""
    follows: int | None = None


_SAME = ["body", "title", "terms", "jurisdiction", "seats", "alternates", "seconds_needed", "nominate_from", "nominate_until", "posting_days", "term_months"]  # fmt: skip


@transaction.atomic
def plan_election(*, actor: Actor, plan: Plan, now: datetime) -> Election:
    """Plan an election. Raises Invalid naming every field to mend, with the article that asks for it."""
    table.require(actor, "election.plan", plan.place.path)
    plan = _checked(plan, now)
    election = Election(place=plan.place, place_path=plan.place.path, created_at=now, created_by_id=actor.account_id)
    _put(election, plan, actor)
    election.save()
    begin(Acting(election, actor, now), "plan")
    return election


def change_election(*, actor: Actor, election_id: int, plan: Plan, now: datetime, seen: int | None = None) -> Election:
    """Change the plan while nothing is announced. Raises Conflict when somebody else changed it since `seen`."""
    with acting(actor, election_id, "change", now, permission="election.plan", seen=seen) as act:
        if plan.place.pk != act.election.place_id:
            words = _("范围不能改。请取消这次选举，另外安排一次。")
            raise Invalid("place_fixed", words, fields={"place": [words]})
        _put(act.election, _checked(plan, now), actor)
        act.record("change")
    return act.election


def _put(election: Election, plan: Plan, actor: Actor) -> None:
    for name in _SAME:
        setattr(election, name, getattr(plan, name))
    body = bodies()[plan.body]
    election.sources = dict(plan.sources)
    election.checks = [
        {"code": c.code, "name_zh": c.name_zh, "name_en": c.name_en, "auto": c.auto, "article": plan.sources.get(c.code) or c.article}
        for c in body.checks
        if c.code in plan.checks
    ]
    election.quotas = [{"code": f"q{n}", "name": q.name, "least": q.least, "source": q.source} for n, q in enumerate(plan.quotas, 1)]
    limits = body.limits(voting.place(plan.jurisdiction))
    election.filing_days, election.remind_months = limits.filing_days, limits.remind_months
    try:
        election.about = matter_for(actor, id_of_ref(plan.about)) if plan.about else None
    except NotFound as missing:
        raise Invalid("no_matter", str(missing.text), fields={"about": [str(missing.text)]}) from None
    election.follows = None
    if plan.follows:
        election.follows = Election.objects.filter(pk=plan.follows, place_path=plan.place.path, body=plan.body).first()
        if election.follows is None:
            words = _("只能接着同一范围、同一组织的上一届。")
            raise Invalid("no_earlier", words, fields={"follows": [words]})


def _checked(plan: Plan, now: datetime) -> Plan:
    plan = replace(
        plan,
        title=clean(plan.title, 80),
        terms=clean(plan.terms, 3000),
        about=plan.about.strip(),
        sources={k: clean(v, 160) for k, v in plan.sources.items() if v.strip()},
        quotas=[Quota(clean(q.name, 30), q.least, clean(q.source, 160)) for q in plan.quotas if q.name.strip()],
    )
    wrong: dict[str, list[Any]] = {}
    if not plan.title:
        wrong["title"] = [_("请写这次选举的名称。")]
    if plan.nominate_until <= plan.nominate_from or plan.nominate_until <= now:
        wrong["nominate_until"] = [_("推荐截止时间要晚于开始时间，也要在现在以后。")]
    body = bodies().get(plan.body)
    if body is None:
        wrong["body"] = [_("请选择选举哪个组织。")]
    try:
        law = _law_of(plan)
        plan = replace(plan, jurisdiction=law.id)
    except PackError:
        wrong["jurisdiction"] = [_("请选择适用哪里的规定。")]
        law = voting.place("CN")
    if body is not None:
        wrong |= _law_problems(plan, body, body.limits(law), law)
    if wrong:
        raise Invalid("plan_incomplete", _("选举安排有几处要改一改。"), fields=wrong)
    return plan


def _law_problems(plan: Plan, body: Body, limits: Limits, law: voting.Place) -> dict[str, list[Any]]:
    """
    What the rules of the body and of its place say against the plan, each with its article; what they are not verified for needs a source of the
    operator's own. One query where a place lets small estates have fewer seats.
    """
    wrong: dict[str, list[Any]] = {}

    def article(figure: str, of_body: Mapping[str, Any]) -> str:
        return limits.articles.get(figure) or of_body["article"] or _("本地规定")

    facts = {
        "min": limits.seats_min,
        "max": limits.seats_max,
        "small": limits.small,
        "households": limits.small_households,
        "area": limits.small_area_m2,
        "article": article("seats", body.seats),
    }
    if why := limits.why_not_seats(plan.seats, small=plan.seats == limits.small and _is_small(plan.place, limits)):
        words = {
            "few": _("至少 %(min)s 席（%(article)s）。"),
            "many": _("最多 %(max)s 席（%(article)s）。"),
            "even": _("席位要是单数（%(article)s）。"),
            "not_small": _("不足 %(households)s 户的小区才可以只设 %(small)s 席（%(article)s）。")
            if limits.small_households
            else _("面积 %(area)s 平方米以下的小区才可以只设 %(small)s 席（%(article)s）。"),
        }
        wrong["seats"] = [words[why] % facts]
    if plan.alternates > plan.seats:
        wrong["alternates"] = [_("候补不能比席位多。")]
    term = {"least": limits.term_min, "n": limits.term_max, "article": article("term_months", body.term_months)}
    if not 1 <= plan.term_months <= limits.term_max:
        wrong["term_months"] = [_("任期最长 %(n)s 个月（%(article)s）。") % term]
    elif plan.term_months < limits.term_min:
        wrong["term_months"] = [_("任期最短 %(least)s 个月（%(article)s）。") % term]
    if plan.posting_days < limits.posting_days:
        posting = {"n": limits.posting_days, "article": article("posting_days", body.posting_days)}
        wrong["posting_days"] = [_("候选人至少公示 %(n)s 天（%(article)s）。") % posting]
    codes = {c.code for c in body.checks}
    if set(plan.checks) - codes:
        wrong["checks"] = [_("请从列表里选核查项目。")]
    if any(q.least < 1 or q.least > plan.seats or not q.source for q in plan.quotas):
        wrong["quotas"] = [_("名额要求的人数要在 1 和席位数之间，并写明依据。")]
    lacking = rules.missing_sources({"seats": body.seats, "term_months": body.term_months}, plan.sources)
    # A condition that another place's rules set holds here only by a source of one's own.
    chosen = [c for c in body.checks if c.code in plan.checks and not plan.sources.get(c.code)]
    lacking += [c.code for c in chosen if not c.verified or not c.holds_in(law.id)]
    for name in lacking:
        wrong[f"source_{name}"] = [_("这一条的条文没有核对过原文，或者不是本地的规定。请写明本地依据（文件名和条款），再采用。")]
    return wrong


def _law_of(plan: Plan) -> voting.Place:
    """The rules chosen; those of the place's own division where that lies within what was chosen. Raises PackError."""
    chosen, own = voting.place(plan.jurisdiction), place_rules(plan.place)
    return own if voting.place_within(own.id, chosen.id) or chosen.id == "CN" else chosen


def _is_small(place: Place, limits: Limits) -> bool:
    homes = Home.objects.filter(**subtree("place__path", place.path), place__retired_at=None)
    found = homes.aggregate(n=Count("pk", filter=Q(use=HomeUse.DWELLING)), area=Sum("exclusive_area"))
    return limits.is_small(households=found["n"], area=found["area"] or 0)


def open_nominations(*, actor: Actor, election_id: int, now: datetime, once: str = "") -> Election:
    """Publish the notice that calls for candidates: seats, who may stand, by which rule, until when."""
    with acting(actor, election_id, "open", now, permission="election.plan", once=once) as act:
        election = act.election
        if act.repeated:
            return election
        if now >= election.nominate_until:
            raise Refused("too_late", _("推荐截止时间已经过了，请先改时间。"))
        election.state, election.opened_at = State.NOMINATING, now
        notice = act.publish(lambda: notice_of_opening(election), lambda: PATTERN.of(election, "open"))
        act.record("open", notice=notice.pk)
    return election


def cancel(*, actor: Actor, election_id: int, reason: str, now: datetime, once: str = "") -> Election:
    """Call the election off, saying why. A ballot already announced is stopped by its own act."""
    with acting(actor, election_id, "cancel", now, permission="election.plan", once=once) as act:
        election = act.election
        if act.repeated:
            return election
        election.reason = needed(reason, "reason", _("请写明原因，大家都能看到。"))
        if election.state != State.DRAFT:

            def title() -> str:
                return _("选举取消：%(title)s") % {"title": election.title}

            act.publish(lambda: (title(), election.reason), lambda: PATTERN.of(election, "cancel"))
            act.tell(Candidate.objects.filter(election=election).select_related("person"), "cancel", title, election.reason)
        election.state = State.CANCELLED
        act.record("cancel", reason=election.reason)
    return election
