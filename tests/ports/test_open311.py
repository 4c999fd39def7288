"""Open311 GeoReport v2: every address in both forms, its error rules, the extensions, hostile input, and two clients nobody here wrote."""

from __future__ import annotations

import io
import itertools
import json
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from linli.kernel.accounts.actions import make_token
from linli.kernel.matters.models import Category, Entry, Matter
from linli.kernel.matters.verify import verify_timelines
from linli.lib.geo import gcj02_from_wgs84
from linli.loops.requests.actions import dispatch, handling
from linli.ports.open311 import rules
from linli.ports.open311.models import Report, ServiceAttribute
from linli.ports.open311.spark import Many, One, to_json, to_xml
from tests.ports.village import SETUP, Village

V2 = "/open311/v2"
HERE = {"lat": "30.63", "long": "104.06"}


# --- the two forms -------------------------------------------------------------------------------
WRAPPERS = {"services", "attributes", "values", "service_requests", "errors", "notes", "endpoints", "formats", "service_request_updates"}


def spark(element: ET.Element) -> Any:
    """An element as the Spark mapping says it: wrappers are arrays, leaves are text, nothing is null."""
    if element.tag in WRAPPERS:
        return [spark(child) for child in element]
    if len(element):
        return {child.tag: spark(child) for child in element}
    return element.text or None


def plain(value: Any) -> Any:
    """JSON with its numbers and booleans as XML writes them."""
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else None if value is None else str(value)


def both(client: Client, path: str, query: str = "", status: int = 200, **headers: str) -> Any:
    """Ask in both forms, check that they say the same, and return the JSON."""
    xml, found = client.get(f"{path}.xml?{query}", headers=headers), client.get(f"{path}.json?{query}", headers=headers)
    assert (xml.status_code, found.status_code) == (status, status), (xml.content, found.content)
    assert xml.headers["Content-Type"] == "text/xml; charset=utf-8" and found.headers["Content-Type"] == "application/json; charset=utf-8"
    assert xml.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    said = found.json()
    assert spark(ET.fromstring(xml.content)) == plain(said)
    return said


def send(client: Client, village: Village, form: str = "json", who: str = "system", **values: Any) -> Any:
    return client.post(f"{V2}/requests.{form}", {"api_key": village.tokens[who], "service_code": "parking_shortage", **HERE, **values})


def sent(client: Client, village: Village, **values: Any) -> str:
    answer = send(client, village, **values)
    assert answer.status_code == 200, answer.content
    return str(answer.json()[0]["service_request_id"])


def asks(code: str = "parking_shortage", **more: Any) -> ServiceAttribute:
    fields = {"code": "POLE", "datatype": "string", "description": "灯杆编号", **more}
    return ServiceAttribute.objects.create(category=Category.objects.get(code=code), **fields)


# --- discovery and services ----------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/open311/discovery", f"{V2}/discovery"])
def test_discovery_is_there_in_both_forms(client: Client, db: Any, path: str) -> None:
    said = both(client, path)

    endpoint = said["endpoints"][0]
    assert endpoint["url"].endswith("/open311/v2") and endpoint["formats"] == ["text/xml", "application/json"]
    assert endpoint["type"] in ("production", "test")


def test_services_are_a_bare_array_with_real_booleans(client: Client, village: Village) -> None:
    asks()
    said = both(client, f"{V2}/services")

    lamp = next(s for s in said if s["service_code"] == "parking_shortage")
    assert lamp["metadata"] is True and lamp["type"] == "realtime" and lamp["group"]
    assert all(isinstance(s["service_code"], str) for s in said)


def test_a_service_says_what_it_asks(client: Client, village: Village) -> None:
    asks()
    ServiceAttribute.objects.create(
        category=Category.objects.get(code="parking_shortage"),
        code="WHEN",
        datatype="singlevaluelist",
        required=True,
        order=2,
        description="何时",
        values=[["a", "早"], ["b", "晚"]],
    )

    said = both(client, f"{V2}/services/parking_shortage")

    assert said["service_code"] == "parking_shortage"
    assert [a["code"] for a in said["attributes"]] == ["POLE", "WHEN"]
    assert said["attributes"][1]["values"] == [{"key": "a", "name": "早"}, {"key": "b", "name": "晚"}]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/services/nothing", "", 404),
        ("/services", "jurisdiction_id=atlantis", 404),
        ("/requests", "jurisdiction_id=atlantis", 404),
        ("/requests/R99999", "", 404),
        ("/requests/x", "", 404),
        ("/tokens/abc", "", 404),
        ("/requests", "start_date=yesterday", 400),
        ("/requests", "status=lost", 400),
        ("/requests", "start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z", 400),
        ("/requests", "page=0", 400),
        ("/requests", "page_size=many", 400),
        ("/requests", "datum=mars", 400),
        ("/requests", "status=%00", 400),
        ("/requests", "api_key=wrong", 403),
        ("/servicerequestupdates", "start_date=never", 400),
    ],
)
def test_every_error_has_its_status_and_says_why_in_both_forms(
    client: Client, village: Village, path: str, query: str, status: int
) -> None:
    said = both(client, f"{V2}{path}", query, status)

    assert said and set(said[0]) == {"code", "description"} and said[0]["code"] == str(status) and said[0]["description"]


def test_unknown_forms_and_methods_are_errors(client: Client, village: Village) -> None:
    assert client.get(f"{V2}/services.yaml").status_code == 404
    assert client.delete(f"{V2}/services.json").status_code == 405


# --- reports -------------------------------------------------------------------------------------
def test_a_report_becomes_a_request_where_it_points(client: Client, village: Village) -> None:
    number = sent(client, village, description="路灯不亮。已经三天了", address_string="北门")

    said = both(client, f"{V2}/requests/{number}")
    assert len(said) == 1 and said[0]["status"] == "open" and said[0]["service_code"] == "parking_shortage"
    assert (said[0]["lat"], said[0]["long"]) == (30.63, 104.06) and isinstance(said[0]["lat"], float)
    matter = Matter.objects.get()
    assert (matter.place, matter.channel, matter.title, matter.spot) == (village.compound, "open311", "路灯不亮", "北门")
    assert said[0]["expected_datetime"] and said[0]["requested_datetime"].endswith("Z")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"api_key": ""}, 403),
        ({"api_key": "wrong"}, 403),
        ({"service_code": ""}, 400),
        ({"service_code": "nothing"}, 404),
        ({"lat": "", "long": ""}, 400),
        ({"lat": "30.6", "long": ""}, 400),
        ({"lat": "abc"}, 400),
        ({"lat": "nan"}, 400),
        ({"lat": "1e400"}, 400),
        ({"lat": "91"}, 400),
        ({"address_id": "99999999999999999999"}, 404),
        ({"address_id": "x"}, 404),
        ({"description": "长" * 4001}, 400),
        ({"description": "a\x00b"}, 400),
        ({"jurisdiction_id": "atlantis"}, 404),
        ({"datum": "mars"}, 400),
        ({"requested_datetime": "soon"}, 400),
    ],
)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_wrong_report_is_refused_with_the_right_status(
    client: Client, village: Village, form: str, change: dict[str, str], status: int
) -> None:
    answer = send(client, village, form, **change)

    assert answer.status_code == status, answer.content
    assert not Matter.objects.exists()
    if form == "xml":
        assert ET.fromstring(answer.content).tag == "errors"


def test_one_of_three_locations_is_enough(client: Client, village: Village) -> None:
    nowhere = {"lat": "", "long": ""}
    sent(client, village, address_id=str(village.building.pk), **nowhere)
    sent(client, village, address_string="3 栋", **nowhere)

    assert {m.place for m in Matter.objects.all()} == {village.building}


def test_coordinates_of_chinese_maps_are_converted(client: Client, village: Village) -> None:
    latitude, longitude = gcj02_from_wgs84(30.63, 104.06)
    number = sent(client, village, lat=f"{latitude:.7f}", long=f"{longitude:.7f}", datum="gcj02")

    matter = Matter.objects.get()
    assert (matter.latitude, matter.longitude) == (30_630_000, 104_060_000)
    back = client.get(f"{V2}/requests/{number}.json?datum=gcj02").json()[0]
    assert abs(back["lat"] - latitude) < 2e-6 and abs(back["long"] - longitude) < 2e-6


def test_questions_must_be_answered_and_the_answers_are_kept(client: Client, village: Village) -> None:
    asks(required=True)
    ServiceAttribute.objects.create(
        category=Category.objects.get(code="parking_shortage"),
        code="WHEN",
        datatype="multivaluelist",
        order=2,
        description="何时",
        values=[["a", "早"], ["b", "晚"]],
    )

    missing = send(client, village)
    wrong = send(client, village, **{"attribute[POLE]": "7", "attribute[WHEN][]": ["a", "z"]})
    number = sent(client, village, **{"attribute[POLE]": "7", "attribute[WHEN][]": ["a", "b"]})

    assert missing.status_code == wrong.status_code == 400 and "POLE" in missing.json()[0]["description"]
    said = both(client, f"{V2}/requests/{number}", "extensions=true")
    assert said[0]["extended_attributes"]["attributes"] == [{"code": "POLE", "value": "7"}, {"code": "WHEN", "value": "a,b"}]


def test_what_is_private_gets_a_token_never_a_number(client: Client, village: Village) -> None:
    private = Category.objects.filter(private=True, parent__isnull=False).first()
    assert private is not None

    receipt = send(client, village, service_code=private.code).json()[0]

    assert "service_request_id" not in receipt and receipt["token"]
    said = both(client, f"{V2}/tokens/{receipt['token']}")
    assert said == [{"service_request_id": Matter.objects.get().ref, "token": receipt["token"]}]
    assert client.get(f"{V2}/requests/{said[0]['service_request_id']}.json").status_code == 404
    service = next(s for s in client.get(f"{V2}/services.json").json() if s["service_code"] == private.code)
    assert service["type"] == "batch" and "private" in service["keywords"]


def test_the_senders_contact_is_sealed_or_goes_to_the_roster(client: Client, village: Village) -> None:
    sender = {"first_name": "明", "last_name": "李", "phone": "13812345678", "email": "li@example.org"}
    number = sent(client, village, **sender)
    assert "13812345678" in Report.objects.get(matter_id=int(number[1:])).contact.open()
    shown = client.get(f"{V2}/requests/{number}.json?extensions=true").content.decode()
    assert "13812345678" not in shown and "li@example.org" not in shown

    sent(client, village, api_key=village.tokens["worker"], **sender)
    raiser = Matter.objects.order_by("-pk")[0].parties.get(role="raiser").person
    assert raiser is not None and raiser.name == "李明"


def test_pictures_come_with_the_report(client: Client, village: Village) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (30, 30), "red").save(stream, "JPEG")
    stream.seek(0)
    stream.name = "lamp.jpg"

    assert send(client, village, media=stream).status_code == 200
    fake = io.BytesIO(b"<svg onload=alert(1)>")
    fake.name = "x.jpg"
    assert send(client, village, media=fake).status_code == 400
    assert Matter.objects.get().attachments.count() == 1


def test_a_number_already_kept_by_its_key_is_not_raised_again(client: Client, village: Village) -> None:
    values = {"api_key": village.tokens["system"], "service_code": "parking_shortage", **HERE}
    answers = [client.post(f"{V2}/requests.json", values, headers={"Idempotency-Key": "one"}).json() for _n in range(2)]

    assert answers[0] == answers[1] and Matter.objects.count() == 1


# --- lists ---------------------------------------------------------------------------------------
def replayed(client: Client, village: Village, **values: Any) -> Any:
    return send(
        client, village, **{"requested_datetime": "2026-09-01T08:00:00+08:00", "service_request_id": "X1", "description": "旧事", **values}
    )


def test_lists_are_narrowed_and_ids_override_everything(client: Client, village: Village) -> None:
    number = sent(client, village, description="甲")
    old = replayed(client, village, closed_datetime="2026-09-02T00:00:00Z").json()[0]["service_request_id"]

    assert [r["service_request_id"] for r in both(client, f"{V2}/requests", "status=open")] == [number]
    assert both(client, f"{V2}/requests", "service_code=no_such") == []
    assert [
        r["service_request_id"] for r in both(client, f"{V2}/requests", "start_date=2026-08-31T00:00:00Z&end_date=2026-09-02T00:00:00Z")
    ] == [old]
    assert [
        r["service_request_id"]
        for r in both(client, f"{V2}/requests", f"service_request_id={old},{number},R404&status=open&start_date=2026-01-01")
    ] == [old, number]
    assert both(client, f"{V2}/requests", "page=400&page_size=50") == []
    assert both(client, f"{V2}/requests", f"page={10**8}&page_size=1000") == []
    assert both(client, f"{V2}/requests", f"jurisdiction_id={village.other.code}") == []


def test_a_list_costs_the_same_for_one_and_for_thirty(client: Client, village: Village, django_assert_max_num_queries: Any) -> None:
    for n in range(30):
        sent(client, village, description=f"第 {n} 件")
    client.get(f"{V2}/requests.json?page_size=1")

    with django_assert_max_num_queries(6):
        assert len(client.get(f"{V2}/requests.json?extensions=true").json()) == 30


def test_the_course_of_a_request_is_told_as_notes_and_as_updates(client: Client, village: Village) -> None:
    number = sent(client, village, description="路灯不亮")
    now = datetime.now(UTC)
    dispatch.dispatch(actor=village.actor("officer"), matter_id=int(number[1:]), unit=village.housing, now=now)
    handling.resolve(actor=village.actor("housing"), matter_id=int(number[1:]), text="换了灯泡", now=now)

    said = both(client, f"{V2}/requests/{number}", "extensions=true")[0]
    assert said["status_notes"] == "换了灯泡" and said["agency_responsible"]
    assert [n["type"] for n in said["notes"]] == ["dispatch", "resolve"]
    told = both(client, f"{V2}/servicerequestupdates")
    assert [u["status"] for u in told] == ["ACTION_SCHEDULED", "FIXED"] and told[-1]["description"] == "换了灯泡"


# --- updates -------------------------------------------------------------------------------------
def update(client: Client, village: Village, **values: Any) -> Any:
    fields = {
        "api_key": village.tokens["worker"],
        "update_id": "u1",
        "updated_datetime": "2026-11-20T00:00:00Z",
        "status": "OPEN",
        "description": "还是不亮",
    }
    return client.post(f"{V2}/servicerequestupdates.xml", {**fields, **values})


def test_an_update_is_taken_once(client: Client, village: Village) -> None:
    number = sent(client, village)

    first, again = (update(client, village, service_request_id=number) for _n in range(2))

    assert first.status_code == 200 and first.content == again.content
    root = ET.fromstring(first.content)
    assert root.tag == "service_request_updates" and root.findtext("request_update/update_id")
    assert Entry.objects.filter(verb="add").count() == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"api_key": ""}, 403),
        ({"update_id": ""}, 400),
        ({"service_request_id": "R404"}, 404),
        ({"status": "EXPLODED"}, 400),
        ({"description": "", "status": ""}, 400),
        ({"updated_datetime": "2099-01-01T00:00:00Z"}, 400),
    ],
)
def test_a_wrong_update_is_refused(client: Client, village: Village, change: dict[str, str], status: int) -> None:
    number = sent(client, village)

    assert update(client, village, **{"service_request_id": number, **change}).status_code == status


def test_a_finished_request_is_reopened_where_the_sender_may(client: Client, village: Village) -> None:
    number = sent(client, village)
    handling_now = datetime.now(UTC)
    dispatch.dispatch(actor=village.actor("officer"), matter_id=int(number[1:]), unit=village.housing, now=handling_now)
    handling.resolve(actor=village.actor("housing"), matter_id=int(number[1:]), text="好了", now=handling_now)

    assert update(client, village, service_request_id=number, status="REOPEN", api_key=village.tokens["head"]).status_code == 200
    assert Matter.objects.get().state == "in_progress"


# --- replay --------------------------------------------------------------------------------------
def test_replay_keeps_the_times_and_needs_its_scope(client: Client, village: Village) -> None:
    times = {
        "requested_datetime": "2011-07-01T08:00:00-04:00",
        "closed_datetime": "2011-07-02T00:00:00Z",
        "expected_datetime": "2011-07-01T20:00:00Z",
    }

    assert send(client, village, who="resident", service_request_id="B1", **times).status_code == 403
    _token, narrow = make_token(actor=SETUP, account=village.accounts["system"], name="x", scopes=["request.raise"], now=datetime.now(UTC))
    assert send(client, village, api_key=narrow, service_request_id="B1", **times).status_code == 403
    assert send(client, village, **times).status_code == 400, "without its old number it could be doubled"
    number = sent(client, village, service_request_id="B1", status_notes="已修", **times)
    assert sent(client, village, service_request_id="B1", status_notes="已修", **times) == number

    said = both(client, f"{V2}/requests", "service_request_id=B1")[0]
    assert (said["requested_datetime"], said["updated_datetime"]) == ("2011-07-01T12:00:00Z", "2011-07-02T00:00:00Z")
    assert said["status"] == "closed" and said["status_notes"] == "已修"
    assert Matter.objects.get().was_late and not list(verify_timelines())


def test_times_out_of_order_are_refused(client: Client, village: Village) -> None:
    assert replayed(client, village, closed_datetime="2026-08-01T00:00:00Z").status_code == 400
    assert replayed(client, village, requested_datetime="2099-08-01T00:00:00Z").status_code == 400
    assert not Matter.objects.exists()


def batch(client: Client, village: Village, records: Any, who: str = "system") -> Any:
    body = json.dumps(records if isinstance(records, dict) else {"requests": records})
    return client.post(f"{V2}/requests/replay.json", body, content_type="application/json", headers=village.headers(who))


def test_a_batch_takes_the_good_and_names_the_bad(client: Client, village: Village) -> None:
    record = {
        "service_code": "parking_shortage",
        "lat": 30.63,
        "long": 104.06,
        "description": "旧事",
        "requested_datetime": "2026-09-01T00:00:00Z",
    }
    records = [
        {**record, "service_request_id": "B1"},
        {**record, "service_request_id": "B2", "service_code": "nothing"},
        {**record, "service_request_id": "B3", "requested_datetime": "2026-09-01T00:00:00Z", "closed_datetime": "1999-01-01T00:00:00Z"},
        {**record, "service_request_id": "B4", "description": {"no": 1}},
        {
            **record,
            "service_request_id": "B5",
            "attributes": {"POLE": "7"},
            "notes": [{"datetime": "2026-09-01T00:00:00Z", "summary": "seen", "type": "activity"}],
        },
        {**record, "service_request_id": "B1"},
    ]

    rows = batch(client, village, records).json()

    assert [bool(r["error"]) for r in rows] == [False, True, True, True, False, False]
    assert [r["new"] for r in rows] == [True, False, False, False, True, False] and rows[0]["service_request_id"] == rows[5][
        "service_request_id"
    ]
    assert Matter.objects.count() == 2 and not list(verify_timelines())
    said = both(client, f"{V2}/requests", "service_request_id=B5&extensions=true")[0]
    assert said["notes"][0]["summary"] == "seen"


@pytest.mark.parametrize("body", [{}, {"requests": []}, {"requests": [1]}, {"requests": {}}, {"requests": [{}] * 501}])
def test_a_batch_out_of_bounds_is_refused_whole(client: Client, village: Village, body: Any) -> None:
    assert batch(client, village, body).status_code == 400
    assert batch(client, village, body, who="resident").status_code in (400, 403)


# --- hostile input -------------------------------------------------------------------------------
def test_html_is_escaped_in_xml_and_stays_text(client: Client, village: Village) -> None:
    number = sent(client, village, description="<script>alert(1)</script>&amp;]]>\x0b")

    said = both(client, f"{V2}/requests/{number}")[0]
    assert said["description"].startswith("<script>alert(1)</script>&amp;]]>")


def test_ten_megabytes_are_refused(client: Client, village: Village) -> None:
    assert send(client, village, description="x" * 10_000_000).status_code == 413
    body = b"api_key=" + village.tokens["system"].encode() + b"&service_code=%FF%FE&lat=1&long=1"
    assert client.post(f"{V2}/requests.json", body, content_type="application/x-www-form-urlencoded").status_code == 404
    assert client.post(f"{V2}/requests.json", b"--x\r\nbroken", content_type="multipart/form-data; boundary=x").status_code in (400, 403)


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
NAMES = st.sampled_from(
    [
        "service_request_id",
        "service_code",
        "start_date",
        "end_date",
        "status",
        "page",
        "page_size",
        "jurisdiction_id",
        "extensions",
        "datum",
        "api_key",
        "lat",
        "long",
        "description",
        "address_id",
        "address_string",
        "attribute[X]",
        "attribute[X][]",
        "requested_datetime",
        "phone",
    ]
)
VALUES = st.one_of(
    TEXT,
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(datetime.isoformat),
    st.sampled_from(["open", "closed", "9" * 400, "R1,R2", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]),
)
SOME = hypothesis_settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SOME
@given(st.dictionaries(NAMES, VALUES, max_size=6), st.sampled_from(["requests", "services", "servicerequestupdates"]))
def test_no_parameters_break_reading(client: Client, village: Village, values: dict[str, str], what: str) -> None:
    for form in ("json", "xml"):
        answer = client.get(f"{V2}/{what}.{form}", values)
        assert answer.status_code in (200, 400, 403, 404, 429)
        if form == "xml":
            ET.fromstring(answer.content)
        else:
            json.loads(answer.content)


@SOME
@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_no_parameters_break_writing(client: Client, village: Village, values: dict[str, str]) -> None:
    answer = client.post(f"{V2}/requests.json", {"service_code": "parking_shortage", **HERE, **values, "api_key": village.tokens["system"]})

    assert answer.status_code in (200, 400, 403, 404, 429)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30))


@SOME
@given(
    st.lists(
        st.dictionaries(
            NAMES | st.sampled_from(["attributes", "notes"]),
            st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6),
            max_size=6,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_no_records_break_a_batch(client: Client, village: Village, records: list[dict[str, Any]]) -> None:
    base = {"service_code": "parking_shortage", **HERE, "service_request_id": "H1", "requested_datetime": "2026-09-01T00:00:00Z"}

    assert batch(client, village, [{**base, **r} for r in records]).status_code in (200, 400, 403, 404, 429)


# --- pure ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2010-01-01T00:00:00Z", "2010-01-01T00:00:00Z"),
        ("2010-01-01T08:00:00+08:00", "2010-01-01T00:00:00Z"),
        ("2010-01-01T08:00:00 08:00", "2010-01-01T00:00:00Z"),
        ("2010-01-01", "2010-01-01T00:00:00Z"),
        ("2010-01-01T00:00:00.123456Z", "2010-01-01T00:00:00Z"),
        ("2026-02-30", None),
        ("2026.2.30", None),
        ("10-01-2026", None),
        ("now", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_times_are_read_as_w3c_writes_them(text: str, expected: str | None) -> None:
    assert rules.said(rules.moment(text)) == expected


def test_a_span_is_ninety_days_at_most() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert rules.window(None, None, now) == (now - rules.SPAN, now)
    assert rules.window(now, None, now) == (now, now + rules.SPAN)
    assert rules.window(now - rules.SPAN, now, now) is not None
    assert rules.window(now - rules.SPAN - timedelta(seconds=1), now, now) is None


VALUE = st.one_of(st.none(), st.booleans(), st.integers(), st.text())


@given(st.lists(st.dictionaries(st.sampled_from(["status", "code", "description"]), VALUE, min_size=1), max_size=4))
def test_both_forms_say_the_same_of_anything(rows: list[dict[str, Any]]) -> None:
    tree = Many("errors", "error", [{**row, "wrap": One("wrap", {"x": "y", **row})} for row in rows])

    read = spark(ET.fromstring(to_xml(tree)))
    said = plain(json.loads(to_json(tree)))

    assert read == said


# --- two clients nobody here wrote ---------------------------------------------------------------
@pytest.fixture
def served(transactional_db: Any, live_server: Any) -> Iterator[tuple[str, Village]]:
    from tests.ports.village import settle

    yield f"{live_server.url}/open311/v2", settle()


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads_everything(served: tuple[str, Village], form: str) -> None:
    from georeport import GeoReport

    url, village = served
    asks()
    ServiceAttribute.objects.create(category=Category.objects.get(code="parking_shortage"), code="B", description="b", order=2)
    numbers = [sent(Client(), village, description=f"第 {n} 件") for n in range(2)]
    client = GeoReport(url, output_format=form)

    assert {s["service_code"] for s in client.get_service_list()} >= {"parking_shortage"}
    assert client.get_service_definition("parking_shortage")["service_code"] == "parking_shortage"
    today = datetime.now(UTC)
    found = client.get_service_requests(
        status="open", start_date=rules.said(today - timedelta(days=1)), end_date=rules.said(today + timedelta(days=1))
    )
    assert {r["service_request_id"] for r in found} == set(numbers)
    assert client.get_service_request(numbers[0])["service_request_id"] == numbers[0]


def test_three_reads_and_writes(served: tuple[str, Village]) -> None:
    itertools.ifilter = filter  # type: ignore[attr-defined]  # the client was written for Python 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, of old syntax
        from three import Three

    url, village = served
    asks(required=True)
    city = Three(url, api_key=village.tokens["system"], jurisdiction=village.street.code)

    assert city.discovery()["endpoints"][0]["url"].endswith("/open311/v2")
    assert any(s["service_code"] == "parking_shortage" for s in city.services())
    assert city.services("parking_shortage")["attributes"][0]["code"] == "POLE"
    stream = io.BytesIO()
    Image.new("RGB", (30, 30), "red").save(stream, "JPEG")
    stream.seek(0)
    stream.name = "lamp.jpg"
    made = city.post("parking_shortage", address="3 栋", name="Ming Li", description="路灯不亮", media=stream, **{"attribute[POLE]": "7"})[
        0
    ]
    assert city.request(made["service_request_id"])[0]["description"] == "路灯不亮"
    today = datetime.now(UTC)
    listed = city.requests(
        "parking_shortage", start=f"{today - timedelta(days=2):%m-%d-%Y}", end=f"{today + timedelta(days=2):%m-%d-%Y}", count=50
    )
    assert [r["service_request_id"] for r in listed] == [made["service_request_id"]]
    assert city.token("nothing")[0]["code"] == "404"
    private = Category.objects.filter(private=True, parent__isnull=False).first()
    assert private is not None
    token = city.post(private.code, address="3 栋", description="邻里纠纷")[0]["token"]
    assert city.token(token)[0]["service_request_id"]
