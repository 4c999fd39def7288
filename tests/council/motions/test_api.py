"""Motions in JSON: the same verbs, the same refusals, the same secrets as on the page."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account
from linli.loops.council.motions.models import Motion
from tests.council import factories as c
from tests.council.factories import Council
from tests.factories import DAY, HOUSE, NOW
from tests.loops.square_reader import reader

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def at_now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def key(actor: Actor) -> dict[str, str]:
    account = Account.objects.get(pk=actor.account_id)
    _token, secret = make_token(actor=HOUSE, account=account, name="test", scopes=["*"], now=NOW)
    return {"Authorization": f"Bearer {secret}"}


def test_a_motion_is_drafted_submitted_and_seconded(council: Council) -> None:
    raiser, neighbour = key(council.residents[0]), key(council.residents[1])
    client = reader()
    sent = {
        "title": "中心花园改造",
        "place_id": council.compound.pk,
        "road": "four_steps",
        "options": [{"title": "铺砖", "cost_fen": 3_600_000}],
    }

    made = client.post("/api/v1/motions", sent, content_type="application/json", headers=raiser)
    assert made.status_code == 201, made.content
    ref = made.json()["ref"]
    assert client.get(f"/api/v1/motions/{ref}", headers=neighbour).status_code == 404
    submitted = client.post(f"/api/v1/motions/{ref}/submit", {}, content_type="application/json", headers=raiser)
    assert submitted.json()["state"] == "seconding"
    seconded = client.post(f"/api/v1/motions/{ref}/second", headers=neighbour)
    again = client.post(f"/api/v1/motions/{ref}/second", headers=neighbour)

    assert seconded.json()["state"] == "screening"
    assert again.status_code == 409
    assert again.json()["code"] == "home_already"
    whole = client.get(f"/api/v1/motions/{ref}").json()
    assert whole["options"][0]["cost_fen"] == 3_600_000
    assert [s["state"] for s in whole["steps"]][:3] == ["done", "done", "now"]


def test_the_list_narrows_and_pages(council: Council) -> None:
    for n in range(3):
        c.submitted(council, title=f"议题 {n}")
    c.drafted(council, title="草稿")
    client = reader()

    first = client.get("/api/v1/motions?limit=2&status=seconding").json()
    second = client.get(f"/api/v1/motions?limit=2&status=seconding&cursor={first['next_cursor']}").json()

    assert [m["title"] for m in first["items"] + second["items"]] == ["议题 2", "议题 1", "议题 0"]
    assert second["next_cursor"] is None


def test_an_objection_and_a_rating_follow_the_same_rules(council: Council) -> None:
    matter = c.posted(council)
    with time_machine.travel(NOW + 4 * DAY, tick=False):
        mine = key(council.residents[2])
        done = reader().post(f"/api/v1/motions/{matter.ref}/object", {"text": "数错了"}, content_type="application/json", headers=mine)
        refused = reader().post(f"/api/v1/motions/{matter.ref}/rate", {"satisfied": True}, content_type="application/json", headers=mine)

    assert done.status_code == 200
    assert refused.status_code == 409
    assert Motion.objects.get().decisions.get().objections.count() == 1
