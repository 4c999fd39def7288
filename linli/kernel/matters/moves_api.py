"""
Every move of a kind's workflow as one POST, made from the signature of the action its page calls.

An action's parameters are the input; `version` is what the caller last saw: somebody else's act since then is a 409 with the newest.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, get_type_hints

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import Field, create_model

from linli.kernel.access.actor import Actor
from linli.kernel.matters import actions
from linli.kernel.matters.models import Link, Matter
from linli.kernel.matters.queries import id_of_ref
from linli.kernel.matters.workflow import Workflow
from linli.web.jsonapi import PROBLEMS, Input

Reader = Callable[[Actor, Any], Any]
AnyRef = Annotated[str, Field(pattern=r"^[A-Za-z][1-9][0-9]{0,17}$", description="Reference of a matter, such as M12 or R3.")]
_OURS: Final = frozenset({"actor", "matter_id", "source_id", "now", "seen"})


def same(actor: Actor, value: Any) -> Any:
    """The reader of what an action takes as JSON says it."""
    return value


def link(*, actor: Actor, source_id: int, target: AnyRef, kind: str, now: datetime, seen: int | None = None) -> Link:
    """Tie this matter to another: caused_by, part_of, duplicate_of or repeats."""
    return actions.link(actor=actor, source_id=source_id, target_id=id_of_ref(target), kind=kind, now=now, seen=seen)


@dataclass(frozen=True)
class Moves:
    """
    How the verbs of one kind of matter stand behind ``/<kind>s/{ref}/<verb>``.

    `types`: what an action takes → what JSON says for it, and how to get from one to the other. `narrowed`: parameters with a shape of
    their own, by name. `shapes` begins the names of the input schemas. `find` (actor, reference) reads the matter, `answer` (actor, matter,
    now) says what it is afterwards, in the shape `out`.
    """

    kind: str
    workflow: Workflow
    ref: Any
    who: Callable[[HttpRequest], tuple[Actor, datetime]]
    find: Callable[[Actor, str], Matter]
    answer: Callable[[Actor, Matter, datetime], Schema]
    out: type[Schema]
    types: Mapping[Any, tuple[Any, Reader]]
    narrowed: Mapping[str, Any] = field(default_factory=dict)
    shapes: str = ""
    tags: tuple[str, ...] = ()

    def publish(self, router: Router, verbs: Mapping[str, Callable[..., Any]]) -> None:
        """One POST for every verb (name of the address, with "_" for "-" → its action)."""
        for name, act in verbs.items():
            self._publish(router, name, act)

    def input_of(self, name: str, act: Callable[..., Any]) -> tuple[type[Input], dict[str, Reader]]:
        """The input of a verb, from its action's parameters; and for each field the way from JSON to what the action takes."""
        hints = get_type_hints(act, include_extras=True)
        parameters = inspect.signature(act).parameters
        fields: dict[str, Any] = {}
        readers: dict[str, Reader] = {}
        for parameter in parameters.values():
            if parameter.name in _OURS:
                continue
            kind, readers[parameter.name] = self.types[hints[parameter.name]]
            default = parameter.default
            fields[parameter.name] = (
                self.narrowed.get(parameter.name, kind),
                ... if default is inspect.Parameter.empty else [] if default == () else default,
            )
        if "seen" in parameters:
            fields["version"] = (Annotated[int, Field(ge=1, le=2_147_483_647)] | None, None)
        words = "".join(part.title() for part in name.split("_"))
        return create_model(f"{self.shapes}{words}In", __base__=Input, **fields), readers

    def _publish(self, router: Router, name: str, function: Callable[..., Any]) -> None:
        shape, readers = self.input_of(name, function)
        parameters = inspect.signature(function).parameters
        subject = "source_id" if "source_id" in parameters else "matter_id"

        def act(request: HttpRequest, ref: str, given: Any) -> Any:
            actor, now = self.who(request)
            matter = self.find(actor, ref)
            values = {field: reader(actor, getattr(given, field)) for field, reader in readers.items()}
            if "seen" in parameters:
                values["seen"] = given.version
            function(actor=actor, now=now, **{subject: matter.pk}, **values)
            return self.answer(actor, matter, now)

        path: Any = Path
        act.__annotations__ = {"request": HttpRequest, "ref": path[self.ref], "given": shape, "return": self.out}
        act.__doc__ = inspect.getdoc(function)
        move = self.workflow.by_verb.get(name)
        summary = name.replace("_", " ").capitalize() + (f" ({', '.join(move.sources)})" if move and len(move.sources) < 6 else "")
        more: dict[str, Any] = {"tags": list(self.tags)} if self.tags else {}
        router.post(
            f"/{self.kind}s/{{ref}}/" + name.replace("_", "-"),
            response={200: self.out, **PROBLEMS},
            summary=summary,
            operation_id=f"{self.kind}_{name}",
            **more,
        )(act)
