"""Every act of the Desk on a ballot goes by JSON too: set up, opened, delivered, taken on every channel, settled, counted; nothing of a secret choice leaves."""

from __future__ import annotations

import io
from typing import Any

import pytest
import time_machine
from django.test import Client

from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account
from linli.kernel.files.actions import store_paper
from linli.kernel.rolls.models import Voter
from linli.loops.council.ballots.models import Ballot, Delivery, Hearing, Proxy, Reading, Settlement, Vote
from linli.loops.council.motions.actions import preparing
from tests.council.factories import CLOSES, OPENS, Council, cast, frozen_roll, scheduled
from tests.factories import DAY, HOUR, HOUSE, NOW
from tests.papers import pdf

pytestmark = [pytest.mark.django_db]


def caller(account_id: int | None) -> Client:
    token = make_token(actor=HOUSE, account=Account.objects.get(pk=account_id), name="t", scopes=["*"], now=NOW)[1]
    return Client(headers={"Authorization": f"Bearer {token}"})


def post(who: Client, path: str, given: dict[str, Any] | None = None, at: Any = OPENS + DAY, status: int = 200) -> Any:
    with time_machine.travel(at, tick=False):
        answer = who.post(f"/api/v1/{path}", given or {}, content_type="application/json")
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def test_a_ballot_is_run_from_its_setting_up_to_its_count_through_the_api(council: Council) -> None:
    head, worker, resident = (caller(one.account_id) for one in (council.head, council.worker, council.residents[0]))
    matter, roll = scheduled(council), frozen_roll(council)
    seqs = {who: Voter.objects.get(roll=roll, person=council.owners[who]).seq for who in (0, 10, 11, 20, 30)}
    terms = {
        "roll_id": roll.pk, "opens_at": OPENS.isoformat(), "closes_at": CLOSES.isoformat(), "profile": "owners.civil_code.ordinary",
        "secrecy": "named",
    }  # fmt: skip
    post(resident, f"motions/{matter.ref}/ballot", terms, NOW, 403)
    assert "profile" in post(head, f"motions/{matter.ref}/ballot", {**terms, "profile": "nonsense"}, NOW, 422)["errors"]
    ballot = post(head, f"motions/{matter.ref}/ballot", terms, NOW, 201)["id"]
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW)
    base = f"ballots/{ballot}"

    delivery = {"seqs": [seqs[10], seqs[11]], "how": "door", "outcome": "unreachable", "note": "没有人应门"}
    assert post(worker, f"{base}/deliveries", delivery, NOW + DAY)["count"] == Delivery.objects.count() == 2
    assert post(worker, f"{base}/deliveries", {**delivery, "seqs": [seqs[10], 9999]}, NOW + DAY, 404)["code"]
    assert Delivery.objects.count() == 2, "all or none"
    with time_machine.travel(NOW + DAY, tick=False):
        ledger = worker.get(f"/api/v1/{base}/deliveries?only=failed&limit=1").json()
        one = ledger["items"][0]
        assert (one["seq"], one["reached"], one["voted"]) == (min(seqs[10], seqs[11]), False, False) and ledger["next_cursor"] == one["seq"]
        assert [a["how"] for a in one["attempts"]] == ["door"] and "邻居1" not in str(ledger)
        assert len(worker.get(f"/api/v1/{base}/deliveries?limit=100").json()["items"]) == roll.voter_count
        assert resident.get(f"/api/v1/{base}/deliveries").status_code == 403
    assert post(worker, f"{base}/deliveries/announce", at=NOW + DAY)["count"] == 2

    post(worker, f"{base}/open", at=OPENS, status=403)
    assert post(head, f"{base}/open", at=OPENS)["state"] == "open"
    code = post(worker, f"{base}/sheets", {"seqs": [seqs[20]]})[0]["code"]
    paper = {"choice": "agree", "received_at": (OPENS + HOUR).isoformat()}
    assert post(worker, f"ballot-sheets/{code}/readings", paper)["state"] == "waiting"
    with time_machine.travel(OPENS + DAY, tick=False):
        rows = head.get(f"/api/v1/{base}/readings").json()
    assert [(r["code"], r["seq"], r["state"]) for r in rows] == [(code, seqs[20], "waiting")] and "choice" not in rows[0]
    assert post(head, f"ballot-sheets/{code}/readings", paper)["state"] == "confirmed"

    cast(council, Ballot.objects.get(pk=ballot), 0, "agree", now=OPENS + HOUR)
    heard = {"seq": seqs[0], "choice": "against", "channel": "phone", "consent": True, "witness_id": council.head.account_id}
    hearing = post(worker, f"{base}/hearings", heard)["id"]
    with time_machine.travel(OPENS + DAY, tick=False):
        (row,) = head.get(f"/api/v1/{base}/hearings").json()
    assert (row["id"], row["seq"], row["for_me"]) == (hearing, seqs[0], True) and "choice" not in row
    post(worker, f"{base}/hearings/{hearing}/confirm", status=403)
    assert post(head, f"{base}/hearings/{hearing}/confirm")["state"] == "conflict"

    with time_machine.travel(OPENS + DAY, tick=False):
        rows = head.get(f"/api/v1/{base}/conflicts").json()
    assert [row["seq"] for row in rows] == [seqs[0]] and {vote["channel"] for vote in rows[0]["votes"]} == {"online", "phone"}
    assert "choice" not in str(rows)
    own = next(vote["id"] for vote in rows[0]["votes"] if vote["channel"] == "online")
    post(worker, f"{base}/conflicts/settle", {"seq": seqs[0], "vote_id": own, "reason": "本人到社区"}, status=403)
    post(head, f"{base}/conflicts/settle", {"seq": seqs[0], "vote_id": own, "reason": "本人到社区"})

    file = store_paper(actor=council.worker, upload=io.BytesIO(pdf()), name="委托书.pdf", now=OPENS)
    given = {"seq": seqs[30], "holder_id": council.owners[1].pk, "authority": file.pk, "instruction": "agree"}
    proxy = post(worker, f"{base}/proxies", given)["id"]
    assert post(worker, f"{base}/proxies/{proxy}/cast", {"choice": "against"}, status=409)["code"] == "against_instruction"
    assert post(worker, f"{base}/proxies/{proxy}/cast", {"choice": "agree"})["state"] == "stands"
    with time_machine.travel(OPENS + DAY, tick=False):
        (row,) = worker.get(f"/api/v1/{base}/proxies").json()
    assert (row["id"], row["used"], row["instructed"], row["holder"]) == (proxy, True, True, "邻**")
    assert post(worker, f"{base}/remind")["count"] >= 0

    assert post(head, f"{base}/count", at=CLOSES - HOUR, status=409)["code"]
    Ballot.objects.filter(pk=ballot).update(state="closed", closed_at=CLOSES)
    assert post(head, f"{base}/count", at=CLOSES)["state"] == "counted"
    assert Vote.objects.filter(ballot_id=ballot, state="stands").count() == 3
    assert (Settlement.objects.count(), Reading.objects.count(), Hearing.objects.count(), Proxy.objects.count()) == (1, 1, 1, 1)
