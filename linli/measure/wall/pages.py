"""The Wall's pages: all boards of a place on one page, and one board after another on a large screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, number_in
from linli.kernel.access.refusals import NotFound
from linli.kernel.access.together import Asking, answered, asking, beside, knowing
from linli.kernel.places.models import Place
from linli.lib.remembered import Remembered
from linli.measure.desk.shared import place_options
from linli.measure.queries import VERB
from linli.measure.wall import boards, queries
from linli.measure.wall.boards import BOARDS
from linli.measure.wall.queries import SIMILAR, Loop, Taking, Viewer
from linli.web.words import date_long

FASTEST, SLOWEST, USUAL = 10, 600, 20
_kept_for_strangers: Remembered[dict[str, Any]] = Remembered(60, most=200)
TALLIED: Final = frozenset({"today", "loop", "participation"})
SIDED: Final = frozenset({"indicators", "compare"})


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Every board of one place. At most twelve queries."""
    actor, now = actor_and_now(request)
    offered = queries.places_to_choose()
    v = _viewer(request, actor, now, offered)
    if v is None:
        return render(request, "measure/wall/empty.html", {"frame": "web/square.html"})
    context = {
        "frame": "web/desk.html" if v.full and actor.is_staff else "web/square.html",
        "place": v.place,
        "full": v.full,
        "may_full": table.may(actor, VERB, v.place.path),
        "places": place_options(offered),
        "boards": drawn(v, list(BOARDS)),
        "names": BOARDS,
        "made": date_long(now),
        "screen_href": f"{reverse('wall:screen', args=['today'])}?{urlencode({'place': v.place.pk, 'every': USUAL, **_kept(v)})}",
        "other_href": f"?{urlencode({'place': v.place.pk, **({'public': 1} if v.full else {})})}",
    }
    return render(request, "measure/wall/home.html", context)


def _kept(v: Viewer) -> dict[str, Any]:
    return {} if v.full else {"public": 1}


def _viewer(request: HttpRequest, actor: Actor, now: datetime, offered: Sequence[Place]) -> Viewer | None:
    """Who looks at which place; None where there is no place yet. Raises NotFound for one that has no Wall."""
    wanted = number_in(request.GET.get("place"))
    if wanted is not None:
        place = next((p for p in offered if p.pk == wanted), None) or _whole(wanted)
        if place is None:
            raise NotFound("no_place", _("没有这个地点，或者它不是社区、街道、区县。"))
    else:
        place = queries.own_place(actor)
    if place is None:
        return None
    return queries.viewer(actor, place, now, public=request.GET.get("public") == "1")


def _whole(place_id: int) -> Place | None:
    """The place with all it says of itself."""
    return Place.objects.filter(pk=place_id, kind__in=queries.LEVELS, retired_at=None).first()


def drawn(v: Viewer, wanted: Sequence[str]) -> dict[str, Any]:
    """What the wanted boards show; for strangers, to whom all say the same, it is kept a minute by each process."""
    if v.full:
        return _drawn(v, wanted)
    return _kept_for_strangers.get((v.place.pk, tuple(wanted), get_language()), lambda: _drawn(v, wanted))


def _drawn(v: Viewer, wanted: Sequence[str]) -> dict[str, Any]:
    """Asked for together."""
    nothing: Asking[Any] = knowing(None)
    similar = queries.similar(v)[: SIMILAR + 1]
    loop, ground, topics, taking, alike = answered(
        beside(
            queries.loop_of(v) if "loop" in wanted else knowing(Loop()),
            queries.ground_of(v) if "map" in wanted else nothing,
            queries.topics_of(v) if "topics" in wanted else knowing([]),
            queries.taking_of(v) if "participation" in wanted else knowing(Taking(0, 0, 0)),
            asking(similar) if "compare" in wanted else knowing([[]]),
        )
    )
    tally = queries.tallied(v) if TALLIED & set(wanted) else {}
    others = [p for p in alike[0] if p.pk != v.place.pk][:SIMILAR]
    known = answered(boards.figures_known(v, [v.place, *others])) if SIDED & set(wanted) else None
    made: dict[str, Any] = {}
    for name in wanted:
        made[name] = {
            "today": lambda: boards.today(v, tally),
            "loop": lambda: boards.loop(v, tally, loop),
            "map": lambda: boards.ground(v, ground),
            "topics": lambda: boards.topics(v, topics),
            "indicators": lambda: boards.tree(v, known) if known else {},
            "compare": lambda: boards.compare(v, known) if known else {},
            "participation": lambda: boards.participation(v, tally, taking),
        }[name]()
    return made


@never_cache
@require_safe
def screen(request: HttpRequest, board: str) -> HttpResponse:
    """
    One board in large type for a screen on a wall. With `every` it turns to the next after so many seconds, without script; `theme` is light or dark,
    whatever the device says. At most twelve queries.
    """
    if board not in BOARDS:
        raise NotFound("no_board", _("没有这一块。"))
    actor, now = actor_and_now(request)
    wanted = number_in(request.GET.get("place"))
    v = _viewer(request, actor, now, queries.places_to_choose(limit=1) if wanted is None else [])
    if v is None:
        return render(request, "measure/wall/empty.html", {"frame": "web/square.html"})
    every, theme = number_in(request.GET.get("every")), request.GET.get("theme", "")
    seconds = min(max(every, FASTEST), SLOWEST) if every else 0
    theme = theme if theme in ("light", "dark") else ""

    def at(name: str, *, every: int = seconds, theme: str = theme) -> str:
        kept = {"place": v.place.pk, **({"every": every} if every else {}), **({"theme": theme} if theme else {}), **_kept(v)}
        return f"{reverse('wall:screen', args=[name])}?{urlencode(kept)}"

    order = list(BOARDS)
    here = order.index(board)
    # How the loop flows stands below today's counts: together they are what a passer-by wants to know.
    made = drawn(v, [board, "loop"] if board == "today" else [board])
    shown = made[board]
    context = {
        "v": v,
        "board": board,
        "name": str(BOARDS[board]),
        "shown": boards.few(shown) if board == "indicators" else shown,
        "below": made["loop"] if board == "today" else None,
        "place": v.place,
        "seconds": seconds,
        "theme": theme,
        "next": at(order[(here + 1) % len(order)]),
        "previous": at(order[here - 1]),
        "turn": at(board, every=0 if seconds else USUAL),
        "light": at(board, theme="light"),
        "dark": at(board, theme="dark"),
        "all": f"{reverse('wall:home')}?{urlencode({'place': v.place.pk, **_kept(v)})}",
        "tabs": [{"label": str(word), "href": at(name), "current": name == board} for name, word in BOARDS.items()],
        "page_url": f"{settings.PUBLIC_URL}{reverse('wall:home')}?place={v.place.pk}",
        "made": date_long(now),
        "full": v.full,
        "at": here + 1,
        "of": len(order),
    }
    return render(request, "measure/wall/screen.html", context)
