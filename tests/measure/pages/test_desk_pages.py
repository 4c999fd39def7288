"""The Desk's pages of indicators: coverage, one with what stands behind it, a change tried and kept, a figure entered, a period published."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from linli.kernel.places.models import Place
from linli.measure import building, indicators, queries
from linli.measure.actions import verify_figures
from linli.measure.asked import actions as asking
from linli.measure.asked.models import Asked
from linli.measure.models import Definition, Entered, Figure, Published
from tests.factories import NOW, Cast
from tests.measure.pages.browsing import browser, page, post

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
HOME = "/desk/indicators/"
RATE, HOURS, POLICE = "resident_request_response_rate", "service_response_hours", "public_security_case_change"


def fields(text: str) -> dict[str, str]:
    """What a form holds as it was sent: its inputs, its areas and its chosen options."""
    found: dict[str, str] = {}
    begin = text.index('<form method="post" class="stack')
    form = text[begin : text.index("</form>", begin)]
    for tag in re.findall(r"<input[^>]*>", form):
        name, kind = re.search(r'name="([^"]+)"', tag), re.search(r'type="([^"]+)"', tag)
        if name and kind and kind[1] not in ("checkbox", "radio"):
            found[name[1]] = (re.search(r'value="([^"]*)"', tag) or ["", ""])[1]
    for name, body in re.findall(r'<textarea name="([^"]+)"[^>]*>\s*(.*?)</textarea>', form, re.S):
        found[name] = body
    for name, body in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.S):
        found[name] = (re.search(r'value="([^"]*)" selected', body) or ["", ""])[1]
    return {name: unescape(value) for name, value in found.items()}


def test_the_coverage_table_names_every_indicator_and_says_where_it_comes_from(cast: Cast) -> None:
    head = browser(cast, "community_head")
    text = page(head, HOME)

    for one, _version in indicators.in_force().values():
        assert one.name_zh in text
    assert "75%" in text  # 12 of the 16 requests of May were answered in time
    assert "12 / 16" in text
    assert "没有达到目标" in text
    assert indicators.indicator(POLICE)[0].why_zh in text
    narrowed = page(head, f"{HOME}?state=entered&period=2026-04")
    assert "社区治安案件下降率" in narrowed
    assert "居民诉求响应率" not in narrowed
    assert "没有符合条件的指标" in page(head, f"{HOME}?q=不存在的")
    assert "期间请写成" in page(head, f"{HOME}?period=2026-13", 422)


def test_one_indicator_opens_the_matters_behind_it_and_stands_beside_those_below(cast: Cast) -> None:
    officer = browser(cast, "street_officer")
    text = page(officer, f"{HOME}of/{RATE}/?place={cast.here.community.pk}&period=2026-05")

    assert "75%" in text
    assert "不低于 95%" in text
    assert "用表格看" in text
    assert text.count("trend-point") == 3  # March, April, May
    behind = re.search(r'href="([^"]*behind/[^"]*of=numerator[^"]*)"', text)
    assert behind
    listed = page(officer, behind[1].replace("&amp;", "&"))
    assert "您能看到的共 12 件" in listed
    assert "电梯停了" in listed
    street = page(officer, f"{HOME}of/{RATE}/?place={cast.here.street.pk}&period=2026-05")
    assert cast.here.community.name in street
    assert "不排名次" in street
    # A quarter that runs, and one before there was anything.
    assert "36 / 50" in page(officer, f"{HOME}of/{RATE}/?period=2026")
    assert "没有数字" in page(officer, f"{HOME}of/{RATE}/?period=2024-01")


def test_too_few_cases_have_no_value_and_other_peoples_places_are_not_found(cast: Cast) -> None:
    there = browser(cast, "community_head", "outside")
    text = page(there, f"{HOME}of/{RATE}/?period=2026-05")

    assert "样本太少" in text
    assert "100%" not in text
    page(there, f"{HOME}of/{RATE}/?place={cast.here.community.pk}", 404)
    page(there, f"{HOME}of/no_such_thing/", 404)
    page(browser(cast, "department_handler"), HOME, 403)


def test_a_change_is_tried_on_the_last_year_before_it_holds_and_says_who_made_it_and_why(cast: Cast) -> None:
    officer = browser(cast, "street_officer")
    path = f"{HOME}of/{RATE}/edit/?place={cast.here.community.pk}"
    given = {**fields(page(officer, path)), "reason": "先按七成五算", "target_1_op": ">=", "target_1_value": "75", "target_1_year": "2026"}
    sent = post(officer, path, {**given, "do": "preview"})
    asked = Asked.objects.get()

    assert sent["Location"] == f"{HOME}asked/{asked.pk}/"
    assert "正在算" in page(officer, sent["Location"])
    assert not Definition.objects.exists()
    assert asking.answer_due(NOW) == 1
    assert asking.answer_due(NOW) == 0
    text = page(officer, sent["Location"])
    assert "按现在的定义有 0 个月达到目标，改了以后是 3 个月。" in text
    post(officer, f"{sent['Location']}keep/", {})
    one, version = indicators.indicator(RATE)
    assert (version, [(t.year, int(t.value)) for t in one.targets]) == (1, [(2025, 95), (2026, 75)])
    after = page(officer, f"{HOME}of/{RATE}/?place={cast.here.community.pk}&period=2026-05")
    assert "先按七成五算" in after
    assert "达到目标" in after
    indicators.forget()


def test_a_formula_is_changed_in_rows_and_what_cannot_be_computed_comes_back_with_everything_typed(cast: Cast) -> None:
    officer = browser(cast, "street_officer")
    path = f"{HOME}of/{RATE}/edit/"
    given = {**fields(page(officer, path)), "place": str(cast.here.community.pk), "do": "preview"}
    unchanged = post(officer, path, {**given, "reason": "什么也没改"}, 422).content.decode()
    wrong = {
        **given, "reason": "只数电话来的", "denominator_where_1_column": "request.channel", "denominator_where_1_op": "is",
        "denominator_where_1_value": "烽火台", "target_0_year": "",
    }  # fmt: skip
    text = post(officer, path, wrong, 422).content.decode()

    assert "什么都没有改" in unchanged
    assert "可以写的值" in text
    assert "请写年份，或者写阶段" in text
    assert "只数电话来的" in text
    right = {**wrong, "denominator_where_1_value": "counter", "target_0_year": "2026"}
    post(officer, path, right)
    asking.answer_due(NOW)
    asked = Asked.objects.get()
    assert asked.problem == ""
    assert asked.data["formula"]["denominator"]["where"] == [["channel", "is", "counter"]]
    assert asked.answer["rows"][-1] == ["2026-05", 75.0, 75.0, 16]
    page(browser(cast, "community_worker"), path, 403)


def test_a_figure_from_a_document_is_entered_once_more_and_shown_with_it(cast: Cast) -> None:
    head, place = browser(cast, "community_head"), cast.here.community.pk
    path = f"{HOME}of/{POLICE}/enter/"
    given = {"place": place, "period": "2026-05", "value": "12.5", "kind": "outside", "document": "派出所五月通报", "dated": "2026-06-03"}
    page(head, path)
    missing = post(head, path, {**given, "document": "", "dated": "2026-12-01"}, 422).content.decode()
    post(head, path, given)
    post(head, path, {**given, "value": "13"})

    assert 'value="12.5"' in missing
    assert Entered.objects.count() == 2
    text = page(head, f"{HOME}of/{POLICE}/?period=2026-05")
    assert "13%" in text
    assert "派出所五月通报" in text
    assert "不能填数" in page(head, f"{HOME}of/{RATE}/enter/", 409)


def test_a_period_that_is_over_is_published_by_the_worker_and_comes_out_again(cast: Cast) -> None:
    head = browser(cast, "community_head")
    assert "会公布" in page(head, f"{HOME}publish/?period=2026-05")
    running = post(head, f"{HOME}publish/", {"place": cast.here.community.pk, "period": "2026-06"}, 409).content.decode()
    sent = post(head, f"{HOME}publish/", {"place": cast.here.community.pk, "period": "2026-05"})

    assert "还没有结束" in running
    assert not Published.objects.exists()
    assert asking.any_waits(NOW)
    assert asking.answer_due(NOW) == 1
    n = Published.objects.count()
    assert n >= 2
    assert f"公布了 {n} 个数字" in page(head, sent["Location"])
    assert "这些数字都已公布，没有变化" in page(head, f"{HOME}publish/?period=2026-05")
    assert list(verify_figures()) == []
    assert "公布过的数字" in page(head, f"{HOME}of/{RATE}/?period=2026-05")
    # A refusal in the worker is told, not lost: whoever asked may no longer publish.
    late = asking.ask_to_publish(
        actor=cast.inside["community_head"], place=cast.here.community, span=queries.period_asked("2026-04", NOW), now=NOW
    )
    Asked.objects.filter(pk=late.pk).update(asked_by=cast.inside["auditor"].account_id)
    asking.answer_due(NOW)
    late.refresh_from_db()
    assert (late.answer, bool(late.problem)) == ({}, True)


def test_damaged_facts_are_said_and_change_nothing(cast: Cast) -> None:
    asked = asking.ask_preview(
        actor=cast.inside["street_officer"], code=RATE, data={"fewest": 3}, reason="试", place=cast.here.community, now=NOW
    )
    part = next(p for p in building.current().parts if p.table == "request" and p.month == "2026-05")
    file = building.folder() / part.file if hasattr(part, "file") else None
    assert file
    kept = file.read_bytes()
    try:
        file.write_bytes(kept[:100])
        asking.answer_due(NOW)
    finally:
        file.write_bytes(kept)
    asked.refresh_from_db()

    assert asked.problem
    assert asked.answer == {}
    assert Figure.objects.exists()


def test_without_the_libraries_of_the_lake_it_is_said_and_nothing_typed_is_lost(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    officer, path = browser(cast, "street_officer"), f"{HOME}of/{RATE}/edit/"
    given = {**fields(page(officer, path)), "reason": "改成八成", "target_0_value": "80", "do": "preview"}
    monkeypatch.setattr(asking, "HAS_LAKE", False)
    text = post(officer, path, given, 422).content.decode()
    published = post(officer, f"{HOME}publish/", {"period": "2026-05"}, 409).content.decode()

    for said in (text, published):
        assert "没有安装分析组件" in said
    assert "改成八成" in text
    assert not Asked.objects.exists()


def test_the_lists_leave_as_files(cast: Cast) -> None:
    head = browser(cast, "community_head")
    for path in (
        HOME,
        f"{HOME}of/{RATE}/?period=2026-05",
        f"{HOME}of/{RATE}/behind/?period=2026-05&of=numerator",
        f"{HOME}publish/?period=2026-05",
    ):
        answer = head.get(f"{path}{'&' if '?' in path else '?'}format=csv")
        body = b"".join(answer.streaming_content).decode("utf-8-sig") if answer.streaming else answer.content.decode("utf-8-sig")  # type: ignore[attr-defined]
        assert answer.status_code == 200
        assert len(body.splitlines()) > 2


def test_machines_read_definitions_and_of_figures_what_is_theirs(cast: Cast) -> None:
    place, stranger, head = cast.here.community.pk, Client(), browser(cast, "community_head")

    def got(client: Client, path: str) -> Any:
        answer = client.get(path)
        assert answer.status_code == 200, answer.content
        return answer.json()

    assert {row["code"] for row in got(stranger, "/api/v1/indicators?state=entered")} >= {POLICE}
    assert got(stranger, f"/api/v1/indicators/{HOURS}")["targets"][0]["value"] == 24
    assert stranger.get("/api/v1/indicators/none").status_code == 404
    inside = {row["code"]: row for row in got(head, f"/api/v1/indicator-figures?place={place}&period=2026-05")["items"]}
    assert (inside[RATE]["value"], inside[RATE]["met"], inside[RATE]["published"]) == (75.0, False, False)
    assert got(stranger, f"/api/v1/indicator-figures?place={place}&period=2026-05") == {"items": []}
    assert stranger.get(f"/api/v1/indicator-figures?place={place}&period=May").status_code == 422


def test_a_place_nobody_counted_in_says_so(cast: Cast) -> None:
    empty = Place.objects.create(
        kind="community", name="新社区", parent=cast.here.street, path=f"{cast.here.street.path}ZZZZZ0", created_at=NOW
    )
    text = page(browser(cast, "street_officer"), f"{HOME}?place={empty.pk}")

    assert "没有数字" in text
