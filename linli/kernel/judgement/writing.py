"""
A longer summary by a language model the operator runs or trusts: off until a server is set, never without a press, and never of a text with personal
details in it.

A writer is brought by a room above (`register_writer`). What it is given is scrubbed here, so that none can be given more; that it was asked,
by whom, about what and with which outcome is a row of the security log. What it answers is shown as written by a machine and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Refused
from linli.kernel.accounts.actions import log_event
from linli.lib.masking import scrub
from linli.lib.texts import clean

LONGEST_GIVEN: Final = 8_000  # characters
LONGEST_TAKEN: Final = 1_200


class NotWritten(Exception):
    """The model gave nothing usable; the text says why on one line, without what it was given."""


class Writer(Protocol):
    """Writes a summary of a text. `model` and `host` are told to people before they press."""

    @property
    def model(self) -> str: ...
    @property
    def host(self) -> str: ...
    def __call__(self, text: str) -> str: ...


@dataclass(frozen=True)
class Written:
    """What a machine wrote, which model, and where it runs."""

    text: str
    model: str
    host: str


_made_by: list[Callable[[], Writer | None]] = []


def register_writer(make: Callable[[], Writer | None]) -> None:
    """Bring what makes the writer from the settings of the moment; the newest brought counts."""
    _made_by[:] = [make]


def writer() -> Writer | None:
    """The writer, or None where no server is set."""
    return _made_by[0]() if _made_by else None


def longer_summary(*, actor: Actor, text: str, about: str, now: datetime) -> Written:
    """
    Ask the model for a summary of `text`, scrubbed; `about` (a reference) goes to the log. Raises Refused when no server is set, or when it
    did not answer well in time: then everything else on the page is as it was.
    """
    asked = writer()
    if asked is None:
        raise Refused("no_writer", _("没有接通大模型，请看系统摘出的要点和原文。"))
    given = scrub(text).text[:LONGEST_GIVEN]
    try:
        made = scrub(clean(asked(given), LONGEST_TAKEN)).text
    except NotWritten as problem:
        log_event(
            "model_asked", now=now, actor=actor, about=about, outcome="failed", host=asked.host, characters=len(given), why=str(problem)
        )
        raise Refused("not_written", _("大模型这次没有写出大意，不影响办理；请看原文，或过一会儿再试。")) from None
    log_event("model_asked", now=now, actor=actor, about=about, host=asked.host, characters=len(given))
    if not made:
        raise Refused("not_written", _("大模型这次没有写出大意，不影响办理；请看原文，或过一会儿再试。"))
    return Written(made, asked.model, asked.host)
