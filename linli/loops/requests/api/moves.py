"""
One request, whole; and every move of the workflow as one POST.

A move is made from the signature of its action: its parameters are the input, `version` is what the caller last saw.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, get_type_hints

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path
from pydantic import Field, create_model

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.accounts.models import Unit
from linli.kernel.files.models import StoredFile
from linli.kernel.matters import actions as matters
from linli.kernel.matters.models import Category, Grade, Matter, Urgency, Visibility
from linli.kernel.matters.queries import id_of_ref, matter_for, reread
from linli.law.packs import exclusions
from linli.loops.requests import rules
from linli.loops.requests.actions import dispatch, grading, handling, judging, repeats, whistle
from linli.loops.requests.api.door import router, who
from linli.loops.requests.api.inputs import Code, Ref, category_of, files_of, unit_of
from linli.loops.requests.api.shapes import RequestOut, WholeOut, one_out, whole_out
from linli.loops.requests.queries import whole_request
from linli.web.jsonapi import PROBLEMS, Id, Input, at_most


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


@dataclass(frozen=True)
class Verb:
    """One way to move a request: its action, and how its parameters are called in JSON."""

    name: str
    act: Callable[..., Any]
    subject: str = "matter_id"


def _exclude(*, actor: Actor, matter_id: int, now: datetime, lawful_class: str, reply: str) -> Matter:
    """Take a request out of the rates for one of the lawful classes, with the reply given to the person."""
    return matters.exclude(
        actor=actor, matter_id=matter_id, lawful_class=lawful_class, reply=reply, now=now, classes=frozenset(e.code for e in exclusions())
    ).matter


def _merge(*, actor: Actor, source_id: int, target: Ref, now: datetime, text: str = "") -> Matter:
    """Merge this request into another; its parties are told there and may rate there."""
    return matters.merge(actor=actor, source_id=source_id, target_id=id_of_ref(target), now=now, text=text)


def _link(*, actor: Actor, source_id: int, target: Ref, kind: str, now: datetime) -> Matter:
    """Tie this request to another: caused_by, part_of, duplicate_of or repeats."""
    return matters.link(actor=actor, source_id=source_id, target_id=id_of_ref(target), kind=kind, now=now).source


VERBS: tuple[Verb, ...] = (
    Verb("accept", dispatch.accept),
    Verb("decline", dispatch.decline),
    Verb("recategorise", dispatch.recategorise),
    Verb("regrade", grading.regrade),
    Verb("dispatch", dispatch.dispatch),
    Verb("redispatch", dispatch.redispatch),
    Verb("object", dispatch.object_to_dispatch),
    Verb("whistle", whistle.whistle),
    Verb("report_in", whistle.report_in),
    Verb("refuse_whistle", whistle.refuse_whistle),
    Verb("answer_whistle", whistle.answer_whistle),
    Verb("conclude_whistle", whistle.conclude_whistle),
    Verb("score_whistle", whistle.score_whistle),
    Verb("start", handling.start),
    Verb("answer", handling.answer),
    Verb("plan", grading.plan),
    Verb("ask", handling.ask),
    Verb("add", handling.add),
    Verb("suspend", handling.suspend),
    Verb("resume", handling.resume),
    Verb("resolve", handling.resolve),
    Verb("note", handling.note),
    Verb("supervise", handling.supervise),
    Verb("retell", handling.retell),
    Verb("withdraw", handling.withdraw),
    Verb("rate", judging.rate),
    Verb("record_rating", judging.record_rating),
    Verb("record_unreachable", judging.record_unreachable),
    Verb("close", judging.close),
    Verb("reopen", judging.reopen),
    Verb("me_too", matters.add_me_too),
    Verb("end_me_too", matters.end_me_too),
    Verb("exclude", _exclude),
    Verb("merge", _merge, "source_id"),
    Verb("unmerge", matters.unmerge, "source_id"),
    Verb("link", _link, "source_id"),
    Verb("refute_repeat", repeats.refute_repeat),
)

# What an action takes -> what JSON says for it, and how to get from one to the other.
_TYPES: dict[Any, tuple[Any, Callable[[Actor, Any], Any]]] = {
    str: (Annotated[str, at_most(4000)], lambda actor, value: value),
    Ref: (Ref, lambda actor, value: value),
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
    date: (date, lambda actor, value: value),
}
_OPTIONAL = {
    bool | None: (bool | None, lambda actor, value: value),
    Category | None: (Code | None, lambda actor, value: category_of(value) if value else None),
}
_NARROWED = {"visibility": ["", *Visibility.values], "urgency": ["", *Urgency.values], "grade": ["", *Grade.values]}
_OURS = {"actor", "matter_id", "source_id", "now", "seen"}


def input_of(verb: Verb) -> tuple[type[Input], dict[str, Callable[[Actor, Any], Any]]]:
    """The input schema of a verb, from its action's parameters; and for each field the way from JSON to what the action takes."""
    hints = get_type_hints(verb.act, include_extras=True)
    fields: dict[str, Any] = {}
    readers: dict[str, Callable[[Actor, Any], Any]] = {}
    for name, parameter in inspect.signature(verb.act).parameters.items():
        if name in _OURS:
            continue
        kind, reader = _OPTIONAL.get(hints[name]) or _TYPES[hints[name]]
        if name in _NARROWED:
            chosen: Any = {"enum": _NARROWED[name]}
            kind = Annotated[str, Field(json_schema_extra=chosen, max_length=12)]
        default = parameter.default
        fields[name] = (kind, ... if default is inspect.Parameter.empty else [] if default == () else default)
        readers[name] = reader
    if "seen" in inspect.signature(verb.act).parameters:
        fields["version"] = (Annotated[int, Field(ge=1, le=2_147_483_647)] | None, None)
    words = "".join(part.title() for part in verb.name.split("_"))
    return create_model(f"{words}In", __base__=Input, **fields), readers


def _publish(verb: Verb) -> None:
    """One POST for a verb."""
    shape, readers = input_of(verb)
    takes_version = "version" in shape.model_fields

    def act(request: HttpRequest, ref: Ref, given: Any) -> RequestOut:
        actor, now = who(request)
        matter = requested(actor, ref)
        values = {name: reader(actor, getattr(given, name)) for name, reader in readers.items()}
        if takes_version:
            values["seen"] = given.version
        verb.act(actor=actor, now=now, **{verb.subject: matter.pk}, **values)
        return one_out(actor, reread(matter), now)

    act.__annotations__ = {"request": HttpRequest, "ref": Path[Ref], "given": shape, "return": RequestOut}
    act.__doc__ = inspect.getdoc(verb.act)
    move = rules.WORKFLOW.by_verb.get(verb.name)
    summary = verb.name.replace("_", " ").capitalize() + (f" ({', '.join(move.sources)})" if move and len(move.sources) < 6 else "")
    path = "/requests/{ref}/" + verb.name.replace("_", "-")
    router.post(path, response={200: RequestOut, **PROBLEMS}, summary=summary, operation_id=f"request_{verb.name}", tags=["moves"])(act)


for _verb in VERBS:
    _publish(_verb)
