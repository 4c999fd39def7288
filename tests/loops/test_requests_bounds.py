"""How often the database is asked: the same with 1, with 3 and with 300 matters, and never more than today."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.kernel.matters.models import Matter
from linli.kernel.matters.queries import inbox, matter_for
from linli.loops.requests.actions import dispatch, handling, judging
from linli.loops.requests.queries import Filter, request_page, whole_request
from tests.factories import NOW, Cast, accepted, dispatched, in_progress, raised, resolved

# These only fall.
RAISE, TRANSITION, INBOX, PAGE, WHOLE = 20, 22, 2, 4, 11


def asked(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len([q for q in captured.captured_queries if "SAVEPOINT" not in q["sql"]])


def test_raising_asks_the_database_a_bounded_number_of_times(cast: Cast) -> None:
    raised(cast)

    assert asked(lambda: raised(cast, title="再来一件")) <= RAISE


@pytest.mark.parametrize(
    ("make", "act"),
    [
        (raised, lambda c, m: dispatch.accept(actor=c.community_worker, matter_id=m.pk, now=NOW, seen=m.version)),
        (accepted, lambda c, m: dispatch.dispatch(actor=c.community_worker, matter_id=m.pk, now=NOW, unit=c.here.units["housing"])),
        (dispatched, lambda c, m: handling.start(actor=c.department_handler, matter_id=m.pk, now=NOW)),
        (in_progress, lambda c, m: handling.answer(actor=c.department_handler, matter_id=m.pk, now=NOW, text="在修")),
        (in_progress, lambda c, m: handling.ask(actor=c.department_handler, matter_id=m.pk, now=NOW, text="哪一部？")),
        (in_progress, lambda c, m: handling.resolve(actor=c.department_handler, matter_id=m.pk, now=NOW, text="好了")),
        (resolved, lambda c, m: judging.rate(actor=c.raiser, matter_id=m.pk, now=NOW, answered=True, solved=True, satisfied=True)),
    ],
    ids=["accept", "dispatch", "start", "answer", "ask", "resolve", "rate"],
)
def test_each_transition_asks_the_database_a_bounded_number_of_times(cast: Cast, make: Any, act: Any) -> None:
    act(cast, make(cast))
    matter = make(cast, title="再来一件")

    assert asked(lambda: act(cast, matter)) <= TRANSITION


def many(cast: Cast, count: int) -> Matter:
    """`count` requests in the inbox of the community; all but the first few are copies, written at once."""
    first = raised(cast)
    for number in range(min(count, 3) - 1):
        raised(cast, title=f"第 {number} 件", place=cast.here.buildings[number % 2])
    order = first.orders.get()
    if count > 3:
        rows = []
        for number in range(count - 3):
            copy = Matter.objects.get(pk=first.pk)
            copy.pk, copy.title = None, f"副本 {number}"
            rows.append(copy)
        made = Matter.objects.bulk_create(rows)
        order.__class__.objects.bulk_create(
            order.__class__(matter=m, unit=order.unit, task=order.task, opened_at=NOW, due_at=order.due_at) for m in made
        )
    return first


@pytest.mark.parametrize("count", [1, 3, 300])
def test_lists_and_pages_ask_as_often_whatever_their_length(cast: Cast, count: int) -> None:
    first = many(cast, count)
    actor = cast.community_worker
    request_page(actor, Filter(), NOW)

    assert asked(lambda: inbox(actor)) <= INBOX
    assert asked(lambda: request_page(actor, Filter(), NOW)) <= PAGE
    assert asked(lambda: whole_request(actor, matter_for(actor, first.pk), NOW)) <= WHOLE + 1  # and the matter itself
    assert len(inbox(actor, limit=500)) == count
    assert len(request_page(actor, Filter(), NOW).rows) == min(count, 20)
