"""A reader is learned from the office's own confirmed records, is taken only when it reads the newest ones better, and gives way to the keyword rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from linli.kernel.access.refusals import Conflict
from linli.kernel.judgement.actions import turn_switch
from linli.kernel.judgement.switches import forget as forget_switches
from linli.kernel.matters.models import Category, Matter, Suggestion
from linli.kernel.reading import duties, shelf
from linli.kernel.reading.actions import NothingToLearn, parted, retrain
from linli.kernel.reading.checks import reader
from linli.kernel.reading.models import Learning
from linli.kernel.reading.records import codes_by_path, records, text_of
from linli.loops.requests.actions import dispatch
from linli.loops.requests.suggest import ENGINE, suggest
from tests.factories import DAY, HOUR, HOUSE, NOW, Cast, raised

SAID = {
    "toilet": ("茅房臭得没法进", "解手的地方冲不了", "茅房的门关不上"),
    "lift_repair": ("上下楼的铁笼子卡住了", "铁笼子半夜咣当响", "铁笼子又停了"),
    "parking_fee": ("停一晚要四十块太贵", "收停钱没有票", "停钱涨了也不说"),
}
WHERE = ("东边", "西边", "三栋", "七栋", "门口", "花坛旁", "北门", "活动室")


@pytest.fixture
def readers(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.FILES_DIR = tmp_path
    shelf.forget()
    forget_switches()
    yield tmp_path / "readers"
    shelf.forget()
    forget_switches()


def fill(cast: Cast, count: int, *, until: Any = NOW) -> None:
    """Confirmed requests, one every four hours before `until`."""
    one = raised(cast)
    pairs = [(code, said) for code, all_said in SAID.items() for said in all_said]
    categories = {c.code: c for c in Category.objects.filter(code__in=SAID)}
    rows = []
    for n in range(count):
        code, said = pairs[n % len(pairs)]
        at = until - 4 * HOUR * (count - n)
        row = Matter(**{f.attname: getattr(one, f.attname) for f in Matter._meta.concrete_fields if f.attname not in ("id", "external_id")})
        row.title, row.body = f"{WHERE[n % 8]}{said}", f"{WHERE[n % 8]}{said}，{WHERE[n // 8 % 8]}也有人说"
        row.public_title, row.public_body, row.category = row.title, row.body, categories[code]
        row.raised_at, row.accepted_at, row.updated_at, row.state = at, at + HOUR, at + HOUR, "accepted"
        rows.append(row)
    Matter.objects.bulk_create(rows)


@pytest.mark.django_db
def test_a_reader_is_taken_when_better_reads_at_once_and_gives_way(cast: Cast, readers: Path) -> None:
    with pytest.raises(NothingToLearn) as few:
        retrain(now=NOW)
    assert "150" in str(few.value.turn_to)
    assert suggest("铁笼子停在三楼", "").engine == ENGINE

    fill(cast, 240)
    first = retrain(now=NOW, night=date(2026, 6, 10))
    assert first.decision == Learning.Decision.TAKEN
    assert first.right > first.before_right, "the words people use here stand in no keyword rule"
    assert (first.rows, first.labels, first.before) == (240, 3, None)
    assert first.judged_from
    assert first.judged + len([r for r in records(NOW) if r.raised_at < first.judged_from]) == 240
    assert (first.judged, first.learned_until) == (48, NOW - 4 * HOUR)
    assert [p.name for p in readers.iterdir()] == [f"{first.digest}.reader"]
    assert "铁笼".encode() not in shelf.path_of(first).read_bytes()

    made = suggest("七栋的铁笼子又不动了", "", place=cast.here.homes[0])
    assert (made.category.code, made.engine, made.sure) == ("lift_repair", first.engine, True)
    assert made.category.reason == ("笼子",), "the word of the house that spoke"
    assert len(made.others) == 2
    assert (made.department.code, made.department.confidence >= made.category.confidence) == ("property_manager", True)
    matter = raised(cast, title="铁笼子夜里停了", body="铁笼子夜里停了")
    rows = {s.field: s for s in Suggestion.objects.filter(matter=matter)}
    assert (rows["category"].engine, rows["unit"].suggested, rows["urgency"].engine) == (first.engine, "property_manager", ENGINE)
    assert [o["code"] for o in rows["category"].others] == [s.code for s in suggest("铁笼子夜里停了", "").others]
    dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW, unit=cast.here.units["property"])
    assert Suggestion.objects.get(matter=matter, field="unit").chosen == "property_manager"

    turn_switch(actor=cast.community_head, function="kind", on=False, place=cast.here.community, now=NOW)
    forget_switches()
    assert suggest("铁笼子停在三楼", "", place=cast.here.homes[0]).engine == ENGINE
    assert suggest("铁笼子停在三楼", "", place=cast.there.homes[0]).engine == first.engine

    with pytest.raises(NothingToLearn):
        retrain(now=NOW + DAY)  # nothing it has not learned from
    fill(cast, 60, until=NOW + 12 * DAY)
    second = retrain(now=NOW + 12 * DAY)
    assert (second.decision, second.before, second.digest) == (Learning.Decision.KEPT, first, "")
    assert second.right == second.before_right, "as good is not better"
    assert shelf.standing() == first

    assert list(reader()) == []
    shelf.path_of(first).write_bytes(shelf.path_of(first).read_bytes()[:-9])
    shelf.forget()
    assert suggest("铁笼子停在三楼", "").engine == ENGINE, "a damaged file: the keyword rules take over"
    assert len(list(reader())) == 1
    fill(cast, 60, until=NOW + 13 * DAY)
    third = retrain(now=NOW + 13 * DAY, night=date(2026, 6, 23))
    assert third.decision == Learning.Decision.TAKEN, "one that cannot be read is judged as the rules"
    first.refresh_from_db()
    assert first.replaced_at == NOW + 13 * DAY


@pytest.mark.django_db
def test_a_night_is_learned_once_and_only_with_enough(cast: Cast, readers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []

    class Child:
        def __init__(self, command: list[str]) -> None:
            begun.append(command)

        def poll(self) -> int:
            return 0

    monkeypatch.setattr(duties.subprocess, "Popen", Child)
    night = NOW.replace(hour=2) + DAY
    assert duties.learn(night) == 0, "too few records"
    fill(cast, 200)
    assert duties.learn(NOW) == 0, "by day the machine has other work"
    assert duties.learn(night) == 1
    assert begun[0][-4:] == ["insight", "retrain", "--night", "2026-06-11"]
    Learning.objects.create(night=date(2026, 6, 11), decided_at=night)
    assert duties.learn(night) == 0
    with pytest.raises(Conflict):
        retrain(now=night, night=date(2026, 6, 11))


@pytest.mark.django_db
def test_records_are_what_people_confirmed_under_the_path_of_its_category(cast: Cast) -> None:
    fill(cast, 4)
    raised(cast)
    Matter.objects.filter(title__startswith="西边").update(state="withdrawn")
    found = records(NOW)

    assert [r.label for r in found] == ["waste/toilet", "waste/toilet", "building/lift_repair"]
    assert records(NOW, 2) == found[1:], "the newest, where fewer are asked for"
    assert codes_by_path()["building/lift_repair"] == "lift_repair"
    assert text_of("停水三天…", "停水三天，没人管") == "停水三天，没人管"
    assert text_of("停水", "三天了") == "停水\n三天了"
    earlier, newest = parted(found * 30, None, NOW + 365 * DAY)
    assert (len(earlier), len(newest)) == (72, 18)
    assert HOUSE.is_system
