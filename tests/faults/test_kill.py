"""kill -9 of web and worker while acknowledged writes stream in: none lost, none doubled, every notification goes out."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults.house import House, wait_until
from tests.ports.receiver import Receiver

pytestmark = pytest.mark.slow
PAIRS = 60  # each is raised, then accepted: two acknowledged writes

# Deliveries a dead worker had claimed come free when its lease ends: the clock is an argument, so nobody waits for it.
SEND_THE_REST = """
from datetime import timedelta
from django.utils import timezone
from linli.kernel.notices.outbox import deliver_due
from linli.ports.webhooks.actions import deliver_due as push_due
now = timezone.now()
for step in range(1, 40):
    deliver_due(now + timedelta(minutes=3 * step)); push_due(now + timedelta(minutes=3 * step))
from linli.kernel.notices.models import Delivery
from linli.ports.webhooks.models import Parcel
print(json.dumps({"deliveries": Delivery.objects.count(), "sent": Delivery.objects.filter(state="sent").count(), "parcels": Parcel.objects.count(), "pushed": Parcel.objects.filter(state="sent").count()}))
"""

LOOK = """
from linli.kernel.matters.models import Matter, Entry
from linli.kernel.matters.verify import verify_timelines
from linli.ports.api.models import KeptAnswer
rows = list(Matter.objects.values_list("pk", "title", "state"))
print(json.dumps({"rows": rows, "entries": Entry.objects.count(), "faults": [str(f) for f in verify_timelines()], "kept": KeptAnswer.objects.count()}))
"""


class Clients:
    """Several clients at once, each insisting on an answer under the same key until it has one."""

    def __init__(self, house: House, known: dict[str, Any], person: int) -> None:
        self.house, self.known, self.person = house, known, person
        self.acknowledged: dict[str, str] = {}
        self.again = 0
        self._lock = threading.Lock()
        self.wrong: list[str] = []

    def run(self, numbers: range) -> None:
        for number in numbers:
            body = {"title": f"第 {number} 件", "place_id": self.known["building"], "channel": "phone", "person_id": self.person}
            raised = self.insist("/requests/on-behalf", body, f"r{number}")
            if raised:
                self.insist(f"/requests/{raised['ref']}/accept", {}, f"a{number}")

    def insist(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any] | None:
        headers = {"Authorization": f"Bearer {self.known['tokens']['worker']}", "Idempotency-Key": key}
        for _try in range(2000):
            try:
                answer = requests.post(f"{self.house.url}/api/v1{path}", json=body, headers=headers, timeout=30)
            except requests.RequestException:
                self.again += 1
                threading.Event().wait(0.05)
                continue
            if answer.status_code in (200, 201):
                with self._lock:
                    self.acknowledged[key] = answer.json()["ref"]
                return dict(answer.json())
            if answer.status_code not in (409, 500, 502, 503):
                self.wrong.append(f"{key}: {answer.status_code} {answer.text[:200]}")
                return None
            threading.Event().wait(0.05)
        self.wrong.append(f"{key}: never answered")
        return None


def test_no_acknowledged_write_is_lost_or_doubled_when_everything_is_killed(tmp_path: Path, durable: str) -> None:
    with Receiver() as sms:
        house = House(tmp_path, durable, LINLI_SMS_URL=sms.url, LINLI_WEBHOOK_PRIVATE="on")
        try:
            known = house.settle()
            person = house.script(
                "from django.utils import timezone\n"
                "from linli.kernel.people.actions import register_person\n"
                "from linli.kernel.places.models import Place\n"
                "from tests.ports.village import SETUP\n"
                f"p, _ = register_person(actor=SETUP, name='王小明', phone='13812345678', now=timezone.now(), contact_by='sms', home_place=Place.objects.get(pk={known['building']}))\n"
                "print(json.dumps(p.pk))"
            )
            with Receiver() as hook:
                house.script(
                    "from django.utils import timezone\n"
                    "from linli.kernel.accounts.models import Account\nfrom linli.kernel.accounts.queries import actor_of\nfrom linli.kernel.places.models import Place\n"
                    "from linli.ports.webhooks.actions import subscribe\n"
                    "a = actor_of(Account.objects.get(username='officer'), now=timezone.now())\n"
                    f"subscribe(actor=a, name='x', url='{hook.url}', events=['request.accepted'], place=Place.objects.get(code='510107020000'), now=timezone.now())"
                )
                house.start_web()
                house.start_worker()
                clients = Clients(house, known, person)
                threads = [threading.Thread(target=clients.run, args=(range(n, PAIRS, 3),)) for n in range(3)]
                for thread in threads:
                    thread.start()
                for share in (1, 2, 3):
                    wait_until(
                        lambda share=share: len(clients.acknowledged) >= 30 * share or not any(t.is_alive() for t in threads),
                        "acknowledged writes",
                    )  # type: ignore[misc]  # bound now
                    house.kill(house.worker)
                    house.kill(house.web)
                    house.start_web()
                    house.start_worker()
                for thread in threads:
                    thread.join()
                house.stop()
                out = house.script(SEND_THE_REST)
            found = house.script(LOOK)
        finally:
            house.stop()

    assert clients.wrong == []
    assert clients.again > 0, "nobody noticed the kills"
    assert len(clients.acknowledged) == 2 * PAIRS
    by_title = {title: (pk, state) for pk, title, state in found["rows"]}
    assert len(found["rows"]) == len(by_title) == PAIRS, "none doubled"
    assert {f"R{pk}" for pk, _state in by_title.values()} == set(clients.acknowledged.values()), "none lost"
    assert {state for _pk, state in by_title.values()} == {"accepted"}
    assert found["faults"] == []
    assert out["sent"] == out["deliveries"] == PAIRS == len({g.headers["idempotency-key"] for g in sms.got}), (
        "each told once, after dropping repeats by key"
    )
    assert out["pushed"] == out["parcels"] == PAIRS == len({g.headers["x-linli-id"] for g in hook.got})


def test_a_worker_killed_in_mid_stream_loses_and_doubles_no_message(tmp_path: Path, durable: str) -> None:
    with Receiver() as sms:
        house = House(tmp_path, durable, LINLI_SMS_URL=sms.url)
        try:
            house.settle()
            house.script(
                "from django.utils import timezone\n"
                "from linli.kernel.notices.models import Delivery, Message\n"
                "now = timezone.now()\n"
                "ms = Message.objects.bulk_create([Message(key=f'm{n}', title=f'{n}', created_at=now) for n in range(200)])\n"
                "Delivery.objects.bulk_create([Delivery(message=m, channel='sms', to='13812345678', next_try_at=now) for m in ms])"
            )
            for reached in (20, 70, 120):
                house.start_worker()
                wait_until(lambda reached=reached: len(sms.got) >= reached, "messages at the gateway")  # type: ignore[misc]  # bound now
                house.kill(house.worker)
            out = house.script(SEND_THE_REST)
        finally:
            house.stop()

    assert out["sent"] == 200 == len({g.headers["idempotency-key"] for g in sms.got})
    assert len(sms.got) < 210, "at most one message a kill is seen twice"
