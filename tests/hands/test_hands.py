"""Asking about hands at the Desk: who may, what is answered in the background, what too little past says, with the switch off."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound, Refused
from linli.kernel.accounts.models import Account
from linli.kernel.judgement.actions import turn_switch
from linli.kernel.judgement.switches import forget
from linli.kernel.matters.models import WorkOrder
from linli.loops.hands import actions
from linli.loops.hands.actions import answer_due, ask
from linli.loops.hands.models import Question
from tests.factories import DAY, HOUSE, NOW, Cast, build_cast, dispatched

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings: Any) -> Cast:
    settings.STAFF_SECOND_FACTOR = "optional"
    return build_cast()


def lived(cast: Cast, orders: int = 300) -> None:
    """The housing unit's last three months: cases handled, most within their two days."""
    matter, unit, random = dispatched(cast), cast.here.units["housing"], Random(1)
    rows = []
    for n in range(orders):
        opened = NOW - timedelta(days=84 * (1 - n / orders)) + timedelta(hours=random.randrange(6))
        closed = opened + timedelta(hours=random.choice([3, 5, 20, 30, 70]))
        done = closed < NOW
        rows.append(
            WorkOrder(
                matter=matter,
                unit=unit,
                task="handle",
                state="done" if done else "open",
                opened_at=opened,
                due_at=opened + 2 * DAY,
                closed_at=closed if done else None,
            )
        )
    WorkOrder.objects.bulk_create(rows)


def browser(cast: Cast, role: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=cast.inside[role].account_id))
    return client


def page(client: Client, path: str, most: int = 12) -> str:
    with time_machine.travel(NOW, tick=False), CaptureQueriesContext(connection) as asked:
        text = client.get(path).content.decode()
    assert len(asked) <= most
    return text


def test_a_head_asks_and_the_worker_answers_with_what_the_past_says(cast: Cast) -> None:
    lived(cast)
    client = browser(cast, "community_head")
    assert "增减几个人" in page(client, "/desk/hands/")
    with time_machine.travel(NOW, tick=False):
        sent = client.post("/desk/hands/ask/", {"unit": cast.here.units["housing"].pk, "extra": "1", "promise_hours": "24", "hands": "2"})
    question = Question.objects.get()

    assert sent["Location"] == f"/desk/hands/{question.pk}/"
    assert "正在算" in page(client, f"/desk/hands/{question.pk}/")
    assert answer_due(NOW) == 1
    assert answer_due(NOW) == 0
    text = page(client, f"/desk/hands/{question.pk}/")
    assert "多 1 个人，承诺 24 小时" in text
    assert "相差" in text
    question.refresh_from_db()
    assert (question.failed, question.answer["why_none"], question.answer["hands"]) == (False, "", 2)
    assert abs(question.answer["back"]["predicted"] - question.answer["back"]["real"]) < 0.15
    assert question.answer["then"][0] < question.answer["now"][0]
    assert "承诺 24 小时" in page(client, "/desk/hands/")


def test_too_little_past_says_so_and_a_failure_is_told(cast: Cast, monkeypatch: Any) -> None:
    head, unit = cast.inside["community_head"], cast.here.units["housing"].pk
    first = ask(actor=head, unit_id=unit, extra=1, now=NOW)
    assert ask(actor=head, unit_id=unit, extra=1, now=NOW) == first
    assert answer_due(NOW) == 1
    assert "过去的记录太少" in page(browser(cast, "community_head"), f"/desk/hands/{first.pk}/")

    def broken(*_given: Any) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("linli.loops.hands.reckoning.reckoned", broken)
    second = ask(actor=head, unit_id=unit, extra=2, now=NOW)
    assert answer_due(NOW) == 1
    assert "没有算出来" in page(browser(cast, "community_head"), f"/desk/hands/{second.pk}/")


def test_one_begun_by_another_worker_is_left_alone_for_a_while(cast: Cast) -> None:
    made = ask(actor=cast.inside["community_head"], unit_id=cast.here.units["housing"].pk, now=NOW)
    Question.objects.filter(pk=made.pk).update(begun_at=NOW)

    assert answer_due(NOW + timedelta(minutes=1)) == 0
    assert answer_due(NOW + actions.LEASE + timedelta(minutes=1)) == 1


def test_who_may_not_ask_and_what_cannot_be_asked_is_refused(cast: Cast, monkeypatch: Any) -> None:
    head, unit = cast.inside["community_head"], cast.here.units["housing"]
    with pytest.raises(NotAllowed):
        ask(actor=cast.inside["grid_worker"], unit_id=unit.pk, now=NOW)
    with pytest.raises(NotFound):
        ask(actor=cast.outside["community_head"], unit_id=unit.pk, now=NOW)
    for wrong in ({"hands": 0}, {"hands": 2, "extra": -2}, {"extra": 99}, {"promise_hours": 0}, {"category": "nothing"}):
        with pytest.raises(Invalid):
            ask(actor=head, unit_id=unit.pk, now=NOW, **wrong)
    client = browser(cast, "community_head")
    with time_machine.travel(NOW, tick=False):
        answer = client.post("/desk/hands/ask/", {"unit": unit.pk, "extra": "99"})
    assert answer.status_code == 422
    assert "不能超过 50" in answer.content.decode()
    made = ask(actor=cast.inside["street_officer"], unit_id=unit.pk, now=NOW)
    assert browser(cast, "grid_worker").get(f"/desk/hands/{made.pk}/").status_code in (403, 404)
    monkeypatch.setattr(actions, "HAS_SIMPY", False)
    with pytest.raises(Refused):
        ask(actor=head, unit_id=unit.pk, extra=3, now=NOW)
    assert answer_due(NOW) == 0


def test_with_the_switch_off_nothing_is_offered(cast: Cast) -> None:
    turn_switch(actor=HOUSE, function="hands", on=False, place=None, now=NOW)
    forget()

    assert "没有打开人手测算" in page(browser(cast, "community_head"), "/desk/hands/")
    with pytest.raises(Refused):
        ask(actor=cast.inside["community_head"], unit_id=cast.here.units["housing"].pk, now=NOW)
