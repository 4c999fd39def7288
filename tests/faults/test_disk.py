"""A database that cannot be written: a clear message, nothing half written, reading goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from linli.kernel.matters.models import Entry, Matter
from tests.faults.house import House
from tests.installation import lay_down
from tests.ports.village import settle

# Fills the disk for one process: no file may grow beyond what it is now, plus a little.
FILL = """
import resource, signal
from pathlib import Path
from django.conf import settings
from django.test import Client
from django.db import connection
from linli.kernel.places.models import Place
settings.ALLOWED_HOSTS.append("testserver")
building = Place.objects.get(name="3 栋").pk
def send(n):
    return Client(raise_request_exception=False).post("/api/v1/requests", data=json.dumps({"title": f"第 {n} 件", "body": "很长" * 1500, "place_id": building}),
        content_type="application/json", headers={"Authorization": "Bearer %s"})
acknowledged = [send(n).json()["ref"] for n in range(3)]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
largest = max(p.stat().st_size for p in Path(settings.DATA_DIR).glob("linli.sqlite3*"))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 200_000, hard))
refused = None
for n in range(3, 400):
    answer = send(n)
    if answer.status_code == 201:
        acknowledged.append(answer.json()["ref"])
    else:
        refused = (answer.status_code, answer.headers["Content-Type"], answer.json()["code"])
        break
read = Client().get("/api/v1/requests").status_code
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
connection.close()
after = send(999).status_code
from linli.kernel.matters.models import Matter
from linli.kernel.matters.verify import verify_timelines
print(json.dumps({"acknowledged": acknowledged, "refused": refused, "read": read, "after": after, "there": sorted(f"R{pk}" for pk in Matter.objects.exclude(title="第 999 件").values_list("pk", flat=True)), "faults": [str(f) for f in verify_timelines()]}))
"""


@pytest.mark.slow
def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    lay_down(tmp_path, "sqlite")
    house = House(tmp_path)
    known = house.settle()

    found = house.script(FILL.replace("%s", known["tokens"]["resident"]))

    assert found["refused"] == [503, "application/problem+json", "cannot_write"]
    assert sorted(found["acknowledged"]) == found["there"] and found["faults"] == []
    assert found["read"] == 200 and found["after"] == 201, "reading goes on, and writing does again once there is room"


def forbid_writing(forbidden: bool) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA query_only={'ON' if forbidden else 'OFF'}")
        else:
            cursor.execute(f"SET default_transaction_read_only = {'on' if forbidden else 'off'}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_read_only_database_refuses_writes_in_words_and_still_reads(language: str) -> None:
    village = settle()
    client, body = Client(), json.dumps({"title": "路灯", "place_id": village.building.pk})
    raising: dict[str, Any] = {
        "data": body,
        "content_type": "application/json",
        "headers": village.headers("resident", **{"Accept-Language": language}),
    }
    assert client.post("/api/v1/requests", **raising).status_code == 201
    before = (Matter.objects.count(), Entry.objects.count())

    forbid_writing(True)
    try:
        written = client.post("/api/v1/requests", **raising)
        keyed = client.post("/api/v1/requests", **{**raising, "headers": {**raising["headers"], "Idempotency-Key": "k"}})
        report = client.post(
            "/open311/v2/requests.json",
            {"api_key": village.tokens["resident"], "service_code": "parking_shortage", "lat": "30.63", "long": "104.06"},
        )
        read = client.get("/api/v1/requests")
    finally:
        forbid_writing(False)

    assert {a.status_code for a in (written, keyed, report)} == {503}
    assert written.json()["code"] == keyed.json()["code"] == "cannot_write" and written.json()["retry_after"] == 300
    assert read.status_code == 200
    assert (Matter.objects.count(), Entry.objects.count()) == before
