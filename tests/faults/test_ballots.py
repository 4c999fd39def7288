"""A burst of votes with kill -9 of the server in the middle: no acknowledged vote is missing, none counts twice."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults.house import House, wait_until

pytestmark = pytest.mark.slow
VOTES, CLIENTS, KILLS = 300, 6, 3

PREPARE = """
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from tests.council.electorate import build
print(json.dumps(asdict(build({votes}, datetime.now(UTC) + timedelta(hours=1)))))
"""

LOOK = """
from datetime import timedelta
from linli.insight.choice import verify_bundle
from linli.kernel.access.actor import system
from linli.loops.council.ballots.actions import counting, publishing, setting_up
from linli.loops.council.ballots.models import Ballot, Vote
ballot = Ballot.objects.get()
rows = list(Vote.objects.values_list("voter__seq", "choice", "state", "receipt"))
after = ballot.closes_at + timedelta(minutes=1)
setting_up.close_due(after)
counted = counting.count(actor=system("tests"), ballot_id=ballot.pk, now=after)
publishing.build_due(after)
bundle = json.loads(publishing.file_of(ballot.pk)[0])
print(json.dumps({"rows": rows, "owners": counted.result["law"]["participating"]["owners"], "faults": verify_bundle.verify(bundle), "in_bundle": len(bundle["votes"])}))
"""


class Voters:
    """Clients that insist on an answer, with a key of each vote's own, through every kill."""

    def __init__(self, house: House, known: dict[str, Any]) -> None:
        self.house, self.known = house, known
        self.acknowledged: dict[int, str] = {}
        self.wrong: list[str] = []
        self.again = 0
        self._lock = threading.Lock()

    def run(self, numbers: range) -> None:
        for number in numbers:
            self.vote(number)

    def vote(self, number: int) -> None:
        headers = {"Authorization": f"Bearer {self.known['tokens'][number]}", "Idempotency-Key": f"v{number}"}
        choice = "against" if number % 3 else "agree"
        for _try in range(3000):
            try:
                answer = requests.post(
                    f"{self.house.url}/api/v1/ballots/{self.known['ballot_id']}/votes", json={"choice": choice}, headers=headers, timeout=30
                )
            except requests.RequestException:
                self.again += 1
                threading.Event().wait(0.05)
                continue
            if answer.status_code == 201:
                with self._lock:
                    self.acknowledged[self.known["seqs"][number]] = answer.json()["receipt"]
                return
            if answer.status_code not in (409, 500, 502, 503):
                self.wrong.append(f"{number}: {answer.status_code} {answer.text[:200]}")
                return
            threading.Event().wait(0.05)
        self.wrong.append(f"{number}: never answered")


def test_no_acknowledged_vote_is_missing_and_none_counts_twice_after_a_kill(tmp_path: Path, durable: str) -> None:
    house = House(tmp_path, durable)
    try:
        known = house.script(PREPARE.format(votes=VOTES))
        house.start_web()
        voters = Voters(house, known)
        threads = [threading.Thread(target=voters.run, args=(range(n, VOTES, CLIENTS),)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for share in range(1, KILLS + 1):
            wait_until(lambda share=share: len(voters.acknowledged) >= 60 * share, "acknowledged votes")  # type: ignore[misc]  # bound now
            house.kill(house.web)
            house.start_web()
        for thread in threads:
            thread.join()
        house.stop()
        found = house.script(LOOK)
    finally:
        house.stop()

    assert voters.wrong == []
    assert voters.again > 0, "nobody noticed the kills"
    standing = {seq: receipt for seq, _choice, state, receipt in found["rows"] if state == "stands"}
    assert standing == voters.acknowledged, "none missing, each with the receipt that was given"
    assert len(found["rows"]) == VOTES == found["owners"] == found["in_bundle"], "none twice"
    assert found["faults"] == []


# --- through the pages, at the last moment -----------------------------------------------------------------------------------
STREAM, SPIKE = 30, 90
OPEN_FOR = 16.0  # seconds from when the ballot is set up; the spike comes in the last of them
LAST = 2.5

SETTLE = """
import pickle
from pathlib import Path
from tests.council.electorate import settle
Path({path!r}).write_bytes(pickle.dumps(settle({votes})))
"""

OPEN = """
import pickle
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tests.council.electorate import open_for
closes_at = datetime.now(UTC) + timedelta(seconds={seconds})
print(json.dumps(asdict(open_for(pickle.loads(Path({path!r}).read_bytes()), closes_at)) | {{"closes_at": closes_at.timestamp()}}))
"""

LOOK_CLOSELY = LOOK.replace(
    'Vote.objects.values_list("voter__seq", "choice", "state", "receipt")',
    '[(seq, choice, state, (ballot.closes_at - at).total_seconds()) for seq, choice, state, at in Vote.objects.values_list("voter__seq", "choice", "state", "cast_at")]',
)


class AtTheirPhones:
    """Owners who press the button on the page, and press it again until the page says that the vote is kept, or that it is too late."""

    def __init__(self, house: House, known: dict[str, Any]) -> None:
        self.house, self.known = house, known
        self.kept: dict[int, str] = {}
        self.too_late: set[int] = set()
        self.wrong: list[str] = []
        self.again = 0
        self._lock = threading.Lock()

    def run(self, numbers: range) -> None:
        for number in numbers:
            self.press(number)

    def press(self, number: int) -> None:
        seq, choice = self.known["seqs"][number], "against" if number % 3 else "agree"
        address = f"{self.house.url}/ballots/{self.known['ballot_id']}/vote/{seq}/"
        cookies = {"sessionid": self.known["sessions"][number], "csrftoken": "a" * 32}
        form = {"csrfmiddlewaretoken": "a" * 32, "choice": choice, "cast": "1"}
        for _try in range(3000):
            try:
                answer = requests.post(address, data=form, cookies=cookies, timeout=30, allow_redirects=False)
            except requests.RequestException:
                self.again += 1
                threading.Event().wait(0.05)
                continue
            if answer.status_code == 302 and "/receipt/" in answer.headers["Location"]:
                with self._lock:
                    self.kept[seq] = choice
                return
            if "投票已经截止" in answer.text:
                with self._lock:
                    self.too_late.add(seq)
                return
            if answer.status_code not in (500, 502, 503):
                self.wrong.append(f"{number}: {answer.status_code} {answer.text[:200]}")
                return
            threading.Event().wait(0.05)
        self.wrong.append(f"{number}: never answered")


def all_at_once(voters: AtTheirPhones, first: int, count: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=voters.run, args=(range(first + n, first + count, CLIENTS),)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    return threads


def test_a_spike_at_closing_loses_no_vote_the_page_said_was_kept_when_the_server_is_killed(tmp_path: Path, durable: str) -> None:
    house = House(tmp_path, durable)
    try:
        settled = str(tmp_path / "settled.pickle")
        house.script(SETTLE.format(votes=STREAM + SPIKE, path=settled))
        house.start_web()
        known = house.script(OPEN.format(path=settled, seconds=OPEN_FOR))
        voters = AtTheirPhones(house, known)
        threads = all_at_once(voters, 0, STREAM)
        wait_until(lambda: time.time() > known["closes_at"] - LAST, "the last moments")
        threads += all_at_once(voters, STREAM, SPIKE)
        before = len(voters.kept)
        wait_until(lambda: len(voters.kept) >= before + SPIKE // 8 or time.time() > known["closes_at"] - 0.5, "votes of the spike")
        house.kill(house.web)
        in_time = time.time() < known["closes_at"]
        house.start_web()
        for thread in threads:
            thread.join()
        house.stop()
        found = house.script(LOOK_CLOSELY)
    finally:
        house.stop()

    assert voters.wrong == []
    assert in_time and voters.again > 0, "nobody noticed the kill, or it came after closing"
    assert len(voters.kept) >= STREAM and set(voters.kept) | voters.too_late == set(known["seqs"])
    standing = {seq: choice for seq, choice, state, _left in found["rows"] if state == "stands"}
    assert all(standing.get(seq) == choice for seq, choice in voters.kept.items()), "none missing, each as it was pressed"
    assert len(standing) == len(found["rows"]) == found["owners"] == found["in_bundle"], "none twice"
    assert all(left > 0 for _seq, _choice, _state, left in found["rows"]), "none from after closing"
    assert found["faults"] == []
