"""
Every act of the Desk on a motion in JSON: one POST for each, made from the signature of the same action its page calls.

`version` is what the caller last saw: somebody else's act since then is a 409 with the newest. Ballots open, are counted and stop through the
ballots; residents' own acts stand in `api`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from django.utils.translation import gettext as _
from ninja import Router
from pydantic import Field

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.accounts.models import Unit
from linli.kernel.accounts.queries import unit_of
from linli.kernel.files.models import StoredFile
from linli.kernel.files.queries import files_of
from linli.kernel.matters.models import Matter
from linli.kernel.matters.moves_api import AnyRef, Moves, Reader, link, same
from linli.kernel.matters.queries import id_of_ref
from linli.kernel.people.models import Person
from linli.kernel.people.queries import person_in_reach
from linli.law import voting
from linli.loops.council.motions import rules
from linli.loops.council.motions.actions import carrying, contesting, deciding, holding, preparing, raising, screening, seconding
from linli.loops.council.motions.api import who
from linli.loops.council.motions.api_shapes import MotionOut, OptionIn, Ref, one_out
from linli.loops.council.motions.models import Challenge, Objection, Suspension
from linli.loops.council.motions.square_queries import motion_of_ref
from linli.web.jsonapi import Id, at_most

router = Router(tags=["motion acts"])
Figures = Mapping[str, int]


# --- where an action takes what JSON cannot say, or more than JSON may -----------------------------------------------------------
def _record_decision(
    *, actor: Actor, matter_id: int, now: datetime, passed: bool, text: str, figures: Figures | None = None, seen: int | None = None
) -> Matter:
    """Record and post what a body decided in a meeting or by consent. What a ballot decides comes from its count alone."""
    return deciding.record_decision(actor=actor, matter_id=matter_id, now=now, passed=passed, text=text, figures=figures, seen=seen)


def _correct(
    *, actor: Actor, matter_id: int, now: datetime, passed: bool, text: str, figures: Figures | None = None, seen: int | None = None
) -> Matter:
    """Correct a posted result, publicly and with the reason; the posting begins anew."""
    return deciding.correct(actor=actor, matter_id=matter_id, now=now, passed=passed, text=text, figures=figures, seen=seen)


def _settle_objection(
    *, actor: Actor, matter_id: int, now: datetime, objection: int, upheld: bool, answer: str, seen: int | None = None
) -> Matter:
    """Answer an objection of this motion with reasons; `objection` is its number in the whole motion."""
    if not Objection.objects.filter(pk=objection, decision__motion_id=matter_id).exists():
        raise NotFound("no_objection", _("没有找到这件异议。"))
    return deciding.settle_objection(actor=actor, objection_id=objection, now=now, upheld=upheld, answer=answer, seen=seen)


def _end_challenge(
    *, actor: Actor, matter_id: int, now: datetime, challenge: int, outcome: str, text: str, seen: int | None = None
) -> Matter:
    """How a challenge ended: dismissed, withdrawn or annulled; the last annuls the decision here too."""
    return contesting.end_challenge(
        actor=actor, challenge_id=challenge, now=now, outcome=outcome, text=text, seen=seen, matter_id=matter_id
    )


def _object_for(*, actor: Actor, matter_id: int, now: datetime, text: str, person: Person, channel: str) -> Objection:
    """An objection of somebody who came or called."""
    return deciding.object_to(actor=actor, matter_id=matter_id, now=now, text=text, person=person, channel=channel)


def _opinion_for(*, actor: Actor, matter_id: int, now: datetime, accepts: bool, person: Person, channel: str, text: str = "") -> Matter:
    """A supervisor's opinion given on paper or by phone."""
    return carrying.give_opinion(actor=actor, matter_id=matter_id, now=now, accepts=accepts, text=text, person=person, channel=channel)


def _rate_for(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    satisfied: bool,
    person: Person,
    channel: str,
    solved: bool | None = None,
    comment: str = "",
) -> Matter:
    """The rating of somebody who raised or seconded it, as they said it."""
    return carrying.rate(
        actor=actor, matter_id=matter_id, now=now, satisfied=satisfied, solved=solved, comment=comment, person=person, channel=channel
    )


def _merge(*, actor: Actor, source_id: int, target: AnyRef, now: datetime, text: str = "", seen: int | None = None) -> Any:
    """Merge this motion into its twin, with its seconders; a home still counts once."""
    return screening.merge_twin(actor=actor, source_id=source_id, target_id=id_of_ref(target), now=now, text=text, seen=seen)


def _amend(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    title: str,
    body: str,
    options: Sequence[OptionIn] = (),
    note: str = "",
    seen: int | None = None,
) -> Any:
    """A new version of the text; a notice already given is taken back, and its days begin anew."""
    given = [o.model_dump() for o in options]
    return raising.amend(actor=actor, matter_id=matter_id, now=now, title=title, body=body, options=given, note=note, seen=seen)


# Verb of the address → its action. As many as the Desk's page has.
VERBS: Final[Mapping[str, Callable[..., Any]]] = {
    "second_for": seconding.second_for,
    "adopt": seconding.adopt,
    "screen": screening.screen,
    "decline": screening.decline,
    "reclass": screening.reclass,
    "move_tier": screening.move_tier,
    "to_request": screening.to_request,
    "merge": _merge,
    "unmerge": screening.unmerge_twin,
    "link": link,
    "schedule": preparing.schedule,
    "reschedule": preparing.reschedule,
    "deliberate": preparing.deliberate,
    "draft_options": preparing.draft_options,
    "amend": _amend,
    "publish_draft": preparing.publish_draft,
    "file_document": preparing.file_document,
    "give_notice": preparing.give_notice,
    "take_back_notice": preparing.take_back_notice,
    "record_decision": _record_decision,
    "correct": _correct,
    "confirm": deciding.confirm,
    "object_for": _object_for,
    "settle_objection": _settle_objection,
    "suspend": contesting.suspend,
    "resume": contesting.resume,
    "challenge": contesting.challenge,
    "end_challenge": _end_challenge,
    "annul": contesting.annul,
    "add_task": carrying.add_task,
    "progress": carrying.progress,
    "finish_task": carrying.finish_task,
    "appoint": carrying.appoint,
    "deliver": carrying.deliver,
    "opinion_for": _opinion_for,
    "rate_for": _rate_for,
    "close": carrying.close,
    "publish_case": carrying.publish_case,
    "block": holding.block,
    "unblock": holding.unblock,
    "withdraw": holding.withdraw,
    "note": holding.note,
    "retell": holding.retell,
}


_FILES = Annotated[list[Id], Field(max_length=9)]
# What an action takes → what JSON says for it, and how to get from one to the other.
_TYPES: Final[Mapping[Any, tuple[Any, Reader]]] = {
    str: (Annotated[str, at_most(4000)], same),
    bool: (bool, same),
    bool | None: (bool | None, same),
    int: (Annotated[int, Field(ge=1, le=2_147_483_647)], same),
    int | None: (Annotated[int, Field(ge=0, le=10**13)] | None, same),
    date | None: (date | None, same),
    AnyRef: (AnyRef, same),
    Figures | None: (Annotated[dict[str, Annotated[int, Field(ge=0, le=10**9)]], Field(max_length=12)] | None, same),
    Sequence[OptionIn]: (Annotated[list[OptionIn], Field(max_length=12)], same),
    Unit | None: (Id, lambda actor, value: unit_of(value)),
    Person: (Id, person_in_reach),
    Sequence[StoredFile]: (_FILES, files_of),
    StoredFile | None: (Id | None, lambda actor, value: files_of(actor, [value])[0] if value else None),
}
# Words an action keeps as they come: the lists of the forms.
_NARROWED: Final[Mapping[str, Sequence[str]]] = {
    "channel": ("phone", "counter", "paper"),
    "profile": ("", *voting.profiles()),
    "ground": tuple(Suspension.Ground.values),
    "forum": tuple(Challenge.Forum.values),
    "outcome": tuple(value for value in Challenge.Outcome.values if value),
}


def _one_of(choices: Sequence[str]) -> Any:
    literal: Any = Literal
    return literal[tuple(choices)]


MOVES: Final = Moves(
    kind=rules.KIND,
    workflow=rules.WORKFLOW,
    ref=Ref,
    who=who,
    find=motion_of_ref,
    answer=one_out,
    out=MotionOut,
    types=_TYPES,
    narrowed={name: _one_of(choices) for name, choices in _NARROWED.items()},
    shapes="Motion",
)
MOVES.publish(router, VERBS)
