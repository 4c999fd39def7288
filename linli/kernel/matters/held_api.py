"""Every verb of what is held (`held.py`) as one POST, made from the signature of its action."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_type_hints

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import AwareDatetime, Field, create_model

from linli.kernel.access.asking import actor_and_now
from linli.web.jsonapi import PROBLEMS, Id, Input, at_most

Number = Annotated[int, Field(ge=0, le=2_147_483_647)]
Words = Annotated[str, at_most(2000)]
_FIELDS: Final[dict[Any, Any]] = {
    str: Words,
    bool: bool,
    int: Number,
    date: date,
    datetime: AwareDatetime,
    Sequence[str]: Annotated[list[Annotated[str, at_most(40)]], Field(max_length=100)],
}


def publish_verbs(
    router: Router, thing: str, verbs: Mapping[str, Callable[..., Any]], *, answer: Callable[[Any, int], Any], out: type[Schema]
) -> None:
    """
    Put every verb of a `thing` ("draw") behind ``/draws/{draw_id}/<verb>``; `answer` (actor, id) says what it is afterwards, in the shape
    `out`. `once` in what is sent is the mark under which it is done once however often it is sent.
    """
    for name, function in verbs.items():
        _publish(router, thing, name, function, answer, out)


def _publish(
    router: Router, thing: str, name: str, function: Callable[..., Any], answer: Callable[[Any, int], Any], out: type[Schema]
) -> None:
    key = f"{thing}_id"

    def act(request: HttpRequest, given: Any, **path: int) -> Any:
        actor, now = actor_and_now(request)
        actor = actor.through("api")
        function(actor=actor, now=now, **path, **given.dict())
        return answer(actor, path[key])

    shape = input_of(thing, name, function)
    act.__annotations__ = {"request": HttpRequest, key: Path[Id], "given": shape, "return": Any}
    parameters = [
        inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=act.__annotations__[n]) for n in ("request", key, "given")
    ]
    act.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what the router reads its arguments from
    act.__doc__ = inspect.getdoc(function)
    router.post(
        f"/{thing}s/{{{key}}}/{name}",
        response={200: out, **PROBLEMS},
        summary=name.replace("-", " ").capitalize(),
        operation_id=f"{thing}_{name.replace('-', '_')}",
        tags=[f"{thing}s"],
    )(act)


def input_of(thing: str, name: str, function: Callable[..., Any]) -> type[Input]:
    """The input of a verb, from its action's parameters; files come by the page alone."""
    hints = get_type_hints(function)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in ("actor", "now", f"{thing}_id", "upload"):
            continue
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        default = list(default) if isinstance(default, tuple) else default
        kind = Annotated[str, at_most(40)] if parameter.name == "once" else _field(hints[parameter.name])
        fields[parameter.name] = (kind, default)
    return create_model(thing.capitalize() + "".join(part.title() for part in name.split("-")) + "In", __base__=Input, **fields)


def _field(hint: Any) -> Any:
    """The field of a parameter's type; ``… | None`` may be left out as its action says."""
    parts = [part for part in get_args(hint) if part is not NoneType]
    if NoneType in get_args(hint) and len(parts) == 1:
        return _FIELDS[parts[0]] | None
    return _FIELDS[hint]
