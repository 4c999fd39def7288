"""
One request, whole; and every move of the workflow as one POST.

A move is made from the signature of its action: its parameters are the input, `version` is what the caller last saw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path
from pydantic import Field

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.accounts.models import Unit
from linli.kernel.accounts.queries import unit_of
from linli.kernel.files.models import StoredFile
from linli.kernel.matters import actions as matters
from linli.kernel.matters.models import Category, Grade, Matter, Urgency, Visibility
from linli.kernel.matters.moves_api import AnyRef, Moves, Reader, link, same
from linli.kernel.matters.queries import id_of_ref, matter_for, reread
from linli.law.packs import exclusions
from linli.loops.requests import rules
from linli.loops.requests.actions import dispatch, grading, handling, judging, repeats, whistle
from linli.loops.requests.api.door import router, who
from linli.loops.requests.api.inputs import Code, Ref, category_of, files_of
from linli.loops.requests.api.shapes import RequestOut, WholeOut, one_out, whole_out
from linli.loops.requests.queries import whole_request
from linli.web.jsonapi import PROBLEMS, Id, at_most


def requested(actor: Actor, ref: str) -> Matter:
    matter = matter_for(actor, id_of_ref(ref))
    if matter.kind != rules.KIND:
        raise NotFound("no_matter", _("没有编号为 %(ref)s 的事项。") % {"ref": ref})
    return matter


@router.get("/requests/{ref}", response={200: WholeOut, **PROBLEMS}, summary="One request, whole", operation_id="get_request")
def get_request(request: HttpRequest, ref: Path[Ref]) -> WholeOut:
    """With timeline, work orders, running promises, and the moves open to the caller."""
    actor, now = who(request)
    return whole_out(whole_request(actor, requested(actor, ref), now), now)


def _exclude(*, actor: Actor, matter_id: int, now: datetime, lawful_class: str, reply: str) -> Matter:
    """Take a request out of the rates for one of the lawful classes, with the reply given to the person."""
    return matters.exclude(
        actor=actor, matter_id=matter_id, lawful_class=lawful_class, reply=reply, now=now, classes=frozenset(e.code for e in exclusions())
    ).matter


def _merge(*, actor: Actor, source_id: int, target: Ref, now: datetime, text: str = "") -> Matter:
    """Merge this request into another; its parties are told there and may rate there."""
    return matters.merge(actor=actor, source_id=source_id, target_id=id_of_ref(target), now=now, text=text)


# Verb of the address → its action.
VERBS: Final[Mapping[str, Callable[..., Any]]] = {
    "accept": dispatch.accept,
    "decline": dispatch.decline,
    "recategorise": dispatch.recategorise,
    "regrade": grading.regrade,
    "dispatch": dispatch.dispatch,
    "redispatch": dispatch.redispatch,
    "object": dispatch.object_to_dispatch,
    "whistle": whistle.whistle,
    "report_in": whistle.report_in,
    "refuse_whistle": whistle.refuse_whistle,
    "answer_whistle": whistle.answer_whistle,
    "conclude_whistle": whistle.conclude_whistle,
    "score_whistle": whistle.score_whistle,
    "start": handling.start,
    "answer": handling.answer,
    "plan": grading.plan,
    "ask": handling.ask,
    "add": handling.add,
    "suspend": handling.suspend,
    "resume": handling.resume,
    "resolve": handling.resolve,
    "note": handling.note,
    "supervise": handling.supervise,
    "retell": handling.retell,
    "withdraw": handling.withdraw,
    "rate": judging.rate,
    "record_rating": judging.record_rating,
    "record_unreachable": judging.record_unreachable,
    "close": judging.close,
    "reopen": judging.reopen,
    "me_too": matters.add_me_too,
    "end_me_too": matters.end_me_too,
    "exclude": _exclude,
    "merge": _merge,
    "unmerge": matters.unmerge,
    "link": link,
    "refute_repeat": repeats.refute_repeat,
}

# What an action takes -> what JSON says for it, and how to get from one to the other.
_TYPES: Final[Mapping[Any, tuple[Any, Reader]]] = {
    str: (Annotated[str, at_most(4000)], same),
    Ref: (Ref, same),
    Category: (Code, lambda actor, value: category_of(value)),
    Unit: (Id, lambda actor, value: unit_of(value)),
    Sequence[Unit]: (Annotated[list[Id], Field(max_length=30)], lambda actor, value: [unit_of(i) for i in value]),
    Sequence[StoredFile]: (Annotated[list[Id], Field(max_length=9)], files_of),
    Mapping[int, int]: (
        Annotated[
            dict[Annotated[str, Field(pattern="^[1-9][0-9]{0,17}$")], Annotated[int, Field(ge=1, le=5)]],
            Field(max_length=100, json_schema_extra={"additionalProperties": False}),
        ],
        lambda actor, value: {int(k): v for k, v in value.items()},
    ),
    date: (date, same),
    AnyRef: (AnyRef, same),
    bool | None: (bool | None, same),
    Category | None: (Code | None, lambda actor, value: category_of(value) if value else None),
}
_NARROWED: Final = {"visibility": ["", *Visibility.values], "urgency": ["", *Urgency.values], "grade": ["", *Grade.values]}


def _one_of(choices: list[str]) -> Any:
    """A word the action itself refuses with reasons; the schema says which there are."""
    named: Any = {"enum": choices}
    return Annotated[str, Field(json_schema_extra=named, max_length=12)]


MOVES: Final = Moves(
    kind=rules.KIND,
    workflow=rules.WORKFLOW,
    ref=Ref,
    who=who,
    find=requested,
    answer=lambda actor, matter, now: one_out(actor, reread(matter), now),
    out=RequestOut,
    types=_TYPES,
    narrowed={name: _one_of(choices) for name, choices in _NARROWED.items()},
    tags=("moves",),
)
MOVES.publish(router, VERBS)
