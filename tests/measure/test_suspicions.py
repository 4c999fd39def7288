"""Suspicions of the records: found apart and once a day, told to those of the area, answered in words that stay, never by whose work it is."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound, Refused
from linli.kernel.accounts.models import Account
from linli.kernel.files.actions import store_picture
from linli.kernel.matters.models import Attachment, Clock, Entry, Link, Matter, Party, Rating
from linli.kernel.people.models import FieldReading
from linli.loops.council.meetings.models import AgendaItem, Meeting
from linli.measure.suspicions import looking, records
from linli.measure.suspicions.actions import answer
from linli.measure.suspicions.models import Answer, Look, PictureMark, State, Suspicion
from tests.factories import DAY, HOUR, MINUTE, NOW, Cast, build_cast, raised

pytestmark = pytest.mark.django_db
SINCE = NOW - 366 * DAY


@pytest.fixture
def cast(settings: Any) -> Cast:
    settings.STAFF_SECOND_FACTOR = "optional"
    return build_cast()


def copies(cast: Cast, many: int, side: str = "here", **values: Any) -> list[Matter]:
    """Requests like one that was raised, as rows."""
    first = Matter.objects.first() or raised(cast)
    place = getattr(cast, side).community
    rows = []
    for n in range(many):
        row = Matter.objects.get(pk=first.pk)
        row.pk = row.id = None
        row.place, row.place_path, row.community_id, row.street_id = place, place.path, place.pk, place.parent_id
        row.state, row.stage, row.is_open, row.head_hash = "closed", 7, False, ""
        for name, value in values.items():
            setattr(row, name, value(n) if callable(value) else value)
        rows.append(row)
    return Matter.objects.bulk_create(rows)


def quick(cast: Cast, many: int = 20, side: str = "here", minutes: int = 5) -> list[Matter]:
    """Recorded and finished by one hand, so many minutes later."""
    hand = cast.community_worker.account_id
    made = copies(
        cast,
        many,
        side,
        raised_at=lambda n: NOW - 3 * DAY + n * HOUR / 4,
        resolved_at=lambda n: NOW - 3 * DAY + n * HOUR / 4 + minutes * MINUTE,
    )
    Party.objects.bulk_create(Party(matter=m, account_id=hand, role="recorder", joined_at=m.raised_at) for m in made)
    Entry.objects.bulk_create(Entry(matter=m, seq=1, at=m.resolved_at, account_id=hand, verb="resolve", who="", hash="-") for m in made)
    return made


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account_id))
    return client


def page(client: Client, path: str, status: int = 200, most: int = 12) -> str:
    with time_machine.travel(NOW, tick=False), CaptureQueriesContext(connection) as asked:
        answered = client.get(path)
    assert answered.status_code == status
    assert len(asked) <= most
    return answered.getvalue().decode()


def test_what_is_found_waits_for_those_of_the_area_and_their_words_stay(cast: Cast) -> None:
    quick(cast, 60, "there", minutes=3000)
    made = quick(cast)
    assert looking.any_waits(NOW)
    assert looking.look_due(NOW) == 2
    assert not looking.any_waits(NOW) and looking.look_due(NOW) == 0

    (found,) = Suspicion.objects.all()
    assert (found.detector, found.place, found.period, found.state) == ("same_hand", cast.here.community, "2026-06", State.OPEN)
    assert {row.number for row in found.behind.all()} == {m.pk for m in made}

    officer = browser(cast.street_officer)
    assert "同一人几分钟内录入又办结" in page(officer, "/desk/suspicions/")
    text = page(officer, f"/desk/suspicions/{found.pk}/")
    assert "20 件" in text and made[0].ref in text and "先想正当的原因" in text
    sheet = page(officer, "/desk/suspicions/?format=csv")
    assert found.place.name in sheet
    with time_machine.travel(NOW, tick=False):
        bad = officer.post(f"/desk/suspicions/{found.pk}/answer/", {"state": "explained", "text": "好"})
        sent = officer.post(f"/desk/suspicions/{found.pk}/answer/", {"state": "explained", "text": "窗口集中办理居住证，当场办结。"})
    assert bad.status_code == 422 and "至少五个字" in bad.content.decode()
    assert sent.status_code == 302
    assert "窗口集中办理居住证" in page(officer, f"/desk/suspicions/{found.pk}/")
    assert "没有要说明的疑点" in page(officer, "/desk/suspicions/")
    assert "有正当原因" in page(officer, "/desk/suspicions/?answered=1")


def test_a_later_look_puts_away_what_no_longer_shows_and_leaves_what_was_answered(cast: Cast) -> None:
    made = quick(cast)
    looking.look_due(NOW)
    found = Suspicion.objects.get()
    Matter.objects.filter(pk__in=[m.pk for m in made[:18]]).update(resolved_at=NOW)

    looking.look_due(NOW + DAY)
    assert Suspicion.objects.get().gone_at == NOW + DAY

    Matter.objects.filter(pk__in=[m.pk for m in made[:18]]).update(resolved_at=None)
    quick(cast)
    looking.look_due(NOW + 2 * DAY)
    found.refresh_from_db()
    assert found.gone_at is None and found.found_at == NOW

    says = found.says_zh
    answer(actor=cast.street_officer, suspicion_id=found.pk, state="mend", text="以后办结前先到现场。", now=NOW + 2 * DAY)
    quick(cast)
    looking.look_due(NOW + 3 * DAY)
    found.refresh_from_db()
    assert (found.state, found.says_zh, found.seen_at) == (State.MEND, says, NOW + 3 * DAY)


def test_nobody_answers_for_their_own_work_or_outside_their_area(cast: Cast) -> None:
    quick(cast)
    looking.look_due(NOW)
    pk = Suspicion.objects.get().pk
    said = {"suspicion_id": pk, "state": "explained", "text": "窗口集中办理。", "now": NOW}
    own = Suspicion.objects.get(pk=pk).behind.first()
    assert own
    Entry.objects.filter(matter=own.number).update(account=cast.community_head.account_id)

    with pytest.raises(Refused, match="由别的同事来说明"):
        answer(actor=cast.community_head, **said)
    with pytest.raises(NotAllowed):
        answer(actor=cast.inside["auditor"], **said)
    for stranger in (cast.outside["street_officer"], cast.raiser):
        with pytest.raises(NotFound):
            answer(actor=stranger, **said)
    with pytest.raises(Invalid):
        answer(actor=cast.street_officer, **{**said, "state": "open"})
    first = answer(actor=cast.street_officer, **said)
    assert answer(actor=cast.street_officer, **said) == first
    answer(actor=cast.street_officer, **{**said, "state": "mend", "text": "还是要改流程。"})
    assert [one.state for one in Answer.objects.all()] == ["explained", "mend"]
    assert page(browser(cast.inside["auditor"]), f"/desk/suspicions/{pk}/").count("还是要改流程") == 1
    page(browser(cast.outside["street_officer"]), f"/desk/suspicions/{pk}/", status=404)


def test_a_look_that_fails_leaves_the_questions_of_the_day_before(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(cast)
    looking.look_due(NOW)

    def broken(*_given: Any) -> list[Any]:
        raise OSError("full")

    monkeypatch.setitem(records.SOURCES, "bursts", records.Source(records.SOURCES["bursts"].kind, broken))
    looking.look_due(NOW + DAY)

    assert Suspicion.objects.get().gone_at is None
    assert Look.objects.get(ground=cast.district).failed
    assert not looking.any_waits(NOW + DAY + HOUR)


def test_moments_that_cannot_be_are_told_once_a_month_of_theirs(cast: Cast) -> None:
    quick(cast, 3, minutes=-60)

    looking.look_due(NOW)
    looking.look_due(NOW + 40 * DAY)

    (found,) = Suspicion.objects.all()
    assert (found.detector, found.period, found.gone_at) == ("clocks", "2026-06", None)


def rated(cast: Cast, matter: Matter, **values: Any) -> Rating:
    given = {"round": 0, "channel": "phone", "at": NOW - HOUR, "satisfied": True, "recorded_by_id": cast.community_worker.account_id}
    return Rating.objects.create(matter=matter, **{**given, **values})


def test_ratings_are_read_with_the_call_before_them_and_without_names(cast: Cast) -> None:
    called, uncalled, own = copies(cast, 3, raised_at=NOW - 5 * DAY)
    rated(cast, called, person=cast.person, at=NOW - 2 * DAY)
    rated(cast, uncalled, person=cast.person, at=NOW - 30 * DAY)
    rated(cast, own, account_id=cast.raiser.account_id, recorded_by_id=None, channel="web")
    FieldReading.objects.create(person=cast.person, field="phone", reader_name="", purpose="回访", at=NOW - 3 * DAY)

    by_matter = {row["number"]: row for row in records.no_contact(cast.district.pk, SINCE)}
    sources = {row["number"]: row["source"] for row in records.bursts(cast.district.pk, SINCE)}

    assert by_matter[called.pk]["contact_at"] == NOW - 3 * DAY
    assert by_matter[uncalled.pk]["contact_at"] is None
    assert set(by_matter) == {called.pk, uncalled.pk}
    assert sources[called.pk] == sources[uncalled.pk] != sources[own.pk]
    assert records.bursts(None, SINCE) == []
    rated(cast, own, person=cast.person, at=NOW - 40 * DAY)
    assert records.no_contact(cast.district.pk, SINCE) == []  # where most leave no trace, nothing can be told


def test_closings_carry_when_they_were_opened_again(cast: Cast) -> None:
    (matter,) = copies(cast, 1)
    closed = NOW - 10 * DAY
    given = {"matter": matter, "subject": "resolve", "amount": 2, "unit": "days", "source": "", "started_at": closed - DAY}
    Clock.objects.create(**given, due_at=closed + HOUR, met_at=closed)
    Clock.objects.create(**given, due_at=closed + 5 * DAY, met_at=closed + 4 * DAY)
    Entry.objects.create(matter=matter, seq=1, at=closed + DAY, verb="reopen", who="", hash="-")

    rows = records.deadlines(cast.district.pk, SINCE)

    assert [(row["closed_at"], row["reopened_at"]) for row in rows] == [(closed, closed + DAY), (closed + 4 * DAY, None)]


def photo(cast: Cast, actor: Actor, seed: int) -> Any:
    image = Image.effect_noise((320, 240), 90).convert("RGB") if seed else Image.radial_gradient("L").convert("RGB")
    to = BytesIO()
    image.save(to, "PNG")
    return store_picture(actor=actor, upload=SimpleUploadedFile("a.png", to.getvalue()), name="a.png", now=NOW)


def test_a_picture_used_for_two_matters_is_found_and_its_mark_is_made_once(cast: Cast) -> None:
    one, two, tied, theirs = copies(cast, 4, raised_at=NOW - 60 * DAY)
    file = photo(cast, cast.community_worker, 0)
    Link.objects.create(source=tied, target=one, kind="repeats", made_at=NOW)
    for matter, verb, days in ((one, "resolve", 40), (two, "resolve", 20), (tied, "resolve", 10), (theirs, "raise", 5)):
        Entry.objects.create(
            matter=matter, seq=1, at=NOW - days * DAY, verb=verb, who="", hash="-", account_id=cast.community_worker.account_id
        )
        Attachment.objects.create(matter=matter, seq=1, file=file)

    looking.look_due(NOW)

    found = {one.period: sorted(row.number for row in one.behind.all()) for one in Suspicion.objects.filter(detector="pictures")}
    assert found == {"2026-05": sorted([one.pk, two.pk, tied.pk])}
    assert len(PictureMark.objects.get().mark) == 64
    with CaptureQueriesContext(connection) as asked:
        records.pictures(cast.district.pk, SINCE)
    assert not any("INSERT" in query["sql"] for query in asked)


def test_meetings_that_repeat_are_told_with_the_meetings_behind(cast: Cast) -> None:
    for n in range(16):
        meeting = Meeting.objects.create(
            place=cast.here.compound,
            place_path=cast.here.compound.path,
            body="compound",
            title=f"第{n + 1}次楼道整治协商会",
            starts_at=NOW - timedelta(days=3 * n + 1),
            opened_at=NOW - timedelta(days=3 * n + 1),
            venue="议事厅",
            chair_name="",
            recorder_name="",
            secret=str(n),
            state="ended",
            created_at=NOW,
        )
        AgendaItem.objects.create(meeting=meeting, seq=1, title="楼道堆物怎么清")

    looking.look_due(NOW)

    (found,) = Suspicion.objects.all()
    assert (found.detector, found.place, found.period) == ("events", cast.here.community, "2026-Q2")
    assert found.behind.count() == 16
    text = page(browser(cast.street_officer), f"/desk/suspicions/{found.pk}/")
    assert text.count("次楼道整治协商会") == 16
