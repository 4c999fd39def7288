"""The REST API: a request's whole way, errors as problems, idempotency, limits, caching, strict input."""

from __future__ import annotations

import io
import json
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from ninja import Schema
from PIL import Image

from linli.kernel.matters.models import Matter
from linli.loops.requests.api import VERBS
from linli.loops.requests.rules import MOVES
from linli.ports.api import idempotency
from linli.ports.api.api import DESCRIPTION, described
from linli.ports.api.models import KeptAnswer
from tests.ports.village import Village

BASE = "/api/v1"


def call(client: Client, method: str, path: str, who: dict[str, str] | None = None, body: Any = None, **headers: str) -> Any:
    sent = json.dumps(body) if body is not None else None
    more = {"data": sent, "content_type": "application/json"} if sent is not None else {}
    return getattr(client, method)(BASE + path, headers={**(who or {}), **headers}, **more)


def raised(client: Client, village: Village, **more: Any) -> dict[str, Any]:
    answer = call(
        client,
        "post",
        "/requests",
        village.headers("resident"),
        {"title": "电梯夜间异响", "body": "半夜响", "place_id": village.building.pk, **more},
    )
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_every_move_of_the_workflow_has_its_post() -> None:
    assert {m.verb for m in MOVES} <= set(VERBS)


def test_a_request_travels_the_whole_loop_through_the_api(client: Client, village: Village) -> None:
    made = raised(client, village)
    at = f"/requests/{made['ref']}"

    steps: list[tuple[str, str, dict[str, Any], str]] = [
        ("worker", "accept", {"version": made["version"], "category": "parking_shortage"}, "accepted"),
        ("worker", "dispatch", {"unit": village.housing.pk}, "dispatched"),
        ("housing", "start", {}, "in_progress"),
        ("housing", "answer", {"text": "维保已到场"}, "in_progress"),
        ("housing", "suspend", {"text": "等配件", "review_on": "2026-12-20"}, "suspended"),
        ("housing", "resume", {}, "in_progress"),
        ("housing", "resolve", {"text": "已更换轴承"}, "resolved"),
        ("resident", "rate", {"answered": True, "solved": True, "satisfied": True}, "closed"),
    ]
    for who, verb, body, state in steps:
        answer = call(client, "post", f"{at}/{verb}", village.headers(who), body)
        assert (answer.status_code, answer.json().get("state")) == (200, state), (verb, answer.content)

    whole = call(client, "get", at, village.headers("worker")).json()
    assert [e["verb"] for e in whole["timeline"]][:3] == ["raise", "accept", "dispatch"]
    assert whole["inside"] and whole["orders"] and whole["request"]["category"] == "parking_shortage"


def test_the_public_reads_no_words_that_are_not_public(client: Client, village: Village) -> None:
    made = raised(client, village, body="请打 13812345678")

    whole = call(client, "get", f"/requests/{made['ref']}").json()

    assert "13812345678" not in json.dumps(whole)
    assert whole["timeline"] == [] and not whole["inside"]


def test_an_old_version_is_a_conflict_and_nothing_is_written(client: Client, village: Village) -> None:
    made = raised(client, village)
    call(client, "post", f"/requests/{made['ref']}/accept", village.headers("worker"), {"version": made["version"]})

    late = call(
        client,
        "post",
        f"/requests/{made['ref']}/dispatch",
        village.headers("worker"),
        {"unit": village.housing.pk, "version": made["version"]},
    )

    assert late.status_code == 409
    assert late.json()["code"] == "changed_meanwhile"
    assert late.json()["current_version"] == made["version"] + 1
    assert Matter.objects.get().state == "accepted"


def test_a_refusal_names_the_rule_and_who_may(client: Client, village: Village) -> None:
    made = raised(client, village)

    no = call(client, "post", f"/requests/{made['ref']}/accept", village.headers("resident"), {})

    assert no.status_code == 403
    assert no.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "rule"} <= set(no.json())


def test_somebody_unknown_is_asked_for_a_token_and_a_wrong_token_is_refused(client: Client, village: Village) -> None:
    body = {"title": "x", "place_id": village.building.pk}

    assert call(client, "post", "/requests", None, body).status_code == 401
    wrong = call(client, "get", "/requests", {"Authorization": "Bearer linli_nothing"})
    assert wrong.status_code == 401 and wrong.headers["WWW-Authenticate"].startswith("Bearer")


def test_details_follow_the_language_asked_for(client: Client, village: Village) -> None:
    chinese = call(client, "get", "/requests/R999999", {"Accept-Language": "zh-CN"}).json()
    assert chinese["title"] == "没有找到"


def test_a_person_outside_the_area_neither_sees_nor_moves_a_private_request(client: Client, village: Village) -> None:
    made = raised(client, village, visibility="private")

    assert call(client, "get", f"/requests/{made['ref']}", village.headers("stranger")).status_code == 404
    assert call(client, "post", f"/requests/{made['ref']}/accept", village.headers("stranger"), {}).status_code == 404
    assert call(client, "get", "/requests", village.headers("stranger")).json()["items"] == []
    assert len(call(client, "get", "/requests", village.headers("worker")).json()["items"]) == 1


# --- idempotency ---------------------------------------------------------------------------------
def test_the_same_key_and_body_is_done_once(client: Client, village: Village) -> None:
    body = {"title": "路灯不亮", "place_id": village.building.pk}

    first = call(client, "post", "/requests", village.headers("resident"), body, **{"Idempotency-Key": "k1"})
    again = call(client, "post", "/requests", village.headers("resident"), body, **{"Idempotency-Key": "k1"})

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert Matter.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(client: Client, village: Village) -> None:
    call(
        client,
        "post",
        "/requests",
        village.headers("resident"),
        {"title": "一", "place_id": village.building.pk},
        **{"Idempotency-Key": "k1"},
    )

    other = call(
        client,
        "post",
        "/requests",
        village.headers("resident"),
        {"title": "二", "place_id": village.building.pk},
        **{"Idempotency-Key": "k1"},
    )

    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert Matter.objects.count() == 1


def test_a_refused_act_leaves_its_key_free(client: Client, village: Village) -> None:
    headers = {**village.headers("resident"), "Idempotency-Key": "k1"}

    assert call(client, "post", "/requests", headers, {"title": "", "place_id": village.building.pk}).status_code == 422
    assert KeptAnswer.objects.count() == 0
    assert call(client, "post", "/requests", headers, {"title": "好了", "place_id": village.building.pk}).status_code == 201


def test_keys_of_two_people_do_not_meet(client: Client, village: Village) -> None:
    for who in ("resident", "neighbour"):
        body = {"title": "路灯不亮", "place_id": village.building.pk}
        assert call(client, "post", "/requests", village.headers(who), body, **{"Idempotency-Key": "k1"}).status_code == 201
    assert Matter.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_key_in_use_elsewhere_is_told_to_wait(client: Client, village: Village) -> None:
    entered, leave = threading.Event(), threading.Event()
    body = {"title": "路灯不亮", "place_id": village.building.pk}
    answers: list[int] = []
    do = idempotency._do

    def slow(*args: Any) -> Any:
        entered.set()
        leave.wait(10)
        return do(*args)

    def first() -> None:
        answers.append(call(Client(), "post", "/requests", village.headers("resident"), body, **{"Idempotency-Key": "k"}).status_code)
        connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(idempotency, "_do", slow)
        thread = threading.Thread(target=first)
        thread.start()
        assert entered.wait(10)
        second = call(client, "post", "/requests", village.headers("resident"), body, **{"Idempotency-Key": "k"})
        leave.set()
        thread.join()

    assert (second.status_code, second.json()["code"]) == (409, "in_progress")
    assert answers == [201] and Matter.objects.count() == 1


def test_a_key_that_cannot_be_read_is_refused(client: Client, village: Village) -> None:
    for key in ("", "a b", "键", "x" * 201):
        body = {"title": "x", "place_id": village.building.pk}
        assert (
            call(client, "post", "/requests", village.headers("resident"), body, **{"Idempotency-Key": key}).json()["code"]
            == "bad_idempotency_key"
        )


def test_a_category_is_added_by_whoever_keeps_the_tree(client: Client, village: Village) -> None:
    body = {"code": "lamp", "name_zh": "路灯", "external_codes": {"open311": "L-1"}}

    assert call(client, "post", "/categories", village.headers("worker"), body).status_code == 403
    assert call(client, "post", "/categories", {**village.headers("system")}, body).status_code in (201, 403)


# --- shape ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"title": "\xff\xfe"}', "application/json", 400),
        (b'"text"', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"{}", "application/json", 422),
        (b"title=x", "application/x-www-form-urlencoded", 415),
        (b"", "", 415),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(client: Client, village: Village, body: bytes, content_type: str, status: int) -> None:
    answer = client.post(f"{BASE}/requests", data=body, content_type=content_type, headers=village.headers("resident"))

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": 1},
        {"place_id": 10**30},
        {"place_id": -1},
        {"title": "a\x00b"},
        {"title": "\ud800"},
        {"title": "长" * 81},
        {"latitude": 91, "longitude": 0},
        {"files": list(range(1, 12))},
        {"visibility": "everyone"},
        {"category": "no_such"},
    ],
)
def test_strange_values_are_refused_by_field(client: Client, village: Village, change: dict[str, Any]) -> None:
    answer = call(client, "post", "/requests", village.headers("resident"), {"title": "路灯", "place_id": village.building.pk, **change})

    assert answer.status_code == 422 and answer.json()["errors"]
    assert not Matter.objects.exists()


def test_ten_megabytes_are_too_large(client: Client, village: Village) -> None:
    answer = call(client, "post", "/requests", village.headers("resident"), {"title": "x", "body": "大" * 4_000_000})

    assert answer.status_code == 413


def test_html_stays_text(client: Client, village: Village) -> None:
    made = raised(client, village, title="<script>alert(1)</script>")

    assert made["title"] == "<script>alert(1)</script>"
    listed = client.get(f"{BASE}/requests")
    assert listed.headers["Content-Type"].startswith("application/json") and listed.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "cursor=-1", f"cursor={10**40}", "limit=abc", "since=yesterday", "foo=1", "place_id=99999999999999999999"],
)
def test_queries_out_of_bounds_are_refused(client: Client, village: Village, query: str) -> None:
    assert client.get(f"{BASE}/requests?{query}").status_code == 422


def test_a_nul_in_the_address_is_refused(client: Client, db: Any) -> None:
    assert client.get(f"{BASE}/requests?text=%00").status_code == 400


def test_unknown_addresses_and_methods_are_problems_too(client: Client, db: Any) -> None:
    assert client.get(f"{BASE}/nowhere").json()["code"] == "not_found"
    wrong = client.delete(f"{BASE}/requests")
    assert wrong.status_code == 405 and wrong.headers["Allow"] == "GET, POST"


# --- pages, tags, limits -------------------------------------------------------------------------
def test_pages_follow_one_another_without_gaps(client: Client, village: Village) -> None:
    refs = [raised(client, village, title=f"第 {n} 件")["ref"] for n in range(5)]
    seen: list[str] = []
    cursor: int | None = None

    while True:
        page = client.get(f"{BASE}/requests?limit=2" + (f"&cursor={cursor}" if cursor else "")).json()
        seen += [r["ref"] for r in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == refs[::-1]


def test_a_list_costs_the_same_for_one_and_for_twenty(client: Client, village: Village, django_assert_max_num_queries: Any) -> None:
    for n in range(20):
        raised(client, village, title=f"第 {n} 件")
    client.get(f"{BASE}/requests?limit=1")

    with django_assert_max_num_queries(6):
        assert len(client.get(f"{BASE}/requests?limit=20").json()["items"]) == 20


def test_one_request_whole_stays_within_twelve_queries(client: Client, village: Village, django_assert_max_num_queries: Any) -> None:
    made = raised(client, village)
    client.get(f"{BASE}/requests/{made['ref']}", headers=village.headers("worker"))

    with django_assert_max_num_queries(16):
        client.get(f"{BASE}/requests/{made['ref']}", headers=village.headers("worker"))


def test_a_known_tag_is_answered_with_304(client: Client, village: Village) -> None:
    raised(client, village)
    first = client.get(f"{BASE}/requests")

    again = client.get(f"{BASE}/requests", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    raised(client, village, title="又一件")
    assert client.get(f"{BASE}/requests", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_too_many_calls_are_told_when_to_come_back(client: Client, village: Village, settings: Any) -> None:
    settings.API_PER_MINUTE_ANONYMOUS = 5

    answers = [client.get(f"{BASE}/categories") for _n in range(12)]

    codes = [a.status_code for a in answers]
    assert codes.count(200) in (5, 10), "five a minute; ten when the minute turned meanwhile"
    refused = next(a for a in answers if a.status_code == 429)
    assert int(refused.headers["Retry-After"]) <= 60 and refused.headers["RateLimit-Remaining"] == "0"
    assert client.get(f"{BASE}/categories", headers=village.headers("resident")).status_code == 200, "limits are counted by caller"


# --- the rest ------------------------------------------------------------------------------------
def picture() -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(stream, "PNG")
    stream.seek(0)
    stream.name = "lift.png"
    return stream


def test_a_picture_is_uploaded_then_shown_with_the_request(client: Client, village: Village) -> None:
    sent = client.post(f"{BASE}/files", data={"photo": picture()}, headers=village.headers("resident"))
    assert sent.status_code == 201, sent.content

    made = raised(client, village, files=[sent.json()["id"]])

    whole = call(client, "get", f"/requests/{made['ref']}", village.headers("resident")).json()
    url = whole["timeline"][0]["files"][0]["url"]
    assert client.get(url, headers=village.headers("resident")).headers["Content-Type"].startswith("image/")
    assert client.get(url).status_code == 404, "what came with the resident's own words is not public"
    assert (
        call(
            client,
            "post",
            "/requests",
            village.headers("neighbour"),
            {"title": "借图", "place_id": village.building.pk, "files": [sent.json()["id"]]},
        ).status_code
        == 422
    )


def test_a_broken_picture_is_refused_in_words(client: Client, village: Village) -> None:
    fake = io.BytesIO(b"GIF89a<script>")
    fake.name = "x.gif"

    assert client.post(f"{BASE}/files", data={"photo": fake}, headers=village.headers("resident")).status_code == 422


def test_people_are_masked_and_reading_them_is_logged(client: Client, village: Village) -> None:
    made = call(
        client,
        "post",
        "/requests/on-behalf",
        village.headers("worker"),
        {"title": "水管漏水", "place_id": village.building.pk, "channel": "phone", "person_name": "王小明", "person_phone": "13812345678"},
    )
    assert made.status_code == 201, made.content

    person = call(client, "get", "/people", village.headers("worker")).json()[0]
    shown = call(client, "post", f"/people/{person['id']}/reveal", village.headers("worker"), {"field": "phone", "purpose": "电话回访"})

    assert person["name"] == "王**" and person["has"] == ["phone"]
    assert shown.json()["value"] == "13812345678"
    assert call(client, "get", "/people", village.headers("resident")).status_code == 403


def test_a_token_does_no_more_than_its_scopes(client: Client, village: Village) -> None:
    from datetime import UTC, datetime

    from linli.kernel.accounts.actions import make_token
    from tests.ports.village import SETUP

    _token, secret = make_token(actor=SETUP, account=village.accounts["worker"], name="reader", scopes=["read"], now=datetime.now(UTC))
    made = raised(client, village)

    reader = {"Authorization": f"Bearer {secret}"}
    assert call(client, "get", f"/requests/{made['ref']}", reader).status_code == 200
    assert call(client, "post", f"/requests/{made['ref']}/accept", reader, {}).status_code == 403


def test_a_session_writes_only_with_the_pages_csrf_token(village: Village, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(village.accounts["resident"], backend="allauth.account.auth_backends.AuthenticationBackend")
    body = {"title": "路灯", "place_id": village.building.pk}

    assert call(browser, "post", "/requests", None, body).json()["code"] == "csrf"
    browser.cookies["csrftoken"] = "a" * 32
    assert call(browser, "post", "/requests", {"X-CSRFToken": "a" * 32}, body).status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "/places",
        "/places?kind=building",
        "/units",
        "/categories",
        "/notices",
        "/promises",
        "/work-calendar?since=2026-10-01&until=2026-10-10",
        "/me",
        "/me/messages",
        "/figures",
        "/webhooks",
    ],
)
def test_what_can_be_read_is_read(client: Client, village: Village, path: str) -> None:
    answer = call(client, "get", path, village.headers("officer"))
    assert answer.status_code == 200, answer.content


def test_figures_state_their_formula_and_what_they_leave_out(client: Client, village: Village) -> None:
    figures = call(client, "get", f"/figures?place_id={village.community.pk}", village.headers("worker")).json()

    assert [r["name"] for r in figures["rates"]] == ["answered", "solved", "satisfied"]
    assert all(r["share"] is None and r["formula"] for r in figures["rates"]), "nothing is shown of nobody"


def test_the_place_at_a_point_is_the_smallest_that_holds_it(client: Client, village: Village) -> None:
    spot = client.get(f"{BASE}/places/at-point?latitude=30.63&longitude=104.06").json()

    assert spot["place"]["name"] == "芳草苑"
    assert client.get(f"{BASE}/places/at-point?latitude=1&longitude=1").status_code == 404


def test_the_documentation_loads_nothing_from_elsewhere(client: Client, db: Any) -> None:
    page = client.get(f"{BASE}/docs").content.decode()

    assert "https://" not in page and "cdn" not in page
    assert client.get(f"{BASE}/openapi.json").json()["openapi"].startswith("3.1")


def test_the_description_kept_is_the_one_of_the_code() -> None:
    assert DESCRIPTION.read_text(encoding="utf-8") == described(), "run: python tools/api_description.py"


def test_no_two_shapes_share_a_name() -> None:
    """The description names a shape by its class alone: of two of one name, one would be told wrongly."""
    names = Counter(shape.__name__ for shape in shapes(Schema) if shape.__module__.startswith("linli."))

    assert [name for name, times in names.items() if times > 1] == []
    assert len(names) > 100


def shapes(of: type[Schema]) -> Iterator[type[Schema]]:
    for shape in of.__subclasses__():
        yield shape
        yield from shapes(shape)
