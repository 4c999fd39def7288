"""A talk begins, gets more time, ends; how a place shows names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor, system
from linli.kernel.access.paths import ancestors
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.access.tongue import Words, in_place_language
from linli.kernel.matters.models import Matter, Visibility
from linli.kernel.matters.queries import matter_for
from linli.kernel.matters.turn import turn
from linli.kernel.notices.actions import Addressee, publish_notice, send
from linli.kernel.places.models import Place
from linli.lib.texts import clean
from linli.loops.council.talks import rules
from linli.loops.council.talks.models import NameRule, Names, Participant, Talk
from linli.loops.council.talks.reading import may_read
from linli.web.words import date_long


@transaction.atomic
def open_talk(
    *,
    actor: Actor,
    matter_id: int,
    question: str,
    closes_at: datetime,
    now: datetime,
    intro: str = "",
    most_statements: int = 5,
    most_arguments: int = 4,
    most_questions: int = 3,
) -> Talk:
    """
    Ask everybody of the matter's place what they think, until `closes_at`. Names are shown as the place decides at `now`, to the end.

    Raises Refused for a draft, a closed matter, or one that is talked about already; Invalid naming what to mend.
    """
    matter = matter_for(actor, matter_id)
    table.require(actor, "talk.open", matter.place_path)
    matter = Matter.objects.select_for_update(of=("self",)).select_related("place").get(pk=matter.pk)
    already = Talk.objects.filter(matter=matter, closed_at=None, closes_at__gt=now).exists()
    why = rules.why_not_opened(matter.state, matter.is_open, already)
    if why:
        raise Refused("not_now", why)
    question, intro = clean(question, 120), clean(intro, 2000)
    wrong: dict[str, list[Any]] = {}
    if len(question) < rules.SHORTEST:
        wrong["question"] = [_("请写清楚想请大家谈什么。")]
    if too := rules.why_not_until(now, closes_at, now):
        wrong["closes_at"] = [too]
    limits = {"most_statements": most_statements, "most_arguments": most_arguments, "most_questions": most_questions}
    wrong |= {name: [_("请填 0 到 50。")] for name, most in limits.items() if not 0 <= most <= 50}
    if wrong:
        raise Invalid("bad_talk", _("有几处要改一改。"), fields=wrong)
    talk = Talk.objects.create(
        matter=matter,
        place=matter.place,
        place_path=matter.place_path,
        question=question,
        intro=intro,
        names=names_at(matter.place_path, now),
        opened_at=now,
        opened_by_id=actor.account_id,
        closes_at=closes_at,
        **limits,
    )
    with turn(actor=actor, matter_id=matter.pk, now=now, quiet=True) as t:
        t.say("talk_opened", facts={"talk": talk.pk})
    if matter.visibility == Visibility.PUBLIC:
        _post(talk, now)
    return talk


@in_place_language()
def _post(talk: Talk, now: datetime) -> None:
    """On the notice board until the end, with what those without a phone do."""
    lines = [
        _("各位居民："),
        _("“%(question)s”，想听听大家怎么看。%(when)s以前，可以在 %(address)s 表态、写看法和理由、提问题。")
        % {"question": talk.question, "when": date_long(talk.closes_at), "address": f"{settings.PUBLIC_URL}/talks/{talk.pk}/"},
        _("不用手机的，向社区工作人员要表态纸，或者打电话、当面说，一样算数。"),
    ]
    publish_notice(
        actor=system("talks"),
        place=talk.place,
        title=_("请大家交流：%(question)s") % {"question": talk.question},
        body="\n".join(lines),
        until_at=talk.closes_at,
        facts={"talk": talk.pk, "matter": talk.matter.ref},
        now=now,
    )


def names_at(path: str, now: datetime) -> str:
    """How names are shown at a place now. One query."""
    found = NameRule.objects.filter(place_path__in=ancestors(path)).values_list("place_path", "since_at", "names")
    return rules.rule_in_force(list(found), path, now)


@transaction.atomic
def set_names(*, actor: Actor, place: Place, names: str, reason: str, since_at: datetime, now: datetime) -> NameRule:
    """Decide how a place shows names, from an instant that is not past. Talks under way keep what they began with."""
    table.require(actor, "talk.set_names", place.path)
    reason = clean(reason, 200)
    wrong: dict[str, list[Any]] = {}
    if names not in Names.values:
        wrong["names"] = [_("请选择名字怎么写。")]
    if len(reason) < 2:
        wrong["reason"] = [_("请写明是谁、在哪次会上定的。")]
    if since_at < now:
        wrong["since_at"] = [_("生效时间不能在现在以前。")]
    if wrong:
        raise Invalid("bad_names", _("有几处要改一改。"), fields=wrong)
    return NameRule.objects.create(
        place=place, place_path=place.path, names=names, reason=reason, since_at=since_at, set_at=now, set_by_id=actor.account_id
    )


def locked(talk_id: int, actor: Actor) -> Talk:
    """The talk, locked for the rest of the transaction. Raises NotFound, also for what the actor may not know of."""
    talk = Talk.objects.select_for_update(of=("self",)).select_related("matter", "place").filter(pk=talk_id).first()
    if talk is None or not may_read(actor, talk.matter):
        raise NotFound("no_talk", _("没有找到这次交流。"))
    return talk


def require_open(talk: Talk, now: datetime) -> None:
    """Raises Refused saying when it ended."""
    if rules.is_open(talk.opened_at, talk.closes_at, talk.closed_at, now):
        return
    ended = min(talk.closes_at, talk.closed_at or talk.closes_at)
    raise Refused("closed", _("这次交流在 %(when)s 已经结束，内容还可以看。") % {"when": date_long(ended)}, turn_to=_("社区工作人员"))


@transaction.atomic
def extend(*, actor: Actor, talk_id: int, closes_at: datetime, now: datetime) -> Talk:
    """Give a talk more time. It is never made shorter unseen: ending early is `end`, with words for everybody."""
    talk = locked(talk_id, actor)
    table.require(actor, "talk.manage", talk.place_path)
    require_open(talk, now)
    if closes_at == talk.closes_at:
        return talk
    why = rules.why_not_until(talk.opened_at, closes_at, now)
    if closes_at < talk.closes_at:
        why = _("只能往后延。要提前结束，请用“结束交流”，并写明听到了什么。")
    if why:
        raise Invalid("bad_until", why, fields={"closes_at": [why]})
    talk.closes_at = closes_at
    talk.save(update_fields=["closes_at"])
    return talk


@transaction.atomic
def end(*, actor: Actor, talk_id: int, heard: str, now: datetime) -> Talk:
    """
    End a talk, or say after its end what was heard and what happens with it; those who took part are told. Words once published stay.
    """
    talk = locked(talk_id, actor)
    table.require(actor, "talk.manage", talk.place_path)
    heard = clean(heard, 3000)
    if talk.heard:
        if talk.heard == heard:
            return talk
        raise Conflict("already_told", _("别人已经写了听到什么，请看看。"))
    if len(heard) < 10:
        text = _("请写明听到了什么、接下来怎么办，大家才知道没有白说。")
        raise Invalid("no_words", text, fields={"heard": [text]})
    was_open = rules.is_open(talk.opened_at, talk.closes_at, talk.closed_at, now)
    talk.heard, talk.closed_at, talk.told_at = heard, talk.closed_at or min(now, talk.closes_at), now
    talk.save(update_fields=["heard", "closed_at", "told_at"])
    with turn(actor=actor, matter_id=talk.matter_id, now=now, quiet=True) as t:
        t.say("talk_closed" if was_open else "talk_heard", text=heard[:400], facts={"talk": talk.pk})
    _tell(talk, "heard", lambda: _("“%(question)s”：听到了什么") % {"question": talk.question}, heard, now)
    return talk


def _tell(talk: Talk, what: str, title: Words, body: Words, now: datetime) -> None:
    people = Participant.objects.filter(talk=talk, person__isnull=False, person__erased_at=None).select_related("person")
    send(
        [Addressee(person=p.person) for p in people],
        key=f"talk-{talk.pk}-{what}",
        title=title,
        body=body,
        address=f"/talks/{talk.pk}/",
        about=talk.matter.ref,
        place_path=talk.place_path,
        now=now,
    )


def _tell_ended(talk: Talk, now: datetime) -> None:
    _tell(talk, "ended", lambda: _("“%(question)s”交流结束") % {"question": talk.question}, lambda: _("可以看看大家都认同什么。"), now)


def end_due(now: datetime) -> int:
    """Tell those who took part that talks have run out. Each is claimed by the row that is still untold; returns how many."""
    done = 0
    for talk in Talk.objects.filter(told_at=None, closes_at__lte=now).select_related("matter")[:100]:
        with transaction.atomic():
            if not Talk.objects.filter(Q(told_at=None), pk=talk.pk, closes_at__lte=now).update(told_at=now, closed_at=talk.closes_at):
                continue
            with turn(actor=system("talks"), matter_id=talk.matter_id, now=now, quiet=True) as t:
                t.say("talk_closed", facts={"talk": talk.pk})
            _tell_ended(talk, now)
            done += 1
    return done
