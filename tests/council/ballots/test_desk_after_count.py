"""The Desk after the count: openings handed to the witnesses and erased, a failed bundle tried again, the official result with its sums."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from linli.insight.choice import verify_bundle
from linli.loops.council.ballots.actions import publishing
from linli.loops.council.ballots.models import Ballot, Published
from linli.loops.council.motions.figures import figures_of
from linli.loops.council.motions.models import Decision
from tests.council.factories import CLOSES, Council, cast, counted, opened
from tests.factories import DAY
from tests.loops.square_reader import reader

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def after_the_close(settings: Any) -> Any:
    settings.STAFF_SECOND_FACTOR = "optional"
    with time_machine.travel(CLOSES + DAY, tick=False):
        yield


def page(client: Client, ballot: Ballot) -> str:
    answer = client.get(f"/desk/ballots/{ballot.pk}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_witnesses_get_the_openings_with_the_command_and_the_desk_forgets_them(council: Council) -> None:
    ballot = opened(council, secrecy="secret")
    for who in range(30):
        cast(council, ballot, who, "against" if who % 3 == 0 else "agree")
    counted(council, ballot)
    client, base = reader(council.head), f"/desk/ballots/{ballot.pk}/openings/"
    assert "表决包公布以后才能取" in page(client, ballot)
    assert client.post(base, {"witnesses": "李四、王五"}).status_code == 409
    publishing.build_due(CLOSES)

    assert f"--openings openings-{ballot.pk}.json" in page(client, ballot)
    assert client.post(base, {"witnesses": ""}).status_code == 422
    assert client.post(f"{base}erase/").status_code == 409
    taken = client.post(base, {"witnesses": "李四、王五"})
    assert taken.status_code == 200
    assert taken["Cache-Control"] == "no-store"
    assert verify_bundle.verify_openings(json.loads(publishing.file_of(ballot.pk)[0]), json.loads(taken.content)) == []
    assert "交给：李四、王五" in page(client, ballot)
    assert client.post(f"{base}erase/").status_code == 302
    assert "已从这里删除" in page(client, ballot)
    assert client.post(base, {"witnesses": "李四"}).status_code == 409


def test_a_named_ballot_has_nothing_to_hand_over(council: Council) -> None:
    ballot = opened(council)
    cast(council, ballot, 1)
    counted(council, ballot)
    client = reader(council.head)
    assert "监票人保管的封存内容" not in page(client, ballot)
    assert client.post(f"/desk/ballots/{ballot.pk}/openings/", {"witnesses": "李四"}).status_code == 404


def test_a_bundle_that_failed_says_why_and_is_tried_again(council: Council) -> None:
    ballot = opened(council)
    cast(council, ballot, 1)
    counted(council, ballot)
    client, again = reader(council.head), f"/desk/ballots/{ballot.pk}/bundle/again/"
    assert client.post(again).status_code == 409
    Published.objects.filter(pk=ballot.pk).update(state=Published.State.FAILED, problem="the disk was full")
    assert "the disk was full" in page(client, ballot)
    assert client.post(again).status_code == 302
    assert publishing.build_due(CLOSES) == 1


def test_the_official_result_comes_with_sums_that_fit_the_roll_and_its_proof(council: Council) -> None:
    ballot = opened(council, jurisdiction="CN-BJ")
    cast(council, ballot, 1)
    counted(council, ballot)
    client, to = reader(council.head), f"/desk/ballots/{ballot.pk}/official/"
    proof = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(proof, "PNG")

    def sent(**typed: Any) -> Any:
        picture = SimpleUploadedFile("证明.png", proof.getvalue(), "image/png")
        whole = {
            "passed": "yes",
            "text": "平台编号 7，通过。",
            "proof": picture,
            "participating_owners": "30",
            "participating_area": "2,546.25",
        }
        return client.post(to, {**whole, "agree_owners": "28", "agree_area": "2376.50", **typed})

    for wrong in ({"participating_owners": "41"}, {"agree_owners": "31"}, {"agree_area": "9999"}, {"participating_area": "viel"}):
        answer = sent(**wrong)
        assert answer.status_code == 422
        assert "平台编号 7" in answer.content.decode()
    assert sent().status_code == 302

    rows = figures_of(Decision.objects.get(motion=ballot.motion).figures, ballot.profile)
    assert [(row.label, row.met) for row in rows] == [
        ("参与表决（专有面积）", True), ("参与表决（业主人数）", True), ("同意（专有面积）", True), ("同意（业主人数）", True),
    ]  # fmt: skip
