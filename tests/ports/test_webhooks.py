"""Webhooks: what is told to whom, signed, retried, ended; and that nobody reaches inside through them."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound
from linli.kernel.notices.models import Message
from linli.loops.requests.actions import dispatch, intake
from linli.ports.webhooks import outgoing, pages, rules
from linli.ports.webhooks.actions import deliver_due, subscribe, unsubscribe
from linli.ports.webhooks.models import Happening, Parcel, Subscription
from tests.ports.receiver import Receiver
from tests.ports.village import Village

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _inside_allowed(settings: Any) -> None:
    settings.WEBHOOK_PRIVATE = True


def told(village: Village, url: str, who: str = "officer", events: Any = ("*",), place: Any = None) -> tuple[Subscription, str]:
    return subscribe(actor=village.actor(who, NOW), name="区平台", url=url, events=list(events), place=place or village.street, now=NOW)


def raised(village: Village, **more: Any) -> Any:
    return intake.raise_request(
        actor=village.actor("resident", NOW), title="电梯夜间异响", body="请打 13812345678", place=village.building, now=NOW, **more
    )


def test_an_event_arrives_signed_with_its_public_facts(village: Village) -> None:
    with Receiver() as server:
        _made, secret = told(village, server.url + "/hook?x=1", who="housing")
        matter = raised(village)
        assert deliver_due(NOW) == 1
        assert deliver_due(NOW) == 0, "it is sent once"

    got = server.got[0]
    parts = dict(p.split("=") for p in got.headers["x-linli-signature"].split(","))
    assert parts["v1"] == hmac.new(secret.encode(), f"{parts['t']}.".encode() + got.body, hashlib.sha256).hexdigest()
    said = json.loads(got.body)
    assert got.path == "/hook?x=1" and said["event"] == got.headers["x-linli-event"] == "request.raised"
    assert said["request"]["ref"] == matter.ref and said["id"] == got.headers["x-linli-id"]
    assert "13812345678" not in got.body.decode(), "a department without a work order gets what the public reads"


def test_staff_of_the_place_get_the_residents_own_words_too(village: Village) -> None:
    with Receiver() as server:
        told(village, server.url)
        raised(village)
        deliver_due(NOW)

    assert "13812345678" in json.loads(server.got[0].body)["inside"]["body"]


def test_only_the_events_and_the_place_asked_for_are_told(village: Village) -> None:
    with Receiver() as server:
        told(village, server.url, events=["request.accepted"])
        told(village, server.url, who="system", place=village.other)
        matter = raised(village)
        dispatch.accept(actor=village.actor("worker", NOW), matter_id=matter.pk, now=NOW)
        deliver_due(NOW)

    assert [json.loads(g.body)["event"] for g in server.got] == ["request.accepted"]


def test_a_private_request_is_told_only_to_those_who_may_read_it(village: Village) -> None:
    told(village, "http://127.0.0.1:9/a", who="housing")
    told(village, "http://127.0.0.1:9/b", who="officer")

    raised(village, visibility="private")

    assert [p.subscription.account.username for p in Parcel.objects.all()] == ["officer"]


def test_an_act_that_did_not_happen_is_not_told(village: Village) -> None:
    told(village, "http://127.0.0.1:9/a")

    with pytest.raises(RuntimeError), transaction.atomic():
        raised(village)
        raise RuntimeError

    assert not Happening.objects.exists() and not Parcel.objects.exists()


def test_what_failed_comes_again_with_the_same_id_and_body(village: Village) -> None:
    with Receiver(answers=lambda number, _got: (500 if number < 3 else 204, b"")) as server:
        told(village, server.url)
        raised(village)
        for minutes in (0, 0, 2, 3, 20):
            deliver_due(NOW + timedelta(minutes=minutes))

    assert len(server.got) == 3
    assert len({g.headers["x-linli-id"] for g in server.got}) == len({g.body for g in server.got}) == 1
    assert Subscription.objects.get().failing_since is None and Parcel.objects.get().state == "sent"


def test_a_worker_that_died_while_sending_leaves_the_parcel_to_the_next(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as server:
        told(village, server.url)
        raised(village)
        with monkeypatch.context() as patch:
            patch.setattr("linli.ports.webhooks.actions._try", lambda _parcel, _now: None)  # claimed, then gone
            assert deliver_due(NOW) == 1
        assert deliver_due(NOW + timedelta(minutes=1)) == 0, "the lease still runs"
        assert deliver_due(NOW + timedelta(minutes=3)) == 1

    assert len(server.got) == 1


def test_an_address_that_fails_for_days_is_ended_and_its_owner_told(village: Village) -> None:
    with Receiver(answers=lambda _n, _got: (500, b"no")) as server:
        told(village, server.url)
        raised(village)
        at = NOW
        for wait in (timedelta(0), *rules.WAITS):
            at += wait + timedelta(seconds=1)
            deliver_due(at)

    found = Subscription.objects.get()
    assert not found.active and found.ended_why
    assert Message.objects.filter(account=village.accounts["officer"], title__contains="区平台").count() == 1


def test_gone_means_gone(village: Village) -> None:
    with Receiver(answers=lambda _n, _got: (410, b"")) as server:
        told(village, server.url)
        raised(village)
        deliver_due(NOW)

    assert not Subscription.objects.get().active


def test_redirects_are_a_failure(village: Village) -> None:
    with Receiver(answers=lambda _n, _got: (302, b"")) as server:
        told(village, server.url)
        raised(village)
        deliver_due(NOW)

    assert len(server.got) == 1 and Parcel.objects.get().state == "waiting"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://localhost:8000/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.5/",
        "http://192.168.1.1/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://224.0.0.1/",
        "http://100.64.0.1/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://user:pass@example.org/",
        "http:///x",
        "http://exa mple.org/",
        "javascript:alert(1)",
        "http://127.0.0.1:99999/",
    ],
)
def test_addresses_inside_or_odd_are_refused(village: Village, settings: Any, url: str) -> None:
    settings.WEBHOOK_PRIVATE = False

    with pytest.raises(Invalid):
        told(village, url)
    with pytest.raises(outgoing.Unreachable):
        outgoing.post(url, b"", {})


def test_a_name_that_turns_inwards_later_is_not_called(village: Village, settings: Any) -> None:
    with Receiver() as server:
        told(village, server.url)
        raised(village)
        settings.WEBHOOK_PRIVATE = False
        deliver_due(NOW)

    assert server.got == [] and Parcel.objects.get().state == "waiting"


def test_residents_may_not_subscribe_and_nobody_beyond_their_area(village: Village) -> None:
    with pytest.raises(NotAllowed):
        told(village, "http://127.0.0.1/", who="resident")
    with pytest.raises(NotAllowed):
        told(village, "http://127.0.0.1/", who="head", place=village.other)
    with pytest.raises(Invalid):
        told(village, "http://127.0.0.1/", events=["request.exploded"])


def test_ending_is_for_the_owner_and_stops_what_waits(village: Village) -> None:
    made, _secret = told(village, "http://127.0.0.1:9/")
    raised(village)

    with pytest.raises(NotFound):
        unsubscribe(actor=village.actor("head", NOW), subscription_id=made.pk, now=NOW)
    unsubscribe(actor=village.actor("officer", NOW), subscription_id=made.pk, now=NOW)

    assert deliver_due(NOW) == 0 and Parcel.objects.get().state == "failed"


def test_the_api_shows_the_secret_once(client: Client, village: Village) -> None:
    body = json.dumps({"url": "http://127.0.0.1:9/", "events": ["request.rated"], "place_id": village.street.pk})

    made = client.post("/api/v1/webhooks", data=body, content_type="application/json", headers=village.headers("officer"))

    assert made.status_code == 201 and made.json()["secret"].startswith("whsec_")
    assert "secret" not in client.get("/api/v1/webhooks", headers=village.headers("officer")).json()[0]


def test_the_desk_page_makes_and_ends_a_subscription(client: Client, village: Village, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    client.force_login(village.accounts["officer"], backend="allauth.account.auth_backends.AuthenticationBackend")

    page = client.post(
        "/desk/settings/webhooks/", {"name": "区平台", "url": "http://127.0.0.1:9/", "events": ["*"], "place": f"#{village.street.pk}"}
    )
    assert page.status_code == 200, page.content.decode()[:3000]
    assert "whsec_" in page.content.decode()
    assert "whsec_" not in client.get("/desk/settings/webhooks/").content.decode()

    wrong = client.post("/desk/settings/webhooks/", {"name": "x", "url": "ftp://x", "events": ["*"], "place": f"#{village.street.pk}"})
    assert wrong.status_code == 422 and "ftp://x" in wrong.content.decode(), "what was typed is kept"

    client.post(f"/desk/settings/webhooks/{Subscription.objects.get().pk}/end/")
    assert not Subscription.objects.get().active


def test_the_page_names_events_in_words_keeps_what_was_typed_and_stays_within_reach(
    client: Client, village: Village, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    client.force_login(village.accounts["officer"], backend="allauth.account.auth_backends.AuthenticationBackend")
    address = "/desk/settings/webhooks/"

    empty = client.get(address).content.decode()
    outside = client.post(
        address, {"name": "甲", "url": "http://127.0.0.1:9/", "events": ["request.rated"], "place": f"#{village.province.pk}"}
    )
    nowhere = client.post(address, {"name": "甲", "url": "http://127.0.0.1:9/", "events": []})
    made = client.post(
        address,
        {"name": "甲", "url": "http://127.0.0.1:9/", "events": ["request.rated", "request.closed"], "place": f"#{village.street.pk}"},
    )

    assert set(pages.LABELS) == set(rules.NAMES), "every event has words"
    assert "还没有推送" in empty and "评价 request.rated" in empty
    assert outside.status_code == 422 and "您的范围里没有" in outside.content.decode() and 'value="甲"' in outside.content.decode()
    assert nowhere.status_code == 422 and "请写明是哪个地点" in nowhere.content.decode() and "请至少选一种变化" in nowhere.content.decode()
    assert "结束、评价" in made.content.decode()
