"""Changing keys and suites: everything sealed stays readable and is still found, also when the run was killed half way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from linli.kernel.access import resealing
from linli.kernel.access.sealed import Sealed, cipher
from linli.kernel.accounts.actions import phone_index
from linli.kernel.accounts.checks import sealed_fields, sealed_files
from linli.kernel.accounts.commands import keys
from linli.kernel.accounts.models import Account, Event
from linli.kernel.accounts.queries import account_page
from linli.kernel.notices.models import Delivery, Message
from linli.kernel.people.actions import register_person
from linli.kernel.people.models import Person
from linli.kernel.people.queries import find_people
from linli.lib.crypto import KeyRing
from linli.loops.council.ballots.models import Hearing, Openings, Proxy, Reading, Sheet
from linli.loops.council.motions.models import Decision, Evidence
from linli.ports.open311.models import Report
from linli.ports.tables import storage
from linli.ports.webhooks.models import Subscription
from tests.council import factories as council
from tests.factories import HOUSE, NOW, Cast, account_of, build_cast, raised
from tests.faults.house import ROOT, House, wait_until
from tests.worlds import laid_down_again

COLUMNS = {
    "accounts.account.phone",
    "people.person.identity",
    "people.person.phone",
    "people.person.address",
    "notices.delivery.to",
    "ports.report.contact",
    "ports.subscription.secret",
    "ballots.ballot.key",
    "ballots.proxy.instruction",
    "ballots.reading.choice",
    "ballots.reading.second",
    "ballots.hearing.choice",
    "ballots.openings.kept",
    "motions.evidence.kept",
}
FOUND = {"13800138001": ["林素珍"], "510107195203040022": ["林素珍"], "芳草苑 3 栋 1 单元 502": ["林素珍"], "139 1111 2222": ["zhang"]}


# What each test begins with, so that one sealing serves them all.
FIRST = KeyRing.new()


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A key file for this test alone; the cipher of the others comes back afterwards."""
    settings.FIELD_KEYS, settings.FIELD_KEYS_PATH, settings.CRYPTO_SUITE = "", tmp_path / "field.keys", "international"
    FIRST.save(settings.FIELD_KEYS_PATH)
    # Whatever runs in this process and whatever files other tests left behind are under other keys.
    settings.DATA_DIR = tmp_path
    cipher.cache_clear()
    yield tmp_path / "field.keys"
    cipher.cache_clear()


@pytest.fixture
def cast(own_keys: Path, db: None) -> Cast:
    return sealed_everywhere()


@laid_down_again
def sealed_everywhere() -> Cast:
    """The cast, and something in every sealed column there is."""
    cast = build_cast()
    for n in range(5):
        register_person(actor=HOUSE, name=f"居民{n}", now=NOW, phone=f"1390000000{n}", home_place=cast.here.homes[0])
    account = account_of("zhang", phone="13911112222")
    message = Message.objects.create(account=account, title="受理", created_at=NOW)
    Delivery.objects.create(message=message, channel="sms", to="13911112222", next_try_at=NOW)
    Report.objects.create(matter=raised(cast), contact="13911113333")
    Subscription.objects.create(account=account, name="平台", url="https://example.org/", secret="whsec_1", created_at=NOW)
    ballot = council.opened(council.build_council(cast), secrecy="secret")
    voter = ballot.roll.voters.first()
    Proxy.objects.create(ballot=ballot, voter=voter, holder=cast.person, instruction='"agree"', recorded_at=NOW)
    sheet = Sheet.objects.create(ballot=ballot, voter=voter, code="ABCDEFGHJKLM", printed_at=NOW)
    Reading.objects.create(sheet=sheet, choice='"agree"', second='"agree"', received_at=NOW, keyed_at=NOW, keyed_by=account)
    two = {"recorder": account, "witness_id": cast.community_head.account_id}
    Hearing.objects.create(ballot=ballot, voter=voter, choice='"agree"', channel="phone", heard_at=NOW, **two)
    Openings.objects.create(ballot=ballot, kept="{}")
    then = {"decided_at": NOW, "posted_at": NOW, "holds_from": NOW}
    decision = Decision.objects.create(motion=ballot.motion, step=1, body="owners", how="ballot", passed=True, text="修", **then)
    Evidence.objects.create(decision=decision, made_at=NOW, digest="0" * 64, size=2, kept="{}")
    return cast


def opened() -> dict[str, dict[int, str]]:
    """Every sealed value of the house: column -> row -> text."""
    return {
        str(column): {row.pk: getattr(row, column.field.attname).open() for row in column.filled.order_by("pk")}
        for column in resealing.columns()
    }


def found(cast: Cast) -> dict[str, list[str]]:
    """Who is found by which exact value."""
    *of_people, of_account = FOUND
    held, _more = account_page(cast.inside["security_admin"], now=NOW, text=of_account)
    return {text: [p.name for p in find_people(cast.community_worker, text)] for text in of_people} | {
        of_account: [one.account.username for one in held]
    }


def heads() -> set[bytes]:
    """Suite and key of all values: their first two bytes."""
    return {getattr(row, column.field.attname).blob[:2] for column in resealing.columns() for row in column.filled}


def rotate(*options: str) -> Result:
    return CliRunner().invoke(keys, ["rotate", "--quiet", *options])


def change_suite(settings: Any, suite: str) -> None:
    settings.CRYPTO_SUITE = suite
    cipher.cache_clear()


def test_every_sealed_column_is_known_and_filled_here(cast: Cast) -> None:
    assert {column for column, rows in opened().items() if rows} == set(opened()) == COLUMNS
    assert found(cast) == FOUND


def test_after_a_change_of_keys_everything_is_read_and_found_as_before(cast: Cast, own_keys: Path) -> None:
    before = opened()

    done = rotate()

    assert done.exit_code == 0, done.output
    assert KeyRing.load(own_keys).primary == 2
    assert own_keys.stat().st_mode & 0o777 == 0o600
    assert heads() == {b"\x01\x02"}
    assert opened() == before
    assert found(cast) == FOUND
    total = sum(len(rows) for rows in before.values())
    assert f"{total} 条已用新密钥加密，共 {total} 条" in done.output
    assert Event.objects.get(kind="keys_rotated").details == {"count": total, "left": 0}


def test_the_old_key_may_go_once_the_run_is_complete(cast: Cast, own_keys: Path) -> None:
    before = opened()
    rotate()
    ring = KeyRing.load(own_keys)

    KeyRing(ring.keys[:1], ring.index_key).save(own_keys)
    cipher.cache_clear()

    assert opened() == before
    assert found(cast) == FOUND


def test_resuming_what_is_finished_writes_nothing(cast: Cast, own_keys: Path) -> None:
    rotate()
    blobs, ring = list(Person.objects.values_list("phone", flat=True).order_by("pk")), own_keys.read_text()

    done = rotate("--resume")

    assert done.exit_code == 0
    assert "0 条已用新密钥加密" in done.output
    assert own_keys.read_text() == ring
    assert [b.blob for b in Person.objects.values_list("phone", flat=True).order_by("pk")] == [b.blob for b in blobs]


@pytest.mark.parametrize(("one", "other", "byte"), [("international", "national", 2), ("national", "international", 1)])
@pytest.mark.parametrize("options", [["--resume"], []], ids=["same key", "new key"])
def test_after_a_change_of_suite_everything_is_read_and_found(
    own_keys: Path, settings: Any, request: pytest.FixtureRequest, one: str, other: str, byte: int, options: list[str]
) -> None:
    change_suite(settings, one)
    cast = request.getfixturevalue("cast")
    before, indexes = opened(), dict(Person.objects.exclude(phone_blind=None).values_list("pk", "phone_blind"))
    change_suite(settings, other)
    assert found(cast) != FOUND  # the indexes are still those of the other suite

    done = rotate(*options)

    assert done.exit_code == 0, done.output
    assert {head[0] for head in heads()} == {byte}
    assert opened() == before
    assert found(cast) == FOUND
    for person in Person.objects.filter(pk__in=indexes):
        assert bytes(person.phone_blind or b"") == phone_index(person.phone.open()) != bytes(indexes[person.pk] or b"")
    assert list(sealed_fields()) == []


def test_an_index_that_was_left_out_on_purpose_stays_out(cast: Cast, settings: Any) -> None:
    Person.objects.filter(pk=cast.person.pk).update(phone_blind=None)
    change_suite(settings, "national")

    assert rotate().exit_code == 0

    assert Person.objects.get(pk=cast.person.pk).phone_blind is None


def test_a_right_value_with_the_index_of_another_suite_is_mended(cast: Cast, settings: Any) -> None:
    rotate()
    change_suite(settings, "national")
    foreign = phone_index("13800138001")
    change_suite(settings, "international")
    Person.objects.filter(pk=cast.person.pk).update(phone_blind=foreign)

    assert rotate("--resume").exit_code == 0

    assert found(cast) == FOUND


def test_a_damaged_value_is_named_and_stops_nothing_else(cast: Cast) -> None:
    person = Person.objects.get(name="居民2")
    blob = person.phone.blob
    Person.objects.filter(pk=person.pk).update(phone=Sealed(blob[:-1] + bytes([blob[-1] ^ 1]), "people.person.phone"))

    done = rotate()

    assert done.exit_code == 1
    assert f"people.person.phone #{person.pk}" in done.output
    assert "有 1 条没有动" in done.output
    assert heads() == {b"\x01\x01", b"\x01\x02"}
    assert found(cast) == FOUND


def test_two_who_stand_for_the_same_number_are_named_and_neither_is_lost(cast: Cast, settings: Any) -> None:
    change_suite(settings, "national")
    old = Account.objects.get(username="zhang")
    new = account_of("zhang.again", phone="13911112222")  # not found under the new suite, so opened a second time

    done = rotate()

    assert done.exit_code == 1
    assert f"accounts.account.phone #{old.pk}：和 #{new.pk} 的内容相同" in done.output
    assert Account.objects.get(pk=old.pk).phone.open() == Account.objects.get(pk=new.pk).phone.open() == "13911112222"
    new.phone, new.phone_blind = "", None
    new.save()
    assert rotate("--resume").exit_code == 0
    assert found(cast) == FOUND


def test_keys_from_the_environment_are_changed_there(cast: Cast, settings: Any, own_keys: Path) -> None:
    before, ring = opened(), KeyRing.load(own_keys)
    settings.FIELD_KEYS = ring.dump()
    cipher.cache_clear()

    refused = rotate()

    assert refused.exit_code == 1
    assert "LINLI_FIELD_KEYS" in refused.output
    assert own_keys.read_text() == ring.dump()
    settings.FIELD_KEYS = ring.rotated().dump()
    assert rotate("--resume").exit_code == 0
    assert heads() == {b"\x01\x02"}
    assert opened() == before


def test_the_check_says_what_is_still_under_an_old_key_and_what_no_key_opens(cast: Cast, own_keys: Path) -> None:
    assert list(sealed_fields()) == []
    ring = KeyRing.load(own_keys)

    ring.rotated().save(own_keys)
    cipher.cache_clear()

    assert {problem.warning for problem in sealed_fields()} == {True}
    assert len(list(sealed_fields())) == len(COLUMNS)
    KeyRing.new().save(own_keys)
    cipher.cache_clear()
    assert {problem.warning for problem in sealed_fields()} == {False}
    assert len(list(sealed_fields())) == len(COLUMNS)


# A run that the system ends in the middle of the second batch, as `kill -9` would.
KILLED = """
import os, signal, sys
import django; django.setup()
from linli.config.cli import run
from linli.kernel.access import resealing
from linli.lib.crypto import FieldCipher
resealing.BATCH, seal, sealed = 5, FieldCipher.encrypt, []
def counted(self, plain, context):
    sealed.append(plain)
    if len(sealed) == 8:
        os.kill(os.getpid(), signal.SIGKILL)
    return seal(self, plain, context)
FieldCipher.encrypt = counted
sys.exit(run(["keys", "rotate", "--quiet"]))
"""
SETTLED = """
from django.utils import timezone
from linli.kernel.access.actor import system
from linli.kernel.people.actions import register_person
for n in range(20):
    register_person(actor=system("tests", channel="cli"), name=f"居民{n}", now=timezone.now(), phone=f"139000000{n:02d}")
"""
LOOKED = """
from collections import Counter
from linli.kernel.accounts.actions import phone_index
from linli.kernel.people.models import Person
people = list(Person.objects.order_by("pk"))
print(json.dumps({
    "heads": Counter(p.phone.blob[:2].hex() for p in people),
    "texts": [p.phone.open() for p in people],
    "found": [Person.objects.filter(phone_blind=phone_index(p.phone.open())).count() for p in people],
}))
"""


@pytest.mark.slow
@pytest.mark.any_database  # what PostgreSQL keeps of a killed process, tests/faults shows
def test_a_killed_run_leaves_every_value_readable_and_the_next_one_goes_on(tmp_path: Path, installed: Callable[[Path], str]) -> None:
    texts = [f"139000000{n:02d}" for n in range(20)]
    house = House(tmp_path / "house", installed(tmp_path / "house"))
    house.script(SETTLED)
    house.env["LINLI_CRYPTO_SUITE"] = "national"

    killed = subprocess.run([sys.executable, "-c", KILLED], env=house.env, cwd=ROOT, capture_output=True, text=True, check=False)

    assert killed.returncode == -9, killed.stderr
    half = house.script(LOOKED)
    assert half["heads"] == {"0202": 5, "0101": 15}  # the first batch is kept, the second was rolled back
    assert half["texts"] == texts
    assert half["found"] == [1] * 5 + [0] * 15
    resumed = subprocess.run(
        [sys.executable, "-m", "linli.config.cli", "keys", "rotate", "--resume"],
        env=house.env, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert resumed.returncode == 0, resumed.stderr
    whole = house.script(LOOKED)
    assert whole == {"heads": {"0202": 20}, "texts": texts, "found": [1] * 20}


# --- while the house is at work, and files that wait ---------------------------------------------------------------------
def cli(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "linli.config.cli", *words], env=house.env, cwd=ROOT, capture_output=True, text=True, check=False
    )


def held(path: Path, by: int) -> bool:
    """Whether this process holds the lock on the file, as the kernel lists them: asking for the lock would keep out whoever is about to take it."""
    locked = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines() if "->" not in line]
    return path.exists() and any(int(words[4]) == by and words[5].endswith(f":{path.stat().st_ino}") for words in locked)


@pytest.mark.slow
@pytest.mark.any_database  # the lock is a file's
def test_keys_are_not_changed_while_the_site_or_the_worker_runs(tmp_path: Path, installed: Callable[[Path], str]) -> None:
    house = House(tmp_path / "house", installed(tmp_path / "house"))
    house.script(SETTLED)
    keys_before = (house.folder / "field.keys").read_text()
    try:
        house.start_web()
        beside_web = cli(house, "keys", "rotate", "--quiet")
        house.kill(house.web)
        house.start_worker()
        worker = house.worker
        assert worker is not None
        wait_until(lambda: held(house.folder / "keys.lock", worker.pid), "the worker at its work")
        beside_worker = cli(house, "keys", "rotate", "--quiet")
        untouched = (house.folder / "field.keys").read_text()
    finally:
        house.stop()
    alone = cli(house, "keys", "rotate", "--quiet")

    assert beside_web.returncode == 1 and "还在运行" in beside_web.stderr
    assert beside_worker.returncode == 1 and "还在运行" in beside_worker.stderr
    assert untouched == keys_before
    assert alone.returncode == 0, alone.stderr
    assert (house.folder / "field.keys").read_text() != keys_before


def test_a_sheet_that_waits_to_be_imported_is_sealed_anew_and_still_read(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    name, damaged = storage.keep("姓名\n王小明".encode()), storage.keep(b"x")
    path, broken = tmp_path / "imports" / name, tmp_path / "imports" / damaged
    broken.write_bytes(broken.read_bytes()[:-1] + b"\x00")
    before = path.read_bytes()
    (tmp_path / "imports" / "job-1.progress").write_text("read 50", encoding="ascii")

    done = rotate()

    assert done.exit_code == 1 and f"ports.tables.imports #{damaged}：解不开" in done.output
    assert (before[:2], path.read_bytes()[:2]) == (b"\x01\x01", b"\x01\x02")
    assert storage.fetch(name).decode() == "姓名\n王小明" and path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "imports" / "job-1.progress").read_text() == "read 50"
    assert [damaged in str(problem.text) for problem in sealed_files()] == [True]
    assert not list((tmp_path / "imports").glob(".*"))
