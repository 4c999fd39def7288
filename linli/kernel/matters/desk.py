"""What the Desk knows of kinds: where each one's page is, what it shows above the inbox, and how a promise reads in a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotAllowed
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Matter
from linli.lib.remembered import Remembered
from linli.web import words

T = TypeVar("T")
_counts: Remembered[Any] = Remembered(120, most=1000)


@dataclass(frozen=True)
class DeskFigure:
    """One figure above the inbox; `href` opens the matters it is made of."""

    label: str
    value: str
    href: str
    numerator: int | None = None
    denominator: int | None = None
    of: str = ""


Address = Callable[[str], str]
Figures = Callable[[Actor, datetime], Sequence[DeskFigure]]
_addresses: dict[str, Address] = {}
_figures: dict[str, Figures] = {}
_uncategorised: set[str] = set()


Beside = Callable[[Matter], Sequence[tuple[str, str]]]
_beside: list[Beside] = []


def beside(source: Beside) -> None:
    """Add what another app knows of a matter, as (label, words), to its facts at the Desk. A source asks the database only of its own."""
    if source not in _beside:
        _beside.append(source)


def known_beside(matter: Matter) -> list[tuple[str, str]]:
    """What other apps know of the matter."""
    return [fact for source in _beside for fact in source(matter)]


def register(kind: str, *, address: Address, figures: Figures | None = None, categories: bool = True) -> None:
    """Say where a matter of `kind` is worked on (reference → path), and which figures of the last 30 days stand above the inbox; `categories` False for a kind that is
    not sorted into them.
    """
    _addresses[kind] = address
    if not categories:
        _uncategorised.add(kind)
    if figures is not None:
        _figures[kind] = figures


def address_of(matter: Matter) -> str:
    """The Desk page of a matter; its public page for a kind that has none."""
    found = _addresses.get(matter.kind)
    return found(matter.ref) if found else f"/{matter.kind}s/{matter.ref}/"


def category_words(matter: Matter) -> str:
    """The category in a list; empty for kinds that have none, "not sorted yet" for others without one."""
    if matter.category:
        return str(matter.category.name)
    return "" if matter.kind in _uncategorised else _("未分类")


def figures_for(actor: Actor, now: datetime) -> list[DeskFigure]:
    return [figure for made in _figures.values() for figure in made(actor, now)]


def kept_counts(name: str, actor: Actor, now: datetime, make: Callable[[], T]) -> T:
    """
    What `make` counted within the reach of the actor, kept by each process for two minutes: it changes slowly and everybody opens this page.

    Only counts are to be kept, never words: those are made afterwards, in the reader's language.
    """
    who = tuple(sorted((s.role, s.path, s.unit_id or 0) for s in actor.standings))
    return cast(T, _counts.get((name, now.astimezone(ZONE).date(), who), make))


View = Callable[..., HttpResponseBase]


def at_desk(view: View) -> View:
    """Only for those who work here: anybody else is told so, and where their own pages are."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
        if not actor.is_staff:
            raise NotAllowed(
                "not_staff",
                _("工作台供社区、街道和承办单位的工作人员使用。"),
                turn_to=_("居民请在首页提出和查看自己的诉求。"),
                would_signing_in_help=actor.is_anonymous,
            )
        response = view(request, *args, **kwargs)
        # Names and words that are not public pass through these pages: nothing keeps them.
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return guarded


def promise_chip(due: datetime | None, now: datetime) -> tuple[str, str]:
    """
    How a promise reads in a list, and its tone: late red, today gold, later blue; no promise running, no words.
    """
    if due is None:
        return "", "plain"
    if due < now:
        return _("超期 %(time)s") % {"time": words.minutes_words(now - due)}, "red"
    day, today = due.astimezone(ZONE).date(), now.astimezone(ZONE).date()
    if day == today:
        return _("今天 %(time)s") % {"time": words.clock(due)}, "gold"
    if day == today + timedelta(days=1):
        return _("明天 %(time)s") % {"time": words.clock(due)}, "blue"
    return words.date_long(due, today), "blue"
