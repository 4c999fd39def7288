"""Lists of requests taken away: the Square's in public words alone, one's own, the call list with its readings logged, the inbox."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.accounts.models import Event
from linli.kernel.matters.models import Matter
from linli.kernel.notices.models import Delivery
from linli.kernel.people.actions import mend_person
from linli.kernel.people.models import FieldReading
from linli.loops.requests import lists
from linli.loops.requests.actions import handling
from linli.loops.requests.desk import calls
from tests import factories as f
from tests.factories import DAY, NOW, Cast
from tests.loops.square_reader import reader, stopped_clock  # noqa: F401 - the fixture is used by name

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
FORMULA = '=HYPERLINK("http://x","路灯")'


@pytest.fixture(autouse=True)
def _one_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"


def lines_of(answer: Any) -> list[list[str]]:
    """The rows of a csv, after the mark with which Excel reads its Chinese."""
    body = b"".join(answer.streaming_content)
    assert answer.status_code == 200 and body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    heads, *rows = lines_of(client.get(address))
    return [dict(zip(heads, row, strict=False)) for row in rows]


def refs(client: Client, query: str = "") -> list[str]:
    return [row["编号"] for row in rows_of(client, f"/requests/?format=csv{query}")]


# --- the Square's list -----------------------------------------------------------------------------------
def test_the_public_list_leaves_as_a_sheet_with_what_everybody_may_read(cast: Cast) -> None:
    matter = f.in_progress(cast)
    f.raised(cast, title="只给邻居看的", visibility="neighbours")
    f.raised(cast, title="不公开的", visibility="private")

    answer = reader().get("/requests/?format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    (heads, row) = ([cell.value for cell in line] for line in sheet.iter_rows())

    told = dict(zip(heads, row, strict=True))
    assert heads == [
        *("编号", "标题", "在哪里", "类别", "状态", "谁在办", "谁可以看到", "提出时间", "承诺到期", "最近更新", "也遇到的邻居", "网页"),
    ]
    assert (told["编号"], told["标题"], told["谁在办"], told["谁可以看到"]) == (matter.ref, matter.public_title, "芳草城建科", "公开")
    assert told["提出时间"].isoformat() == "2026-06-10T10:00:00"
    assert told["网页"].endswith(f"/requests/{matter.ref}/")


def test_a_neighbour_takes_what_neighbours_read_and_sees_that_it_is_not_for_all(cast: Cast) -> None:
    ours = f.raised(cast, title="楼道的灯", visibility="neighbours")
    f.raised(cast, title="家里的事", visibility="private")

    assert refs(reader()) == []
    (row,) = rows_of(reader(cast.neighbour), "/requests/?format=csv")
    assert (row["编号"], row["谁可以看到"]) == (ours.ref, "仅本社区居民可见")


def test_a_file_of_the_square_is_in_public_words_whoever_takes_it(cast: Cast) -> None:
    matter = f.raised(cast, title="3 栋漏水，请打 13800138001", place=cast.here.homes[0])

    (own,) = rows_of(reader(cast.community_worker), "/requests/?format=csv")
    (public,) = rows_of(reader(), "/requests/?format=csv")

    assert "13800138001" in matter.title
    assert own == public
    assert own["标题"] == matter.public_title
    assert "13800138001" not in str(own) and "502" not in own["在哪里"]


def test_the_file_is_narrowed_as_the_page(cast: Cast) -> None:
    lamp = f.raised(cast, title="路灯不亮")
    done = f.resolved(cast, title="电梯异响")
    there = f.raised(cast, title="路灯坏了", place=cast.there.buildings[0], actor=cast.outside["community_worker"])
    client = reader()

    assert refs(client) == [there.ref, done.ref, lamp.ref]
    assert refs(client, "&q=路灯") == [there.ref, lamp.ref]
    assert refs(client, f"&q=路灯&place={cast.here.compound.pk}") == [lamp.ref]
    assert refs(client, "&status=resolved") == [done.ref]
    # The page's own link carries the filters and leaves the page's beginning behind.
    assert "?q=%E8%B7%AF%E7%81%AF&amp;format=xlsx" in client.get("/requests/", {"q": "路灯", "before": there.pk}).content.decode()


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_title_that_begins_like_a_formula_leaves_as_text(cast: Cast, form: str) -> None:
    matter = f.raised(cast, title=FORMULA)
    body = b"".join(reader().get(f"/requests/?format={form}").streaming_content)

    if form == "csv":
        assert list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))[1][1] == f"'{matter.public_title}"
    else:
        cell = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0]["B2"]
        assert (cell.data_type, cell.value, cell.hyperlink) == ("s", matter.public_title, None)


def test_all_pages_are_in_the_file_in_a_bounded_number_of_questions(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [f.raised(cast, title=f"第 {n} 盏路灯").ref for n in range(7)][::-1]
    client = reader()

    with CaptureQueriesContext(
        connection,
    ) as few:
        assert refs(client) == many
    monkeypatch.setattr(lists, "STEP", 3)
    with CaptureQueriesContext(connection) as more:
        assert refs(client) == many
        assert refs(client, "&q=路灯") == many
    assert len(few) <= 6
    assert len(more) <= 2 * 3 * 3 + 6


def test_a_file_holds_as_many_rows_as_it_says(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [f.raised(cast, title=f"第 {n} 盏路灯").ref for n in range(4)][::-1]
    assert "最多 5,000 行" in reader().get("/requests/").content.decode()

    monkeypatch.setattr(lists, "PUBLIC_MOST", 3)
    assert refs(reader()) == [*many[:3], "只列出前 3 行。缩小范围再下载，可以得到其余的。"]


# --- one's own -------------------------------------------------------------------------------------------
def test_ones_own_requests_are_ones_own_alone(cast: Cast) -> None:
    matter = f.in_progress(cast, title="我家的漏水", visibility="private")
    handling.answer(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="维保单位今天到场")

    (row,) = rows_of(reader(cast.raiser), "/me/requests/?format=csv")
    assert (row["编号"], row["标题"], row["最近一次答复"], row["谁答复的"]) == (matter.ref, "我家的漏水", "维保单位今天到场", "芳草城建科")
    assert rows_of(reader(cast.neighbour), "/me/requests/?format=csv") == []
    assert reader().get("/me/requests/?format=csv").status_code == 302


def test_ones_own_messages_are_taken_away_unread(cast: Cast) -> None:
    f.accepted(cast)
    client = reader(cast.raiser)

    rows = rows_of(client, "/me/messages/?format=csv")

    assert [row["状态"] for row in rows] == ["没看"] * len(rows) and "已受理" in rows[0]["标题"]
    assert rows_of(client, "/me/messages/?format=csv") == rows
    assert rows_of(reader(cast.neighbour), "/me/messages/?format=csv") == []


# --- the inbox -------------------------------------------------------------------------------------------
def test_the_inbox_is_taken_away_in_its_order_and_narrowed(cast: Cast) -> None:
    soon, late = f.raised(cast, title="刚提出的"), f.raised(cast, title="早就该受理的", now=NOW - 3 * DAY)
    accepted = f.accepted(cast, title="已受理的")
    client = reader(cast.community_worker)

    everything = [row["编号"] for row in rows_of(client, "/desk/?format=csv")]
    assert everything.index(late.ref) < everything.index(soon.ref)
    assert [row["编号"] for row in rows_of(client, "/desk/?task=dispatch&format=csv")] == [accepted.ref]
    assert rows_of(reader(cast.department_handler), "/desk/?format=csv") == []
    assert Event.objects.filter(kind="table_exported", about="inbox").count() == 3


# --- calls -----------------------------------------------------------------------------------------------
@pytest.fixture
def by_phone(cast: Cast) -> Cast:
    mend_person(actor=cast.community_worker, person=cast.person, now=NOW, contact_by="phone")
    f.accepted(cast)
    return cast


def test_the_call_list_leaves_masked_and_is_no_reading(by_phone: Cast) -> None:
    (row,) = rows_of(reader(by_phone.community_worker), "/desk/calls/?format=csv")

    assert (row["打给谁"], row["号码"], row["打过几次"]) == ("林**", "138****8001", "0")
    assert not FieldReading.objects.exists()
    assert [e.details["opened"] for e in Event.objects.filter(kind="table_exported", about="calls")] == [False]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_call_list_with_numbers_is_a_reading_of_each_person(by_phone: Cast, form: str) -> None:
    matter = Matter.objects.get()
    handling.ask(actor=by_phone.community_worker, matter_id=matter.pk, now=NOW, text="哪一部电梯？")
    client = reader(by_phone.community_worker)

    answer = client.post("/desk/calls/reveal/", {"format": form})
    body = b"".join(answer.streaming_content)

    if form == "csv":
        table = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    else:
        table = [[str(c.value) for c in row] for row in openpyxl.load_workbook(io.BytesIO(body)).worksheets[0].iter_rows()]
    assert len(table) == 1 + Delivery.objects.filter(channel="call", state="waiting").count() == 3
    assert all((row[2], row[4]) == ("林素珍", "13800138001") for row in table[1:])
    assert [(r.field, r.purpose, r.reader_name) for r in FieldReading.objects.filter(person=by_phone.person)] == [
        ("phone", "电话告知", by_phone.community_worker.name)
    ]
    assert [e.details["opened"] for e in Event.objects.filter(kind="table_exported", about="calls")] == [True]


def test_the_call_list_is_taken_by_those_alone_who_call(by_phone: Cast) -> None:
    for name, actor in (("department", by_phone.department_handler), ("raiser", by_phone.raiser)):
        assert reader(actor).get("/desk/calls/?format=csv").status_code == 403, name
        assert reader(actor).post("/desk/calls/reveal/", {"format": "csv"}).status_code == 403, name
    assert rows_of(reader(by_phone.outside["community_worker"]), "/desk/calls/?format=csv") == []
    assert not FieldReading.objects.exists()


def test_a_file_of_calls_is_asked_for_in_as_many_questions_however_long(by_phone: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = reader(by_phone.community_worker)
    rows_of(client, "/desk/calls/?format=csv")  # what is remembered for seconds is asked for once
    counts = []
    for _more in range(2):
        with CaptureQueriesContext(connection) as asked:
            rows_of(client, "/desk/calls/?format=csv")
        counts.append(len(asked))
        for _n in range(3):
            f.accepted(by_phone)
    assert counts[0] == counts[1] <= 12
    monkeypatch.setattr(calls, "FILE_MOST", 2)
    assert len(rows_of(client, "/desk/calls/?format=csv")) == 3
