"""How a request comes in: raised by a resident, recorded for somebody, replayed from another system."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.insight.keywords import Suggestion as Found
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.actions import BODY_LIMIT, TITLE_LIMIT, open_matter
from linli.kernel.matters.models import Category, Clock, Grade, Matter, Suggestion, Urgency, Visibility
from linli.kernel.matters.orders import first_receiver, receive
from linli.kernel.matters.queries import one_known_elsewhere
from linli.kernel.matters.turn import Turn
from linli.kernel.people.models import HelperLink, Person
from linli.kernel.places.models import Place
from linli.lib.texts import clean
from linli.loops.requests.actions.repeats import Repeat, find_repeat
from linli.loops.requests.rules import CHANNELS, KIND
from linli.loops.requests.suggest import ENGINE, Suggested, suggest

ON_BEHALF_CHANNELS = ("phone", "counter", "patrol", "paper")


def raise_request(
    *,
    actor: Actor,
    title: str,
    place: Place,
    now: datetime,
    body: str = "",
    category: Category | None = None,
    visibility: str = Visibility.PUBLIC,
    urgency: str = "",
    grade: str = "",
    sort_of: str = "",
    spot: str = "",
    point: tuple[float, float] | None = None,
    channel: str = "",
    files: Sequence[StoredFile] = (),
    external_id: str = "",
    raised_for: Person | None = None,
) -> Matter:
    """
    Raise a request at a place; it lands in the inbox of the community (or street) that serves the place, with its clocks running.

    `raised_for` records it on behalf of that person: by staff with the `channel` it came through, or by the person's helper.
    `grade` is left to whoever accepts it, but for sheets that say it. `external_id` makes repeating the call harmless: the request it
    made is returned. Raises Invalid, NotAllowed.
    """
    # Read before others have to wait.
    said, more = clean(title, TITLE_LIMIT), clean(body, BODY_LIMIT)
    made = suggest(said, more, category.code if category else "", place)
    code_of = category.code if category else made.category.code if made.category else ""
    repeat = find_repeat(raised_for.pk if raised_for else actor.person_id, f"{said} {more[:200]}", code_of, now)
    with transaction.atomic():
        if external_id:
            known = one_known_elsewhere(KIND, external_id)
            if known:
                return known
        opened = open_matter(
            actor=actor,
            kind=KIND,
            verb=_verb(actor, raised_for, channel, place),
            title=title,
            body=body,
            place=place,
            now=now,
            category=category,
            visibility=lawful_visibility(visibility, category),
            urgency=_urgency(urgency, made, category),
            sort_of=sort_of,
            spot=spot,
            point=point,
            channel=channel,
            external_id=external_id,
            raised_for=raised_for,
            files=tuple(files),
            holder=first_receiver(place),
        )
        opened.matter.grade = lawful_grade(grade)
        _note_suggestions(opened, made, category, repeat)
        receive(opened, "accept")
        opened.finish()
        return opened.matter


def _verb(actor: Actor, raised_for: Person | None, channel: str, place: Place) -> str:
    if channel and channel not in CHANNELS:
        raise Invalid("bad_channel", _("没有“%(channel)s”这种来源。") % {"channel": channel}, fields={"channel": [_("请选择来源。")]})
    if raised_for is not None and raised_for.account_id != actor.account_id:
        helps = bool(actor.person_id) and HelperLink.objects.filter(person=raised_for, helper_id=actor.person_id, until_on=None).exists()
        return "raise" if helps else "raise_for"
    return "raise_for" if channel in ON_BEHALF_CHANNELS else "raise"


def lawful_visibility(wanted: str, category: Category | None) -> str:
    """A category that is private by its nature keeps a request private whatever was asked."""
    if wanted not in Visibility.values:
        raise Invalid("bad_visibility", _("请选择谁可以看到。"), fields={"visibility": [_("请选择谁可以看到。")]})
    return Visibility.PRIVATE if category is not None and category.private else wanted


def lawful_grade(wanted: str) -> str:
    """The grade chosen, or empty for none yet. Raises Invalid for an unknown one."""
    if wanted and wanted not in Grade.values:
        raise Invalid("bad_grade", _("请选择难易程度。"), fields={"grade": [_("请选择难易程度。")]})
    return wanted


def _urgency(wanted: str, made: Suggested, category: Category | None) -> str:
    """What the person chose; else the graver of what the category says and what the words say."""
    if wanted:
        if wanted not in Urgency.values:
            raise Invalid("bad_urgency", _("请选择紧急程度。"), fields={"urgency": [_("请选择紧急程度。")]})
        return wanted
    order = list(Urgency.values)
    candidates = [made.urgency.code, category.urgency if category else Urgency.ORDINARY]
    return str(max(candidates, key=order.index))


def _note_suggestions(opened: Turn, made: Suggested, category: Category | None, repeat: Repeat | None) -> None:
    """Keep what the rules suggested beside what was chosen (nothing yet, or the resident's own choice)."""
    rows = []
    if made.category is not None:
        rows.append(("category", made.category.code, made.category, category.code if category else ""))
    if made.department is not None:
        rows.append(("unit", made.department.code, made.department, ""))
    rows.append(("urgency", made.urgency.code, made.urgency, ""))
    rows.append(("grade", made.grade.code, made.grade, opened.matter.grade))
    suggested = [
        Suggestion(
            matter=opened.matter,
            field=field,
            suggested=code,
            confidence=round(found.confidence * 100),
            reason=list(found.reason),
            engine=made.engine if field in ("category", "unit") else ENGINE,
            sure=made.sure or field != "category",
            others=[_other(s) for s in made.others] if field == "category" else [],
            at=opened.now,
            chosen=chosen,
            chosen_by_id=opened.actor.account_id if chosen else None,
            chosen_at=opened.now if chosen else None,
        )
        for field, code, found, chosen in rows
    ]
    opened.bring(suggested + ([repeat.suggestion(opened)] if repeat else []))


def _other(found: Found) -> dict[str, Any]:
    return {"code": found.code, "confidence": round(found.confidence * 100), "reason": list(found.reason)}


@transaction.atomic
def replay_request(
    *,
    actor: Actor,
    title: str,
    body: str,
    place: Place,
    raised_at: datetime,
    now: datetime,
    external_id: str,
    category: Category | None = None,
    point: tuple[float, float] | None = None,
    spot: str = "",
    channel: str = "import",
    closed_at: datetime | None = None,
    expected_at: datetime | None = None,
    answer: str = "",
    visibility: str = Visibility.PUBLIC,
    facts: dict[str, Any] | None = None,
) -> tuple[Matter, bool]:
    """
    Bring in a request that lived elsewhere, with its own times; returns (matter, was new). Repeating it changes nothing.

    The timeline says that it was replayed, when and by whom. Times in the future or out of order raise Invalid.
    """
    known = one_known_elsewhere(KIND, external_id)
    if known:
        return known, False
    table.require(actor, "request.replay", place.path)
    check_times(raised_at, closed_at, now)
    opened = open_matter(
        actor=actor,
        kind=KIND,
        verb="replay",
        title=title,
        body=body,
        place=place,
        now=raised_at,
        category=category,
        visibility=lawful_visibility(visibility, category),
        spot=spot,
        point=point,
        channel=channel,
        external_id=external_id,
        facts={"replayed": now.isoformat(), **(facts or {})},
    )
    opened.cancel("*")
    if expected_at is not None and expected_at > raised_at:
        promise = promise_of(opened, expected_at, closed_at)
        promise.save()
        if closed_at is None:
            opened.clocks.append(promise)
    if closed_at is not None:
        replay_end(opened, closed_at, expected_at, answer)
    else:
        receive(opened, "accept")
    opened.finish()
    return opened.matter, True


def check_times(raised_at: datetime, closed_at: datetime | None, now: datetime) -> None:
    """Raises Invalid for times in the future or out of order."""
    if raised_at > now or (closed_at and (closed_at < raised_at or closed_at > now)):
        raise Invalid("bad_times", _("时间有误：提出时间不能晚于办结时间，两者都不能晚于现在。"), fields={"raised_at": [_("请核对时间。")]})


def promise_of(opened: Turn, expected_at: datetime, closed_at: datetime | None) -> Clock:
    """The promise it came with runs on as it was made, without warnings: they were due long ago, elsewhere. Not yet stored."""
    return Clock(
        matter=opened.matter,
        subject="resolve",
        amount=max(1, round((expected_at - opened.now).total_seconds() / 60)),
        unit="minutes",
        source=gettext_noop("原系统的时限"),
        started_at=opened.now,
        due_at=expected_at,
        met_at=closed_at,
        warned=3,
    )


def replay_end(opened: Turn, closed_at: datetime, expected_at: datetime | None, answer: str) -> None:
    matter = opened.matter
    state = opened.workflow.by_code["closed"]
    matter.state, matter.stage, matter.is_open = state.code, state.stage, state.open
    matter.resolved_at = matter.closed_at = closed_at
    matter.answered_at = closed_at if answer else None
    matter.was_late = bool(expected_at and closed_at > expected_at)
    opened.now = closed_at
    opened.say("resolve", text=answer, facts={"to": state.code, "replayed": True})


def open_from_matter(*, actor: Actor, parent: Matter, title: str, body: str, now: datetime) -> Matter:
    """A request on the ground of a matter of another kind, for whoever raised that one: they are told, and they rate."""
    raiser = parent.parties.filter(role="raiser").select_related("person").first()
    return raise_request(
        actor=actor,
        title=title,
        body=body,
        place=parent.place,
        now=now,
        channel=parent.channel if parent.channel in CHANNELS else "",
        visibility=parent.visibility,
        raised_for=raiser.person if raiser else None,
    )


def open_by_rule(*, actor: Actor, place: Place, title: str, body: str, now: datetime) -> Matter:
    """A request that a rule of another part of the house asks for; it lands with whoever serves the place, sorted under community services."""
    category = Category.objects.filter(code="community_service", active=True).first()
    return raise_request(actor=actor, title=title[:TITLE_LIMIT], body=body, place=place, now=now, category=category)
