"""What the Desk does with any thing that is held (`held.py`): keep the plan a form says, do one thing a small form asks for, list its record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.forms import Form
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.arguments import read_arguments
from linli.kernel.access.asking import put_on
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.access.tongue import as_read

T = TypeVar("T")


def record_rows(lines: Iterable[Any], own: Collection[str], words: Callable[[Any], str]) -> list[dict[str, Any]]:
    """The record as a page lists it. Residents' `own` acts stand without names: they are residents there, however many."""
    return [
        {
            "who": _("居民")
            if line.verb in own and line.channel in ("web", "api")
            else _("系统")
            if line.channel == "clock"
            else as_read(line.who)
            if line.account_id is None
            else line.who,
            "when": line.at,
            "what": words(line),
            "kind": "staff",
        }
        for line in lines
    ]


def keep_plan(form: Form, save: Callable[[], T], at: Mapping[str, str]) -> tuple[T | None, Refused | None]:
    """
    What `save` made of a valid form; nothing where the form says what to mend, or with it why it cannot be kept now. `at` names the form's
    field for what the action calls otherwise.
    """
    if not form.is_valid():
        return None, None
    try:
        return save(), None
    except Invalid as problem:
        put_on(form, problem, at)
        return None, None
    except Refused as problem:
        return None, problem


def do_one(
    verbs: Mapping[str, Callable[..., Any]],
    verb: str,
    data: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    given: frozenset[str],
    upload: UploadedFile | None = None,
    **thing: int,
) -> Refused | None:
    """
    Do what a form asks with the arguments it sent (`read_arguments`), and the `upload` where one came and the act takes one; why not, where
    it is refused. `given` are arguments no form may bring; `thing` is the one acted on, by the name the actions know it under.

    Raises NotFound for a verb there is none of.
    """
    function = verbs.get(verb)
    if function is None:
        raise NotFound("no_act", _("没有这样的操作。"))
    try:
        arguments = read_arguments(function, data, given | {"upload"})
        if upload is not None:
            arguments |= {"upload": upload, "name": upload.name or ""}
        function(actor=actor, now=now, **thing, **arguments)
    except Refused as refused:
        return refused
    return None
