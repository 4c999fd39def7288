"""
The one family of expected refusals. Whoever raises one says, in the reader's language, what happened and how to mend it.

Pages, the JSON API, Open311, imports and the command line translate them in one place each.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from linli.lib.problems import InputProblem


class Refused(Exception):
    """
    An act the rules do not allow. `code` is stable and English (for machines), `text` is for people (lazy translation
    welcome), `rule` cites what decided (law, setting or table row), `turn_to` says where to turn instead.
    """

    status = 409

    def __init__(self, code: str, text: Any, *, rule: str = "", turn_to: Any = "", **details: Any) -> None:
        super().__init__(code)
        self.code, self.text, self.rule, self.turn_to, self.details = code, text, rule, turn_to, details

    def __str__(self) -> str:
        return str(self.text)


class NotAllowed(Refused):
    """The permission table says no. `details["would_signing_in_help"]` tells an anonymous reader what to do."""

    status = 403


class NotFound(Refused):
    """There is no such thing, or the actor may not know that there is."""

    status = 404


class Invalid(Refused):
    """Input that cannot be accepted. `fields` maps field name to a list of texts, each saying how to mend it."""

    status = 422

    def __init__(self, code: str, text: Any, *, fields: dict[str, list[Any]] | None = None, **details: Any) -> None:
        super().__init__(code, text, **details)
        self.fields = fields or {}


class Conflict(Refused):
    """Somebody else was first: the thing changed since the actor saw it. Nothing was written."""

    status = 409


class TooMany(Refused):
    """Too often or too much; `details["retry_after"]` is in seconds."""

    status = 429


def said(problem: InputProblem) -> str:
    """What the ground floor found wrong with an input, in the reader's language."""
    return problem.text(get_language() or "zh-hans")
