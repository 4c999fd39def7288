"""Contributing statements, arguments and questions, and marking those of others: oneself, or through a worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.people.models import Person
from linli.kernel.people.queries import person_in_reach
from linli.kernel.places.models import Kind as PlaceKind
from linli.kernel.places.models import Place
from linli.lib.masking import scrub
from linli.lib.texts import clean
from linli.loops.council.talks import rules
from linli.loops.council.talks.actions.opening import locked, require_open
from linli.loops.council.talks.models import Choice, Contribution, Kind, Mark, Participant, Side, Talk
from linli.loops.council.talks.reading import belongs, talk_for, why_not_part

COUNTERS: Final = {"agree": "agrees", "disagree": "disagrees", "pass": "passes"}


def speaker(actor: Actor, talk: Talk, person_id: int | None) -> Person:
    """
    Who speaks: the actor, or the person for whom a worker writes (`person_id`).

    Raises NotAllowed, or Refused for somebody who does not belong to the place.
    """
    if person_id is None or person_id == actor.person_id:
        table.require(actor, "talk.say", talk.place_path, own=True)
        why = why_not_part(actor, talk)
        if why is not None:
            raise why
        return Person.objects.get(pk=actor.person_id or 0)
    table.require(actor, "talk.say_for", talk.place_path)
    person = person_in_reach(actor, person_id)
    if not belongs(person, talk.place_path):
        raise Refused("lives_elsewhere", _("这位居民不住在%(place)s，在那里也没有房。") % {"place": talk.place.name})
    return person


def seat_of(talk: Talk, person: Person, now: datetime) -> Participant:
    """The person's seat in the talk, taken now if they have none. Locks the talk only the first time."""
    found = Participant.objects.filter(talk=talk, person=person).first()
    if found is not None:
        return found
    fresh = Talk.objects.select_for_update(of=("self",)).get(pk=talk.pk)
    found = Participant.objects.filter(talk=talk, person=person).first()
    if found is not None:
        return found
    fresh.participant_count += 1
    fresh.save(update_fields=["participant_count"])
    talk.participant_count = fresh.participant_count
    building = Place.objects.filter(path__in=ancestors(person.home_path), kind=PlaceKind.BUILDING).first() if person.home_path else None
    return Participant.objects.create(
        talk=talk, number=fresh.participant_count, person=person, home_path=person.home_path, building=building, joined_at=now
    )


@transaction.atomic
def say(
    *,
    actor: Actor,
    talk_id: int,
    kind: str,
    text: str,
    now: datetime,
    side: str = "",
    source: str = "",
    person_id: int | None = None,
    office: bool = False,
    once: str = "",
) -> Contribution:
    """
    Put in a statement, an argument (with its side and source) or a question. Telephone numbers and the like are taken out. Who states
    something agrees with it. `office`: put in by those who opened the talk, without a person, so that there is something to begin with.

    The same mark `once` puts in once. Raises Refused when the talk is over or one has contributed enough, Invalid for the text.
    """
    talk = locked(talk_id, actor)
    if office:
        table.require(actor, "talk.manage", talk.place_path)
        person = None
    else:
        person = speaker(actor, talk, person_id)
    require_open(talk, now)
    if once and (known := Contribution.objects.filter(talk=talk, once=once).first()):
        return known
    seat = seat_of(talk, person, now) if person else None
    text, source, side = _read(talk, kind, text, side, source, seat)
    same = Contribution.objects.filter(talk=talk, kind=kind, side=side, text=text, hidden_at=None).first()
    if same is not None:
        raise Invalid(
            "said_already",
            _("第 %(n)s 条已经这样说了，请直接给它表态。") % {"n": same.number},
            fields={"text": [_("已经有人这样说了。")]},
        )
    # Taking a seat wrote the talk's own row: read it again.
    Talk.objects.filter(pk=talk.pk).update(contribution_count=F("contribution_count") + 1)
    number = Talk.objects.values_list("contribution_count", flat=True).get(pk=talk.pk)
    made = Contribution.objects.create(
        talk=talk,
        kind=kind,
        number=number,
        text=text,
        side=side,
        source=source,
        participant=seat,
        channel=actor.channel,
        by_id=actor.account_id,
        at=now,
        once=clean(once, 40),
    )
    if seat is not None and kind == Kind.STATEMENT:
        _apply(actor, seat, {made.pk: made}, {made.pk: Choice.AGREE.value}, now)
    return made


def _read(talk: Talk, kind: str, text: str, side: str, source: str, seat: Participant | None) -> tuple[str, str, str]:
    if kind not in Kind.values:
        raise Invalid("bad_kind", _("请选择写的是看法、理由还是提问。"), fields={"kind": [_("请选择写的是看法、理由还是提问。")]})
    text, source = scrub(clean(text, 1000)).text, scrub(clean(source, 300)).text
    most = {"statement": talk.most_statements, "argument": talk.most_arguments, "question": talk.most_questions}[kind]
    given = Contribution.objects.filter(participant=seat, kind=kind).count() if seat else -1
    why = rules.why_not_said(kind, text, source, given, most)
    if why and given >= most:
        raise Refused("enough", why)
    if why:
        raise Invalid("bad_text", why, fields={"text": [why]})
    if kind == Kind.ARGUMENT and side not in Side.values:
        raise Invalid("no_side", _("请选择是赞成的理由还是反对的理由。"), fields={"side": [_("请选择是赞成的理由还是反对的理由。")]})
    return text, source, side if kind == Kind.ARGUMENT else ""


@transaction.atomic
def mark(*, actor: Actor, talk_id: int, contribution_id: int, choice: str, now: datetime, person_id: int | None = None) -> Contribution:
    """
    Vote on a statement, or support an argument or a question (`agree`); an empty choice takes it back. Marking again replaces: one
    standing mark a person, changed at any time while the talk is open.
    """
    mark_all(actor=actor, talk_id=talk_id, choices={contribution_id: choice}, now=now, person_id=person_id)
    return Contribution.objects.get(pk=contribution_id)


@transaction.atomic
def mark_all(*, actor: Actor, talk_id: int, choices: Mapping[int, str], now: datetime, person_id: int | None = None) -> int:
    """Several marks of one person at once, as from a sheet of paper; returns how many changed. All or none."""
    talk = talk_for(actor, talk_id)
    person = speaker(actor, talk, person_id)
    require_open(talk, now)
    rows = Contribution.objects.select_for_update(of=("self",)).filter(talk=talk, pk__in=list(choices), hidden_at=None).order_by("pk")
    found = {c.pk: c for c in rows}
    if len(found) != len(choices):
        raise NotFound("no_contribution", _("没有找到这一条，也许已经不再显示。"))
    for pk, choice in choices.items():
        allowed = Choice.values if found[pk].kind == Kind.STATEMENT else ["agree"]
        if choice and choice not in allowed:
            raise Invalid("bad_choice", _("请选择同意、不同意或者跳过。"), fields={"choice": [_("请选择同意、不同意或者跳过。")]})
    seat = seat_of(talk, person, now)
    own = [c for c in found.values() if c.participant_id == seat.pk and c.kind != Kind.STATEMENT]
    if own:
        raise Refused("own", _("这一条是您自己写的，不用再支持。"))
    return _apply(actor, seat, found, choices, now)


def _apply(actor: Actor, seat: Participant, found: Mapping[int, Contribution], choices: Mapping[int, str], now: datetime) -> int:
    """Write the marks and, with them, the counts of the contributions, which the caller has locked."""
    known = {m.contribution_id: m for m in Mark.objects.filter(participant=seat, contribution_id__in=list(found))}
    changed, fresh, gone = [], [], []
    steps: dict[int, Counter[str]] = {}
    for pk, choice in choices.items():
        before = known[pk].choice if pk in known else ""
        if before == choice:
            continue
        step = steps.setdefault(pk, Counter())
        if before:
            step[COUNTERS[before]] -= 1
        if choice:
            step[COUNTERS[choice]] += 1
        if pk not in known:
            fresh.append(Mark(contribution_id=pk, participant=seat, choice=choice, channel=actor.channel, by_id=actor.account_id, at=now))
        elif choice:
            known[pk].choice, known[pk].channel, known[pk].by_id, known[pk].at = choice, actor.channel, actor.account_id, now
            changed.append(known[pk])
        else:
            gone.append(known[pk].pk)
    Mark.objects.bulk_create(fresh)
    Mark.objects.bulk_update(changed, ["choice", "channel", "by", "at"])
    Mark.objects.filter(pk__in=gone).delete()
    for pk, step in steps.items():
        Contribution.objects.filter(pk=pk).update(**{name: F(name) + by for name, by in step.items() if by})
    return len(steps)


def marks_in(data: Mapping[str, Any], known: Iterable[int]) -> dict[int, str]:
    """The marks of a sheet's form: fields called v<id>; one that was not ticked is left as it is."""
    return {pk: str(data[f"v{pk}"]) for pk in known if data.get(f"v{pk}")}
