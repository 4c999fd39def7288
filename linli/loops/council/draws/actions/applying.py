"""Applications: by residents on their own screen, by workers on behalf, carried over from an earlier draw, withdrawn, checked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.insight.choice.verify_draw import who_of
from linli.kernel.access.actor import Actor
from linli.kernel.access.arguments import needed
from linli.kernel.access.paths import within
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.files.actions import Readable, erase_file, store_paper
from linli.kernel.people.models import Person
from linli.kernel.places.models import Kind as PlaceKind
from linli.kernel.places.models import Place
from linli.lib.texts import clean
from linli.loops.council.draws import rules
from linli.loops.council.draws.actions.acting import Acting, acting
from linli.loops.council.draws.models import Application, Draw, Offer, State
from linli.loops.council.motions.standing import home_of, home_of_person

LIVE = ("received", "accepted")


def apply(
    *,
    actor: Actor,
    draw_id: int,
    categories: Sequence[str],
    now: datetime,
    note: str = "",
    upload: Readable | None = None,
    name: str = "",
    once: str = "",
) -> Application:
    """
    A resident or owner applies for their home. One household has one entry: applying again changes it while applications are taken.

    Raises Refused outside the time or for somebody without a home here, Invalid for categories that do not exist or a paper that is not taken.
    """
    with acting(actor, draw_id, "apply", now, permission="draw.apply", own=True) as act:
        _in_time(act.draw, now)
        home = home_of(actor, act.draw.place, now)
        if home is None:
            raise _no_home()
        person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
        mine = Application.objects.filter(draw=act.draw, home=home, state__in=LIVE).first()
        if mine is not None and mine.account_id != actor.account_id and mine.person_id != actor.person_id:
            raise _twice()
        paper = store_paper(actor=actor, upload=upload, name=name, now=now) if upload else None
        made = mine or _new(act, home, person.name if person else actor.name)
        _fill(act, made, categories, note, person, actor.account_id)
        before, made.paper = made.paper, paper or made.paper
        _store(made)
        if paper is not None and before is not None:
            erase_file(before)
        act.record("apply" if mine is None else "apply_again", number=made.number)
    return made


def apply_for(
    *,
    actor: Actor,
    draw_id: int,
    home: Place,
    name: str,
    categories: Sequence[str],
    now: datetime,
    channel: str = "counter",
    person: Person | None = None,
    note: str = "",
    upload: Readable | None = None,
    file_name: str = "",
) -> Application:
    """
    A worker records an application made on paper, by phone or at the counter. Raises Refused when the household has applied already, Invalid
    for a home outside the draw's place.
    """
    with acting(actor, draw_id, "apply", now, permission="draw.apply_for") as act:
        _in_time(act.draw, now, on_behalf=True)
        if home.kind != PlaceKind.HOME or not within(home.path, act.draw.place_path):
            raise Invalid("not_here", _("请写这次抽签范围里的房屋。"), fields={"home": [_("请写这次抽签范围里的房屋。")]})
        if channel not in ("counter", "phone", "paper"):
            raise Invalid("bad_channel", _("请选择怎么报的名。"), fields={"channel": [_("请选择怎么报的名。")]})
        if person is not None and home_of_person(person, home, now) is None:
            words = _("档案里这个人不住在这套房屋，也不是它的业主。")
            raise Invalid("other_home", words, fields={"person": [words]})
        if Application.objects.filter(draw=act.draw, home=home, state__in=LIVE).exists():
            raise _twice()
        called = needed(name or (person.name if person else ""), "name", _("请写申请人姓名。"), 60)
        made = _new(act, home, called)
        _fill(act, made, categories, note, person, person.account_id if person else None)
        made.channel, made.recorded_by_id = channel, actor.account_id
        made.paper = store_paper(actor=actor, upload=upload, name=file_name, now=now) if upload else None
        _store(made)
        act.record("apply_for", number=made.number, by=channel)
    return made


def _in_time(draw: Draw, now: datetime, *, on_behalf: bool = False) -> None:
    why = rules.why_not_apply(now=now, starts=draw.applies_from, until=draw.applies_until)
    if why is not None:
        turn_to = "" if on_behalf else _("有特殊情况的，请到社区窗口说明。")
        raise Refused("not_in_time", why, turn_to=turn_to)


def _no_home() -> Refused:
    return Refused(
        "no_home_here",
        _("要在这次抽签的范围里有自己的家才能报名：住在这里，或者是这里的业主。"),
        turn_to=_("房屋登记不对的，请到社区窗口更正。"),
    )


def _twice() -> Refused:
    return Refused("home_already", _("您家已经报过名了，一户只能报一份。"), turn_to=_("要改内容，请由报名的家人改，或者到社区窗口。"))


def _new(act: Acting, home: Place, name: str) -> Application:
    return Application(draw=act.draw, home=home, name=clean(name, 60), number=_number(act.draw), nonce=secrets.token_hex(12))


def _number(draw: Draw) -> str:
    """A number nobody in this draw has; random, so that it tells neither who applied nor when."""
    taken = set(Application.objects.filter(draw=draw).values_list("number", flat=True))
    while True:
        number = f"{secrets.randbelow(900_000) + 100_000}"
        if number not in taken:
            return number


def _fill(act: Acting, made: Application, categories: Sequence[str], note: str, person: Person | None, account_id: int | None) -> None:
    known = [c["code"] for c in act.draw.categories]
    chosen = [code for code in known if code in set(categories)]
    if not chosen or set(categories) - set(known):
        words = _("请至少选一类。")
        raise Invalid("no_category", words, fields={"categories": [words]})
    if chosen != made.categories:
        made.state, made.reason, made.reason_text = Application.State.RECEIVED, "", ""
    made.categories, made.note = chosen, clean(note, 300)
    made.person, made.account_id = person, account_id
    made.at, made.channel = act.now, act.actor.channel


def household(application: Application) -> str:
    """What the nonce binds the number to: the home's number in the register of places."""
    return f"home {application.home_id}"


def _store(made: Application) -> None:
    made.who = who_of(made.nonce, household(made))
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # another screen of the same household was faster
        raise _twice() from None


def withdraw(*, actor: Actor, draw_id: int, application_id: int, now: datetime, reason: str = "", once: str = "") -> Application:
    """
    Take an entry back: one's own, or on behalf with a reason. After the freezing the entry stays in the list as it was hashed; whoever left
    gives up what they draw, and the next one moves up.
    """
    mine = is_mine(actor, Application.objects.filter(draw_id=draw_id, pk=application_id).first())
    with acting(actor, draw_id, "withdraw", now, permission="draw.apply" if mine else "draw.apply_for", own=mine, once=once) as act:
        made = act.application(application_id)
        if act.repeated or made.state == Application.State.WITHDRAWN or made.left:
            return made
        if not mine:
            reason = needed(reason, "reason", _("请写明为什么撤回。"))
        if act.draw.state in (State.FROZEN, State.DRAWN):
            if Offer.objects.filter(application=made, state__in=["offered", "accepted"], ended_at=None).exists():
                raise Refused("has_offer", _("已经抽中名额，请在认领处选择放弃。"))
            made.left = True
        else:
            made.state = Application.State.WITHDRAWN
        made.reason_text = clean(reason, 300)
        made.save()
        act.record("withdraw", number=made.number)
    return made


def is_mine(actor: Actor, application: Application | None) -> bool:
    """Is it the actor's own entry, by account or by the person behind it?"""
    if application is None or actor.account_id is None:
        return False
    return application.account_id == actor.account_id or (actor.person_id is not None and application.person_id == actor.person_id)


def check(
    *, actor: Actor, draw_id: int, application_id: int, accept: bool, now: datetime, reason: str = "", text: str = "", once: str = ""
) -> Application:
    """
    Accept an application, or refuse it with a reason of the list and words of one's own; the household is told either way. Looking again at
    one that was decided is possible until the list is frozen. Raises Invalid for a refusal without reason.
    """
    with acting(actor, draw_id, "check", now, permission="draw.check", once=once) as act:
        made = act.application(application_id)
        if act.repeated:
            return made
        if made.state == Application.State.WITHDRAWN:
            raise Refused("withdrawn", _("这份报名已经撤回。"))
        if not accept and (reason not in rules.REASONS or (reason == "other" and len(clean(text, 300)) < 2)):
            words = _("请选择不通过的原因；选“其他”要写明。")
            raise Invalid("no_reason", words, fields={"reason": [words]})
        if accept and made.state == Application.State.REFUSED and _others(made):
            raise _twice()
        made.state = Application.State.ACCEPTED if accept else Application.State.REFUSED
        made.reason, made.reason_text = ("", "") if accept else (reason, clean(text, 300))
        made.checked_at, made.checked_by_id = now, actor.account_id
        made.save()
        act.record("check", number=made.number, accepted=accept, **({} if accept else {"reason": reason}))
        _tell_checked(act, made)
    return made


def _others(made: Application) -> bool:
    return Application.objects.filter(draw=made.draw, home=made.home, state__in=LIVE).exclude(pk=made.pk).exists()


def _tell_checked(act: Acting, made: Application) -> None:
    facts: dict[str, Any] = {"title": act.draw.title, "number": made.number}
    accepted = made.state == Application.State.ACCEPTED

    def title() -> str:
        return (_("报名审核通过：%(title)s") if accepted else _("报名没有通过：%(title)s")) % facts

    def body() -> str:
        if accepted:
            return _("您的编号是 %(number)s，抽签公布时按这个编号看结果。") % facts
        why = " ".join(filter(None, [str(rules.REASONS[made.reason]), made.reason_text]))
        return _("%(why)s 有不同意见的，可以在名单公示期里提出异议，或者到社区窗口。") % {"why": why}

    act.tell([made], f"check:{made.pk}:{act.draw.line_count}", title, body)


def carry_over(*, actor: Actor, draw_id: int, now: datetime, once: str = "") -> int:
    """
    Bring in those who still wait from the draw this one follows, in their order and with the categories they may have here. They are checked
    like everybody else. A household that applied by itself keeps that entry, and its old place. Returns how many were added or given their place.
    """
    with acting(actor, draw_id, "carry_over", now, permission="draw.check", once=once) as act:
        draw = act.draw
        if act.repeated:
            return 0
        if draw.follows_id is None:
            raise Refused("follows_none", _("这次抽签没有接着哪一次，没有候补名单可以接续。"))
        codes = {c["name"]: c["code"] for c in draw.categories}
        earlier = Draw.objects.get(pk=draw.follows_id)
        names = {c["code"]: c["name"] for c in earlier.categories}
        present = {a.home_id: a for a in Application.objects.filter(draw=draw, state__in=LIVE)}
        count = 0
        for old in waiting_of(earlier):
            chosen = [codes[names[code]] for code in old.categories if names.get(code) in codes]
            entry = present.get(old.home_id)
            if entry is None and (not chosen or old.home_id is None):
                continue
            count += 1
            if entry is None:
                entry = _new(act, old.home, old.name)  # type: ignore[arg-type]  # homes of erased people were left out
                _fill(act, entry, chosen, "", old.person, old.account_id)
                entry.channel, entry.recorded_by_id = "carried", actor.account_id
            entry.carried = count
            _store(entry)
        act.record("carry_over", count=count, follows=draw.follows_id)
    return count


def waiting_of(draw: Draw) -> list[Application]:
    """Who still waits after a draw, in the order of its waiting list. One query."""
    busy = Offer.objects.filter(draw=draw, state__in=["offered", "accepted"], ended_at=None).values("application")
    gone = Offer.objects.filter(draw=draw).exclude(state__in=["offered", "accepted"], ended_at=None).values("application")
    rows = Application.objects.filter(draw=draw, state="accepted", category="", left=False, turn__isnull=False)
    return list(rows.exclude(pk__in=busy).exclude(pk__in=gone).select_related("home", "person").order_by("turn"))
