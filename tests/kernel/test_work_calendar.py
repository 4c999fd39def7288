"""The coming year at the Desk: warned of in time, entered from the notice's own words, and every refusal leads there."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from click.testing import CliRunner
from django.test import Client

from linli.kernel.access.refusals import NotAllowed
from linli.kernel.accounts.models import Account, Event
from linli.kernel.matters import setting_actions
from linli.kernel.matters.clock import Span, due_at
from linli.kernel.matters.commands import work_calendar
from linli.kernel.matters.duties import fill_in
from linli.kernel.matters.models import CalendarYear, Clock, PromiseRule, WorkDay
from linli.kernel.matters.promises import calendar, year_to_enter
from linli.lib.calendar import WorkCalendar
from linli.lib.holiday_notice import Day
from tests.factories import Cast, raised

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Not a notice: made up, so that no test pretends to know what the State Council will say.
TEXT = "一、元旦：1月1日（周五）至3日（周日）放假，共3天。\n二、春节：2月5日至11日放假调休，共7天。2月14日（周日）上班。"
WARNING = "还没有 2027 年的工作日历"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _one_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"


def desk(role: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=f"{role}.here"), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


# --- warned in time ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("today", "years", "wanted"),
    [
        (date(2026, 10, 31), [], None),
        (date(2026, 11, 1), [], 2027),
        (date(2026, 12, 31), [], 2027),
        (date(2026, 12, 31), [2027], None),
        (date(2027, 1, 1), [], 2027),
        (date(2027, 3, 1), [2027], None),
    ],
)
def test_the_coming_year_is_asked_for_from_november(today: date, years: list[int], wanted: int | None) -> None:
    assert year_to_enter(WorkCalendar({}, years), today) == wanted


def test_those_who_lead_read_it_on_top_of_every_page_until_it_is_entered(cast: Cast) -> None:
    with time_machine.travel(at("2026-11-25 09:00"), tick=False):
        pages = {
            role: desk(role).get("/desk/").content.decode()
            for role in ("community_head", "street_officer", "system_admin", "community_worker")
        }
        early = at("2026-10-20 09:00")
    with time_machine.travel(early, tick=False):
        before = desk("community_head").get("/desk/").content.decode()
    CalendarYear.objects.create(year=2027, declared_at=early)
    with time_machine.travel(at("2026-11-25 09:00"), tick=False):
        after = desk("community_head").get("/desk/").content.decode()

    assert [WARNING in pages[role] for role in pages] == [True, True, True, False]
    assert "请提醒系统管理员录入" in pages["community_head"] and "请按国务院通知录入" in pages["system_admin"]
    assert "/desk/settings/calendar/2027/" in pages["community_head"]
    assert WARNING not in before and WARNING not in after


# --- entered ----------------------------------------------------------------------------------------------
def test_the_notice_is_read_shown_and_only_then_taken(cast: Cast) -> None:
    client = desk("system_admin")
    WorkDay.objects.create(day=date(2027, 7, 1), working=False, name="从前录错的")

    shown = client.post("/desk/settings/calendar/2027/", {"notice": TEXT})
    before = (WorkDay.objects.count(), CalendarYear.objects.exists())
    page = shown.content.decode()
    sent_back = page.split('<textarea name="notice"')[1].split(">", 1)[1].split("</textarea>")[0]
    done = client.post("/desk/settings/calendar/2027/", {"notice": sent_back, "confirmed": "1"})

    assert shown.status_code == 200 and before == (1, False)
    assert "春节" in page and "共 7 天" in page and "对照通知" in page  # the made-up year lacks most holidays, and that is said
    assert done.status_code == 302 and calendar().covers(2027)
    assert not calendar().is_working_day(date(2027, 2, 5)) and calendar().is_working_day(date(2027, 2, 14))
    assert calendar().is_working_day(date(2027, 7, 1))
    assert Event.objects.get(kind="calendar_changed").details == {"complete": True, "off": 10, "worked": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_does_as_well_in_the_encodings_people_have(cast: Cast, encoding: str) -> None:
    file = io.BytesIO("日期,放假,名称\n2027-01-01,放假,元旦\n2027-02-14,上班,春节\n".encode(encoding))
    file.name = "2027.csv"

    page = desk("system_admin").post("/desk/settings/calendar/2027/", {"file": file}).content.decode()

    assert "就按这个录入" in page and "元旦" in page


@pytest.mark.parametrize(
    ("given", "said"), [({"notice": ""}, "请粘贴通知的文字"), ({"notice": "一、元旦：1月1日（周四）放假。"}, "不是周四")]
)
def test_what_cannot_be_read_is_said_and_what_was_pasted_stays(cast: Cast, given: dict[str, str], said: str) -> None:
    answer = desk("system_admin").post("/desk/settings/calendar/2027/", given)

    assert answer.status_code == 422 and said in answer.content.decode()
    assert given["notice"] in answer.content.decode() and not CalendarYear.objects.exists()


def test_whoever_may_not_enter_it_reads_who_may_and_enters_nothing(cast: Cast) -> None:
    page = desk("community_worker").get("/desk/settings/calendar/2027/").content.decode()
    forced = desk("community_worker").post("/desk/settings/calendar/2027/", {"notice": TEXT, "confirmed": "1"})

    assert "由系统管理员录入" in page and "读出来看看" not in page
    assert forced.status_code == 403 and not CalendarYear.objects.exists()
    with pytest.raises(NotAllowed):
        setting_actions.enter_year(
            actor=cast.inside["street_officer"], year=2027, days=[Day(date(2027, 1, 1), False, "")], now=at("2026-11-25 09:00")
        )
    assert desk("resident").get("/desk/settings/calendar/2027/").status_code == 403


def test_the_command_line_reads_and_enters_the_same(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "notice.txt"
    file.write_bytes(TEXT.encode("gb18030"))

    looked = CliRunner().invoke(work_calendar, ["2027", str(file), "--dry-run"])
    missing = CliRunner().invoke(work_calendar, ["2027"])
    entered = CliRunner().invoke(work_calendar, ["2027", str(file)])
    file.write_text("一、元旦：1月1日（周四）放假。", encoding="utf-8")
    wrong = CliRunner().invoke(work_calendar, ["2027", str(file)])

    assert looked.exit_code == 0 and "2027-02-14\t上班" in looked.output and "还没有" in missing.output
    assert entered.exit_code == 0 and calendar().covers(2027)
    assert wrong.exit_code == 1 and "不是周四" in wrong.output


# --- the whole road ---------------------------------------------------------------------------------------
def test_a_refused_act_leads_to_the_page_and_after_it_goes_through(cast: Cast) -> None:
    with time_machine.travel(at("2026-12-30 11:00"), tick=False):
        matter = raised(cast, now=at("2026-12-30 10:00"))
        refused = desk("community_worker").post(f"/desk/requests/{matter.ref}/accept/", {"version": matter.version})
        page = refused.content.decode()
        system = desk("system_admin")
        system.post("/desk/settings/calendar/2027/", {"notice": TEXT, "confirmed": "1"})
        again = desk("community_worker").post(f"/desk/requests/{matter.ref}/accept/", {"version": matter.version})

    assert refused.status_code == 409 and 'href="/desk/settings/calendar/2027/"' in page and "系统管理员" in page
    assert again.status_code == 302, again.content.decode()
    # Three working days from Wednesday: Thursday the 31st, then Monday and Tuesday after the holiday.
    assert Clock.objects.get(matter=matter, subject="resolve").due_at == at("2027-01-05 18:00")


def test_deadlines_left_open_are_computed_once_the_year_is_there(cast: Cast) -> None:
    matter = raised(cast, now=at("2026-12-30 10:00"))
    clock = Clock.objects.create(
        matter=matter, subject="resolve", amount=5, unit="working_days", source="规定", started_at=at("2026-12-30 10:00")
    )

    nothing = fill_in(at("2026-12-30 12:00"))
    setting_actions.enter_year(
        actor=cast.inside["system_admin"], year=2027, days=[Day(date(2027, 1, 1), False, "元旦")], now=at("2026-12-30 12:00")
    )
    filled = fill_in(at("2026-12-30 12:01"))

    clock.refresh_from_db()
    assert (nothing, filled) == (0, 1) and clock.due_at == at("2027-01-07 18:00")


def test_every_promise_of_the_house_can_be_kept_count_of_this_week_without_the_coming_year(cast: Cast) -> None:
    """A newcomer of these days meets the warning, and no refusal: the longest promise ends well before the year does."""
    ends = [due_at(at("2026-12-04 17:59"), Span(rule.amount, rule.unit), (), calendar()) for rule in PromiseRule.objects.all()]

    assert len(ends) > 5 and all(end is not None and end.year == 2026 for end in ends)
