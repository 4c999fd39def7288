"""Who stands: nominated by themselves, by others with their consent, with seconders; withdrawn; checked; posted; objected to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access.actor import Actor
from linli.kernel.access.arguments import needed
from linli.kernel.access.paths import subtree, within
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters.lawful import counted
from linli.kernel.matters.promises import calendar
from linli.kernel.people.models import Ownership, Person, Residence
from linli.kernel.places.models import Place
from linli.lib.texts import clean
from linli.loops.council.elections import rules
from linli.loops.council.elections.actions.acting import Acting, acting
from linli.loops.council.elections.models import Candidate, Election, Objection, Second, State
from linli.loops.council.elections.wording import PATTERN, notice_of_candidates
from linli.loops.council.motions.standing import home_of
from linli.web.words import in_english, until


def nominate(
    *,
    actor: Actor,
    election_id: int,
    now: datetime,
    name: str = "",
    home_id: int | None = None,
    statement: str = "",
    myself: bool = True,
    once: str = "",
) -> Candidate:
    """
    Stand oneself, or propose a neighbour by name and home, who must consent before being a candidate. Raises Refused for somebody without a
    home here or who stands already.
    """
    with acting(actor, election_id, "nominate", now, permission="election.nominate", own=True, once=once) as act:
        if act.repeated:
            return Candidate.objects.filter(election=act.election).latest("pk")
        _in_time(act.election, now)
        home = home_of(actor, act.election.place, now)
        if home is None:
            raise Refused(
                "no_home_here", _("住在这里或者是这里的业主，才能参加推荐和自荐。"), turn_to=_("房屋登记不对的，请到社区窗口更正。")
            )
        if myself:
            person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
            made = _add(act, person.name if person else actor.name, person, home, statement, Candidate.Origin.SELF)
            made.account_id, made.consent, made.consent_at = actor.account_id, Candidate.Consent.GIVEN, now
        else:
            called = needed(name, "name", _("请写被推荐人的姓名。"), 60)
            place = _home(act.election, home_id)
            made = _add(act, called, known_person(called, place), place, statement, Candidate.Origin.OTHER)
            made.nominated_by, made.nominator_id = actor.name[:80], actor.account_id
        made.channel = actor.channel
        _save(act, made)
    return made


def nominate_for(
    *,
    actor: Actor,
    election_id: int,
    name: str,
    now: datetime,
    home_id: int | None = None,
    origin: str = "self",
    nominated_by: str = "",
    statement: str = "",
    consented: bool = False,
    once: str = "",
) -> Candidate:
    """
    A worker records a nomination made on paper, by phone or by an organisation; `consented` when the nominated signed. Raises Invalid.
    """
    with acting(actor, election_id, "nominate", now, permission="election.nominate_for", once=once) as act:
        if act.repeated:
            return Candidate.objects.filter(election=act.election).latest("pk")
        _in_time(act.election, now)
        called = needed(name, "name", _("请写被推荐人的姓名。"), 60)
        if origin not in Candidate.Origin.values:
            raise Invalid("bad_origin", _("请选择怎么产生的。"), fields={"origin": [_("请选择怎么产生的。")]})
        place = _home(act.election, home_id)
        made = _add(act, called, known_person(called, place), place, statement, origin)
        made.nominated_by = clean(nominated_by, 80)
        if origin != Candidate.Origin.SELF and not made.nominated_by:
            raise Invalid("no_nominator", _("请写是谁推荐的。"), fields={"nominated_by": [_("请写是谁推荐的。")]})
        if consented or origin == Candidate.Origin.SELF:
            made.consent, made.consent_at = Candidate.Consent.GIVEN, now
            made.consent_note = gettext_noop("书面同意，由工作人员登记")
        made.channel = actor.channel
        _save(act, made)
    return made


def _in_time(election: Election, now: datetime) -> None:
    if now < election.nominate_from or now >= election.nominate_until:
        words = _("推荐还没有开始。") if now < election.nominate_from else _("推荐和自荐已经截止。")
        raise Refused("not_in_time", words, turn_to=_("有特殊情况的，请到社区窗口说明。"))


def _home(election: Election, home_id: int | None) -> Place:
    found = Place.objects.filter(pk=home_id or 0, kind="home", retired_at=None).first()
    if found is None or not within(found.path, election.place_path):
        words = _("请写这次选举范围里的房屋。")
        raise Invalid("no_home", words, fields={"home": [words]})
    return found


def known_person(name: str, home: Place) -> Person | None:
    """The person of this name who lives in the home or owns it; None when nobody or several are called so."""
    people = Person.objects.filter(name=name.strip(), erased_at=None)
    owning = Q(ownerships__home__place=home, ownerships__until_on=None)
    found = list(people.filter(Q(home_place=home) | owning).distinct()[:2])
    return found[0] if len(found) == 1 else None


def _add(act: Acting, name: str, person: Person | None, home: Place, statement: str, origin: str) -> Candidate:
    stands = Candidate.objects.filter(election=act.election).exclude(state=Candidate.State.WITHDRAWN)
    same = Q(person=person) if person is not None else Q(person=None, name=name, home=home)
    if stands.filter(same).exists():
        raise Refused("stands_already", _("%(name)s已经在候选人名单里。") % {"name": name})
    number = (Candidate.objects.filter(election=act.election).aggregate(m=Max("number"))["m"] or 0) + 1
    account_id = person.account_id if person else None
    return Candidate(
        election=act.election,
        number=number,
        name=clean(name, 60),
        person=person,
        account_id=account_id,
        home=home,
        statement=clean(statement, 2000),
        origin=origin,
        at=act.now,
    )


def _save(act: Acting, made: Candidate) -> None:
    made.save()
    act.record("nominate", number=made.number, origin=made.origin)
    if made.consent == Candidate.Consent.WAITING:
        facts = {"who": made.nominated_by, "title": act.election.title}
        act.tell(
            [made],
            f"consent:{made.pk}",
            lambda: _("有人推荐您：%(title)s") % facts,
            lambda: _("%(who)s推荐您参加%(title)s。请打开页面表示同意或者不同意；不同意就不会成为候选人。") % facts,
        )


def consent(*, actor: Actor, election_id: int, candidate_id: int, agree: bool, now: datetime, note: str = "", once: str = "") -> Candidate:
    """
    The nominated says yes or no: themselves, or on behalf with a note of how they said so. Raises Invalid without the note.
    """
    mine = is_mine(actor, Candidate.objects.filter(election_id=election_id, pk=candidate_id).first())
    permission = "election.consent" if mine else "election.nominate_for"
    with acting(actor, election_id, "consent", now, permission=permission, own=mine, once=once) as act:
        made = act.candidate(candidate_id)
        if act.repeated:
            return made
        if not mine:
            made.consent_note = needed(note, "note", _("请写明本人怎么表示的：书面、电话，谁在场。"), 200)
        made.consent = Candidate.Consent.GIVEN if agree else Candidate.Consent.REFUSED
        made.consent_at = now
        if not agree:
            made.state, made.reason = Candidate.State.WITHDRAWN, gettext_noop("本人不同意")
        made.save()
        act.record("consent", number=made.number, agree=agree)
    return made


def is_mine(actor: Actor, candidate: Candidate | None) -> bool:
    if candidate is None or actor.account_id is None:
        return False
    return candidate.account_id == actor.account_id or (actor.person_id is not None and candidate.person_id == actor.person_id)


def second(*, actor: Actor, election_id: int, candidate_id: int, now: datetime) -> int:
    """A home supports a nomination; doing it twice changes nothing. Returns how many homes do."""
    with acting(actor, election_id, "second", now, permission="election.nominate", own=True) as act:
        home = home_of(actor, act.election.place, now)
        if home is None:
            raise Refused("no_home_here", _("住在这里或者是这里的业主，才能附议。"), turn_to=_("房屋登记不对的，请到社区窗口更正。"))
        return _second(act, candidate_id, home, actor.account_id)


def second_for(*, actor: Actor, election_id: int, candidate_id: int, home_id: int, now: datetime) -> int:
    """A worker records a home's support given on paper or by phone. Returns how many homes support the nomination."""
    with acting(actor, election_id, "second", now, permission="election.nominate_for") as act:
        return _second(act, candidate_id, _home(act.election, home_id), None)


def _second(act: Acting, candidate_id: int, home: Place, account_id: int | None) -> int:
    made = act.candidate(candidate_id)
    values = {"account_id": account_id, "channel": act.actor.channel, "at": act.now}
    _row, new = Second.objects.get_or_create(candidate=made, home=home, defaults=values)
    count = Second.objects.filter(candidate=made).count()
    if new:
        act.record("second", number=made.number, count=count)
    return count


def withdraw(*, actor: Actor, election_id: int, candidate_id: int, now: datetime, reason: str = "", once: str = "") -> Candidate:
    """A candidate withdraws, until the vote; on behalf with the reason."""
    mine = is_mine(actor, Candidate.objects.filter(election_id=election_id, pk=candidate_id).first())
    permission = "election.consent" if mine else "election.nominate_for"
    with acting(actor, election_id, "withdraw", now, permission=permission, own=mine, once=once) as act:
        made = act.candidate(candidate_id)
        if act.repeated or made.state == Candidate.State.WITHDRAWN:
            return made
        made.reason = clean(reason, 300) if mine else needed(reason, "reason", _("请写明为什么退出。"))
        made.state = Candidate.State.WITHDRAWN
        made.save()
        act.record("withdraw", number=made.number)
    return made


def check(
    *,
    actor: Actor,
    election_id: int,
    candidate_id: int,
    met: Sequence[str],
    now: datetime,
    groups: Sequence[str] = (),
    reason: str = "",
    once: str = "",
) -> Candidate:
    """
    Look at a candidate: `met` are the checks that hold. All met: accepted; one missing: refused, with words beside it. `groups` are the quotas
    the candidate counts for. Consent and seconders must be there. The candidate is told. Raises Refused, Invalid for a refusal without words.
    """
    with acting(actor, election_id, "check", now, permission="election.check", once=once) as act:
        made, election = act.candidate(candidate_id), act.election
        if act.repeated:
            return made
        if made.state == Candidate.State.WITHDRAWN:
            raise Refused("withdrawn", _("这位候选人已经退出。"))
        missing = [c for c in election.checks if c["code"] not in met]
        if not missing:
            _complete(election, made)
        elif len(clean(reason, 300)) < 2:
            words = _("有没有通过的项目，请写明情况。")
            raise Invalid("no_reason", words, fields={"reason": [words]})
        known = {q["code"] for q in election.quotas}
        made.groups = sorted(set(groups) & known)
        made.checks = {c["code"]: "" if c["code"] in met else clean(reason, 300) for c in election.checks}
        made.state = Candidate.State.REFUSED if missing else Candidate.State.ACCEPTED
        made.reason = clean(reason, 300) if missing else ""
        made.checked_at, made.checked_by = now, actor.name[:60]
        made.save()
        act.record("check", number=made.number, accepted=not missing, rules=[c["article"] for c in missing])
        _tell_checked(act, made, missing)
    return made


def _complete(election: Election, made: Candidate) -> None:
    if made.consent != Candidate.Consent.GIVEN:
        raise Refused("no_consent", _("本人还没有同意，不能成为候选人。"))
    count = made.seconds.count()
    if made.origin != Candidate.Origin.ORGANISATION and count < election.seconds_needed:
        facts = {"need": election.seconds_needed, "have": count}
        raise Refused("few_seconds", _("要有 %(need)s 户附议，现在 %(have)s 户。") % facts)


def _tell_checked(act: Acting, made: Candidate, missing: Sequence[dict[str, Any]]) -> None:
    def body() -> str:
        if not missing:
            return _("您通过了核查，是候选人。公示以后投票。")
        name = "name_en" if in_english() else "name_zh"
        rows = "；".join(f"{c[name]}（{c['article']}）" for c in missing)
        return _("没有通过：%(rows)s。%(why)s 有不同意见的，可以到社区窗口或者在公示期提出异议。") % {"rows": rows, "why": made.reason}

    title = {"title": act.election.title}
    act.tell([made], f"check:{made.pk}:{act.election.line_count}", lambda: _("候选人核查：%(title)s") % title, body)


def post_candidates(*, actor: Actor, election_id: int, now: datetime, once: str = "") -> Election:
    """
    Post the candidates for objections, for the days the rule asks, counted the law's way. Raises Refused while nominations come in, one is
    unchecked, or there are fewer candidates than seats.
    """
    with acting(actor, election_id, "post", now, permission="election.plan", once=once) as act:
        election = act.election
        if act.repeated:
            return election
        if now < election.nominate_until:
            raise Refused("still_open", _("推荐到%(when)s截止，截止后才能公示。") % {"when": until(election.nominate_until)})
        rows = list(Candidate.objects.filter(election=election))
        if any(c.state == Candidate.State.PROPOSED for c in rows):
            raise Refused("unchecked", _("还有候选人没有核查，或者本人还没有同意。"))
        accepted = [c for c in rows if c.state == Candidate.State.ACCEPTED]
        if len(accepted) < election.seats:
            facts = {"have": len(accepted), "need": election.seats}
            raise Refused("few_candidates", _("候选人 %(have)s 位，比席位（%(need)s 席）少。请延长推荐或者另行安排。") % facts)
        election.state, election.posted_at = State.POSTED, now
        election.posted_until = rules.end_of(now, election.posting_days, calendar())
        notice = act.publish(
            lambda: notice_of_candidates(election, accepted),
            lambda: PATTERN.of(election, "candidates", counted(now, election.posting_days)),
        )
        act.record("post", notice=notice.pk, count=len(accepted))
    return election


def raise_objection(
    *,
    actor: Actor,
    election_id: int,
    text: str,
    now: datetime,
    candidate_id: int | None = None,
    on_behalf: bool = False,
    name: str = "",
    once: str = "",
) -> Objection:
    """Object to a posted candidate or the list; on behalf with the name. Raises Refused after the days are over."""
    permission = "election.nominate_for" if on_behalf else "election.object"
    with acting(actor, election_id, "object", now, permission=permission, own=not on_behalf, once=once) as act:
        election = act.election
        if act.repeated:
            return Objection.objects.filter(election=election).latest("pk")
        if election.posted_until is None or now >= election.posted_until:
            raise Refused("objections_over", _("公示期已经结束。"), turn_to=_("仍有意见的，可以到社区窗口反映。"))
        made = Objection.objects.create(
            election=election,
            candidate=act.candidate(candidate_id) if candidate_id else None,
            text=needed(text, "text", _("请写明哪里不对。"), 500),
            name=needed(name, "name", _("请写是谁提出的。"), 60) if on_behalf else actor.name[:60],
            account_id=None if on_behalf else actor.account_id,
            channel=actor.channel,
            at=now,
        )
        act.record("object", objection=made.pk)
    return made


def answer_objection(
    *, actor: Actor, election_id: int, objection_id: int, upheld: bool, answer: str, now: datetime, once: str = ""
) -> Objection:
    """Answer an objection in words. When it is upheld, the candidate is checked anew by whoever checks. Raises NotFound."""
    with acting(actor, election_id, "answer_objection", now, permission="election.plan", once=once) as act:
        made = Objection.objects.filter(election=act.election, pk=objection_id).first()
        if made is None:
            raise NotFound("no_objection", _("没有这条异议。"))
        if act.repeated:
            return made
        made.answer = needed(answer, "answer", _("请写明怎么处理、为什么。"), 500)
        made.state = Objection.State.UPHELD if upheld else Objection.State.REJECTED
        made.answered_at, made.answered_by = now, actor.name[:60]
        made.save()
        act.record("answer_objection", objection=made.pk, upheld=upheld)
    return made


def register_says(election: Election, candidates: Sequence[Candidate], now: datetime) -> dict[int, dict[str, bool | None]]:
    """
    What the register says of each candidate it knows: {candidate: {auto: holds}}, None where it cannot tell. Two queries however many.
    """
    people = [c.person for c in candidates if c.person is not None]
    here = {"person__in": people, "until_on": None}
    owners = set(Ownership.objects.filter(**here, **subtree("home__place__path", election.place_path)).values_list("person_id", flat=True))
    living = set(
        Residence.objects.filter(**here, **subtree("household__home__place__path", election.place_path)).values_list("person_id", flat=True)
    )
    found: dict[int, dict[str, bool | None]] = {}
    for c in candidates:
        if c.person is None:
            continue
        born = c.person.born_on
        at_home = within(c.person.home_path, election.place_path) if c.person.home_path else False
        found[c.pk] = {
            "adult": None if born is None else rules.months_later(born, 18 * 12) <= now.date(),
            "owner": c.person.pk in owners,
            "resident": at_home or c.person.pk in living or c.person.pk in owners,
        }
    return found
