"""Notices in the official pattern: what each says, days as the law counts them, page and papers alike, and a screen without names or doors."""

from __future__ import annotations

import re
import zlib
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from linli.kernel.matters.lawful import counted, first_moment_after
from linli.kernel.notices import screens
from linli.kernel.notices.actions import post_notice, publish_notice
from linli.kernel.notices.models import Notice
from linli.kernel.notices.official import FORMS, Official, days_words, first_words, paper_of
from linli.web import pdf
from tests.factories import DAY, NOW, Cast
from tests.loops.square_reader import reader


@pytest.fixture(autouse=True)
def at_now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def posted(cast: Cast, **more: Any) -> Notice:
    terms: dict[str, Any] = {"title": "结果公示：修路灯", "body": "路灯由物业修。\n\n费用从公共收益里出。", "now": NOW}
    return post_notice(actor=cast.community_head, place=cast.here.community, **{**terms, **more})


RESULT = Official(
    form="result", heading="关于“修路灯”表决结果的公示", to="全体业主", facts=[("议题编号", "M7"), ("空着的", "")], object_to="有异议的请到社区提出。",
    number="决议 2026-M7 号", link="/motions/M7/",
)  # fmt: skip


# --- days -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("since", "days", "first", "last", "words"),
    [
        (date(2026, 6, 8), 3, date(2026, 6, 9), date(2026, 6, 11), "从2026年6月9日起，到2026年6月11日24时止"),
        (date(2026, 6, 10), 3, date(2026, 6, 11), date(2026, 6, 15), "最后一日2026年6月13日是休息日，依法顺延到2026年6月15日24时止"),
        (date(2026, 9, 24), 7, date(2026, 9, 25), date(2026, 10, 8), "最后一日2026年10月1日是休息日，依法顺延到2026年10月8日24时止"),
    ],
)
def test_days_are_said_with_the_first_the_last_and_why_it_moved(
    since: date, days: int, first: date, last: date, words: str, db: None
) -> None:
    period = counted(since, days)
    stored = {name: getattr(period, name).isoformat() for name in ("first_day", "last_day_plain", "last_day")}

    assert (period.first_day, period.last_day) == (first, last)
    assert f"期限 {days} 天，自公布的次日起算" in days_words(stored)
    assert words in days_words(stored)


def test_a_year_without_a_calendar_gives_way_to_weekends_alone(db: None) -> None:
    assert counted(date(2038, 3, 1), 5).last_day == date(2038, 3, 8)  # a Saturday
    assert first_moment_after(NOW, 0) == NOW


# --- the pattern --------------------------------------------------------------------------------------------
def test_a_notice_has_every_part_of_the_pattern_on_its_page_and_papers(cast: Cast) -> None:
    period = counted(NOW, 3)
    notice = posted(cast, official=Official(**{**RESULT.__dict__, "days": period}))

    for address in ("", "print/", "print/?size=a3"):
        found = text_of(Client().get(f"/notices/{notice.pk}/{address}"))
        for part in ("结果公示", "关于“修路灯”表决结果的公示", "决议 2026-M7 号", "全体业主：", "费用从公共收益里出。", "M7", "有异议的请到社区提出。",
                     "依法顺延到2026年6月15日24时止", "2026年6月10日"):  # fmt: skip
            assert part in found, (address, part)
        assert "空着的" not in found
        at = [found.index(part) for part in ("全体业主：", "路灯由物业修。", "期限 3 天", "official-sign")]
        assert at == sorted(at)
    assert "/motions/M7/" in text_of(Client().get(f"/notices/{notice.pk}/print/"))
    assert notice.until_at == period.ends_at()


def test_whoever_publishes_signs_for_their_unit_or_the_place(cast: Cast) -> None:
    unit = cast.here.units["community"].name
    assert unit in text_of(Client().get(f"/notices/{posted(cast).pk}/"))
    by_house = publish_notice(actor=cast.street_officer, place=cast.here.community, title="停水", body="明天停水", now=NOW)
    assert by_house.paper["issuer"]
    assert paper_of("notice", {}, title="旧的公示", body="", published_at=NOW).heading == "旧的公示"  # published before there was a pattern


def test_every_form_has_a_name_and_stands_in_the_column(cast: Cast) -> None:
    for form in FORMS:
        assert len(form) <= Notice._meta.get_field("form").max_length  # type: ignore[operator]  # a character column has one
        assert str(FORMS[form])


@pytest.mark.skipif(not pdf.there(), reason="the extra for documents is not installed")
@pytest.mark.parametrize("size", ["a4", "a3"])
def test_the_pdf_is_one_page_of_the_size_asked_for(cast: Cast, size: str) -> None:
    notice = posted(cast, official=RESULT)
    answer = Client().get(f"/notices/{notice.pk}/notice.pdf?size={size}")

    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    assert f"notice-{notice.pk}-{size}.pdf" in answer["Content-Disposition"]
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", answer.content, re.S)
    whole = answer.content + b"".join(zlib.decompressobj().decompress(s) for s in streams if s[:1] == b"x")
    sizes = [tuple(round(float(n)) for n in m.split()[2:]) for m in re.findall(rb"/MediaBox ?\[([^\]]+)\]", whole)]
    assert sizes == [{"a4": (595, 842), "a3": (842, 1191)}[size]]


def test_without_the_library_the_pdf_says_what_to_do_instead(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "there", lambda: False)
    notice = posted(cast)
    assert "notice.pdf" not in text_of(Client().get(f"/notices/{notice.pk}/"))
    answer = Client().get(f"/notices/{notice.pk}/notice.pdf")
    assert answer.status_code == 409
    assert "打印" in answer.content.decode()


# --- the screen -------------------------------------------------------------------------------------------------
def test_a_screen_turns_its_pages_by_itself_only_when_asked_to(cast: Cast) -> None:
    posted(cast, official=RESULT)
    posted(cast, title="停水", body="明天九点停水。")
    place = cast.here.community.pk

    still = text_of(Client().get(f"/notices/screen/?place={place}"))
    assert 'http-equiv="refresh"' not in still
    assert "第 1 页，共 2 页" in still
    first = text_of(Client().get(f"/notices/screen/?place={place}&turn=on"))
    assert f'content="20;url=/notices/screen/?place={place}&amp;page=2&amp;turn=on"' in first
    second = text_of(Client().get(f"/notices/screen/?place={place}&turn=on&page=2"))
    assert f'content="20;url=/notices/screen/?place={place}&amp;page=1&amp;turn=on"' in second
    assert "<script" not in re.sub(r"<script[^>]*src=[^>]*></script>", "", second)
    assert {"关于“修路灯”表决结果的公示", "停水"} == {re.search(r"<h1[^>]*>(.*?)</h1>", page)[1] for page in (first, second)}  # type: ignore[index]  # every page has its heading


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", "²", "3"])
def test_a_page_that_is_none_shows_one_that_is(cast: Cast, page: str) -> None:
    posted(cast, official=RESULT)
    text_of(Client().get(f"/notices/screen/?page={page}&place=987654321"))


def test_what_is_over_and_what_is_elsewhere_is_not_on_the_screen(cast: Cast) -> None:
    posted(cast, title="过期的", now=NOW - 5 * DAY, until_at=NOW - DAY)
    posted(cast, title="上个月的", now=NOW - 30 * DAY)
    publish_notice(actor=cast.outside["community_worker"], place=cast.there.community, title="别处的", body="别处的事", now=NOW)
    posted(cast, title="现在的")

    assert [s.heading for s in screens.screens(cast.here.community, NOW) if s.href.startswith("/notices/")] == ["现在的"]


def test_an_empty_screen_says_so(db: None) -> None:
    assert [s.heading for s in screens.screens(None, NOW)] == ["现在没有公示"]


def test_words_on_a_screen_are_cut_at_a_sentence_and_carry_no_number_and_no_door(cast: Cast) -> None:
    long = "请拨打 13800138001 联系 3 栋 2 单元 501 室。" + "这一句很长，说的是楼道堆物的清理和分工。" * 20
    shown = first_words(long)
    assert len(shown) <= 141
    assert "13800138001" not in shown
    assert "501" not in shown
    assert shown.endswith("。")
    assert first_words("短。") == "短。"


def test_a_screen_asks_the_same_of_few_notices_and_of_many(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for n in range(8):
        posted(cast, title=f"公示 {n}")
    with django_assert_max_num_queries(12):
        text_of(Client().get(f"/notices/screen/?place={cast.here.community.pk}"))


def test_the_board_names_the_form_and_leads_to_the_screen(cast: Cast) -> None:
    posted(cast, official=RESULT)
    found = text_of(Client().get("/notices/"))
    assert "结果公示 · " in found
    assert "/notices/screen/" in found


def test_english_readers_see_the_frame_in_english(cast: Cast) -> None:
    notice = posted(cast, official=Official(**{**RESULT.__dict__, "days": counted(NOW, 3), "to": ""}))
    found = text_of(reader(language="en").get(f"/notices/{notice.pk}/print/"))
    assert "Result posted" in found
    assert "To all residents:" in found
    assert "so by law it ends at midnight at the end of 15 June 2026" in found
