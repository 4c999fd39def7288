"""Messages: written with the act, delivered afterwards, none lost, none doubled; and pictures, which keep no secret of their maker."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connections
from django.db.models import F
from PIL import Image

from linli.kernel.access.refusals import Invalid, NotAllowed, Refused
from linli.kernel.files.actions import store_picture
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Party
from linli.kernel.notices import outbox
from linli.kernel.notices.actions import Addressee, mark_read, publish_notice, record_call, send
from linli.kernel.notices.models import Delivery, Message
from linli.kernel.people.models import Person
from linli.loops.requests.actions import dispatch
from tests.factories import DAY, HOUSE, MINUTE, NOW, Cast, build_cast, raised


class Gateway:
    """Notes what it was given; fails as often as told."""

    def __init__(self, fails: int = 0) -> None:
        self.sent: list[dict[str, str]] = []
        self.fails = fails

    def __call__(self, **message: str) -> None:
        self.sent.append(message)
        if self.fails:
            self.fails -= 1
            raise ConnectionError("gateway is down")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    made = Gateway()
    monkeypatch.setattr(outbox, "_gateways", {"sms": lambda: made})
    yield made


def told(cast: Cast, by: str = "sms", key: str = "k") -> Delivery:
    person = Person.objects.get(pk=cast.person.pk)
    person.contact_by = by
    person.save()
    send(
        [Addressee(person=person)],
        key=key,
        title="已受理",
        body="您的诉求已受理",
        address="/requests/R1/",
        about="R1",
        place_path=cast.here.community.path,
        now=NOW,
    )
    return Delivery.objects.get(message__key__startswith=f"{key}:")


# --- written ------------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("by", "channel"), [("app", None), ("none", None), ("sms", "sms"), ("phone", "call")])
def test_each_person_is_told_in_the_way_they_chose(cast: Cast, by: str, channel: str | None) -> None:
    Person.objects.filter(pk=cast.person.pk).update(contact_by=by)
    dispatch.accept(actor=cast.community_worker, matter_id=raised(cast).pk, now=NOW)

    assert Message.objects.filter(person_id=cast.person.pk).count() == 1
    assert list(Delivery.objects.filter(message__person_id=cast.person.pk).values_list("channel", flat=True)) == (
        [channel] if channel else []
    )


@pytest.mark.parametrize("by", ["sms", "app"])
def test_the_same_occasion_is_told_once(cast: Cast, by: str) -> None:
    person = Person.objects.get(pk=cast.person.pk)
    person.contact_by = by
    for _twice in range(2):
        send([Addressee(person=person)] * 2, key="k", title="t", body="b", address="/", about="R1", place_path="", now=NOW)

    assert (Message.objects.count(), Delivery.objects.count()) == (1, 1 if by == "sms" else 0)


def test_nobody_is_told_of_their_own_act_and_an_act_that_failed_tells_nobody(cast: Cast) -> None:
    matter = raised(cast)
    Message.objects.all().delete()
    with pytest.raises(Refused):
        dispatch.decline(actor=cast.community_worker, matter_id=matter.pk, now=NOW, text="", reason="outside_duty", turn_to="12345")

    assert Message.objects.count() == 0
    assert Party.objects.filter(matter=matter).count() == 1


def test_reading_is_for_ones_own_messages(cast: Cast) -> None:
    message = told(cast).message

    assert mark_read(actor=cast.neighbour, message_ids=[message.pk], now=NOW) == 0
    assert mark_read(actor=cast.raiser, message_ids=[message.pk], now=NOW) == 1
    assert mark_read(actor=cast.raiser, message_ids=[message.pk], now=NOW) == 0


# --- delivered -----------------------------------------------------------------------------------------------------------------------------
def test_a_delivery_is_sent_once_with_its_own_key(cast: Cast, gateway: Gateway) -> None:
    delivery = told(cast)

    assert outbox.deliver_due(NOW) == 1
    assert outbox.deliver_due(NOW + DAY) == 0

    delivery.refresh_from_db()
    assert (delivery.state, delivery.done_at, delivery.tries) == ("sent", NOW, 1)
    assert gateway.sent == [{"to": "13800138001", "title": "已受理", "body": "您的诉求已受理", "key": f"linli-{delivery.pk}"}]


def test_a_gateway_that_is_down_is_tried_again_after_growing_waits_with_the_same_key(cast: Cast, gateway: Gateway) -> None:
    delivery, now = told(cast), NOW
    gateway.fails = len(outbox.WAITS)

    for wait in outbox.WAITS:
        assert outbox.deliver_due(now) == 1
        assert outbox.deliver_due(now + wait - MINUTE / 2) == 0
        now += wait
    assert outbox.deliver_due(now) == 1

    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("sent", len(outbox.WAITS) + 1)
    assert {m["key"] for m in gateway.sent} == {f"linli-{delivery.pk}"}
    assert list(outbox.WAITS) == sorted(outbox.WAITS)


def test_what_never_goes_is_given_up_with_its_reason_kept(cast: Cast, gateway: Gateway) -> None:
    delivery, now = told(cast), NOW
    gateway.fails = 99

    for wait in (*outbox.WAITS, DAY):
        outbox.deliver_due(now)
        now += wait

    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome) == ("failed", "gateway is down")
    assert outbox.deliver_due(now + DAY) == 0


def test_one_that_fails_holds_no_other_back(cast: Cast, gateway: Gateway) -> None:
    told(cast, key="a")
    told(cast, key="b")
    gateway.fails = 1

    assert outbox.deliver_due(NOW) == 2
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent", "waiting"]


def test_a_worker_that_was_killed_loses_nothing(cast: Cast, gateway: Gateway) -> None:
    delivery = told(cast)
    assert [d.pk for d in outbox._claim(NOW)] == [delivery.pk]  # claimed, and then killed

    assert outbox.deliver_due(NOW + outbox.LEASE) == 0
    assert outbox.deliver_due(NOW + outbox.LEASE + MINUTE) == 1
    assert len(gateway.sent) == 1


def test_without_a_gateway_a_message_stays_in_app(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_gateways", {})
    delivery = told(cast)

    outbox.deliver_due(NOW)

    delivery.refresh_from_db()
    assert delivery.state == "dropped"
    assert Message.objects.filter(person_id=cast.person.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_send_each_message_once(gateway: Gateway) -> None:
    cast = build_cast()
    for number in range(12):
        told(cast, key=f"k{number}")
    ready = threading.Barrier(3)

    def work() -> None:
        try:
            ready.wait(10)
            outbox.deliver_due(NOW)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(gateway.sent) == len({m["key"] for m in gateway.sent}) == 12
    assert Delivery.objects.filter(state="sent", tries=F("tries")).count() == 12


# --- the call list ---------------------------------------------------------------------------------------------------------------------------
def test_a_call_is_never_sent_by_machine_and_is_recorded_once(cast: Cast, gateway: Gateway) -> None:
    delivery = told(cast, by="phone")
    assert outbox.deliver_due(NOW) == 0

    record_call(actor=cast.community_worker, delivery_id=delivery.pk, reached=False, outcome="无人接听", now=NOW)
    again = record_call(actor=cast.community_head, delivery_id=delivery.pk, reached=True, outcome="已告知", now=NOW)
    assert (again.state, again.tries, again.done_by_id) == ("sent", 2, cast.community_head.account_id)

    with pytest.raises(Refused) as refused:
        record_call(actor=cast.community_worker, delivery_id=delivery.pk, reached=True, outcome="已告知", now=NOW)
    assert refused.value.code == "already_called"


@pytest.mark.parametrize("who", ["resident", "department_handler", "property_manager", "auditor"])
def test_nobody_else_records_a_call(cast: Cast, who: str) -> None:
    delivery = told(cast, by="phone")
    for actor in (cast.inside[who], cast.outside["community_worker"]):
        with pytest.raises(NotAllowed):
            record_call(actor=actor, delivery_id=delivery.pk, reached=True, outcome="", now=NOW)


@pytest.mark.parametrize(("title", "body"), [("", "x"), ("x", " ")])
def test_a_notice_needs_a_title_and_words(cast: Cast, title: str, body: str) -> None:
    with pytest.raises(Invalid):
        publish_notice(actor=cast.community_head, place=cast.here.community, title=title, body=body, now=NOW)


def test_notices_are_put_up_by_those_of_the_place(cast: Cast) -> None:
    for actor in (cast.neighbour, cast.outside["community_worker"], cast.department_handler):
        with pytest.raises(NotAllowed):
            publish_notice(actor=actor, place=cast.here.community, title="停水", body="明天", now=NOW)
    assert publish_notice(actor=cast.community_worker, place=cast.here.community, title="停水", body="明天", now=NOW).published_at == NOW


# --- pictures --------------------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def media(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("linli.kernel.files.actions.default_storage", FileSystemStorage(location=tmp_path))
    return tmp_path


def picture(form: str = "JPEG", *, gps: bool = False, colour: str = "red") -> bytes:
    image, out = Image.new("RGB", (64, 48), colour), io.BytesIO()
    exif = image.getexif()
    if gps:
        exif[0x010F] = "MakerOfThePhone"
        exif.get_ifd(0x8825)[2] = (30.0, 37.0, 48.0)
        exif.get_ifd(0x8825)[1] = "N"
    image.save(out, form, **({"exif": exif} if gps else {}))
    return out.getvalue()


def store(content: bytes, name: str = "p.jpg", now: datetime = NOW) -> StoredFile:
    return store_picture(actor=HOUSE, upload=io.BytesIO(content), name=name, now=now)


def test_a_picture_keeps_neither_its_place_nor_its_maker(media: Any, db: None) -> None:
    content = picture(gps=True)
    assert b"MakerOfThePhone" in content

    stored = store(content)

    for name in (stored.stored_as, stored.thumbnail_as):
        kept = (media / name).read_bytes()
        assert b"MakerOfThePhone" not in kept
        assert not Image.open(io.BytesIO(kept)).getexif()
        assert not kept.endswith(content[-200:])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<html><script>alert(1)</script></html>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("a.jpg", b"PK\x03\x04" + b"\0" * 100),
        ("a.jpg", b""),
        ("a.jpg", b"\xff\xd8\xff\xe0 not a picture"),
        ("a.pdf", b"%PDF-1.7"),
        ("a.php", b"<?php system($_GET[0]); ?>"),
        ("a.jpg", b"GIF89a<script>"),
    ],
)
def test_what_is_no_picture_is_refused_in_words_on_its_field(media: Any, db: None, name: str, content: bytes) -> None:
    with pytest.raises(Invalid) as invalid:
        store(content, name)

    assert list(invalid.value.fields) == ["photo"]
    assert StoredFile.objects.count() == 0
    assert not [p for p in media.rglob("*") if p.is_file()]


@pytest.mark.parametrize("tail", [b"PK\x03\x04 zip at the end", b"<script>alert(1)</script>", b"\0" * 1000])
def test_what_hangs_behind_a_picture_is_cut_off(media: Any, db: None, tail: bytes) -> None:
    try:
        stored = store(picture() + tail)
    except Invalid:
        return

    assert tail not in (media / stored.stored_as).read_bytes()


def test_the_same_picture_is_stored_once(media: Any, db: None) -> None:
    assert store(picture()).stored_as == store(picture(), "other name.jpg").stored_as
    assert len([p for p in media.rglob("*") if p.is_file()]) == 2


def test_one_that_is_too_large_is_refused_before_it_is_opened(media: Any, db: None, settings: Any) -> None:
    settings.MAX_UPLOAD_MB = 1

    with pytest.raises(Invalid) as invalid:
        store(b"\xff\xd8\xff" + b"x" * (1024 * 1024 + 1))

    assert "1 MB" in str(invalid.value)
