"""A request is graded simple or complex; what is promised follows, is regraded honestly, and a plan keeps its promise."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotAllowed, Refused
from linli.kernel.accounts.models import Account
from linli.kernel.matters.models import Clock, Entry, Matter, Suggestion
from linli.kernel.matters.setting_actions import set_promise
from linli.loops.requests.actions import dispatch, grading, handling, whistle
from linli.loops.requests.actions.replaying import Replay, replay_requests
from tests.factories import DAY, HOUR, HOUSE, NOW, Cast, accepted, at, category, in_progress, raised

# NOW is Wednesday 10 June 2026, 10:00. Three working days end on Monday 15 June, 18:00; fifteen days on Thursday 25 June, 10:00.
THREE_DAYS, FIFTEEN_DAYS = at("2026-06-15 18:00"), at("2026-06-25 10:00")


def running(matter: Matter) -> dict[str, datetime | None]:
    return dict(Clock.objects.filter(matter=matter, met_at=None, cancelled_at=None, order=None).values_list("subject", "due_at"))


def graded(cast: Cast, grade: str, now: datetime = NOW) -> Matter:
    return dispatch.accept(actor=cast.community_worker, matter_id=raised(cast).pk, now=now, grade=grade)


def regraded(cast: Cast, matter: Matter, grade: str, now: datetime) -> Matter:
    return grading.regrade(actor=cast.community_worker, matter_id=matter.pk, now=now, grade=grade, text="牵涉维保和产权两方")


def planned(cast: Cast, matter: Matter, on: str, now: datetime) -> Matter:
    return grading.plan(
        actor=cast.community_worker, matter_id=matter.pk, now=now, text="先换轴承，再试两天", done_on=date.fromisoformat(on)
    )


# --- what is promised ----------------------------------------------------------------------------
def test_a_complex_request_is_owed_a_plan_in_three_working_days_and_has_the_longer_limit(cast: Cast) -> None:
    matter = graded(cast, "complex")

    assert running(matter)["plan"] == THREE_DAYS
    assert running(matter)["resolve"] == FIFTEEN_DAYS
    assert (matter.due_at, matter.due_for) == (NOW + DAY, "first_answer")


@pytest.mark.parametrize("grade", ["simple", ""])
def test_a_simple_or_ungraded_request_is_owed_its_solution_in_three_working_days(cast: Cast, grade: str) -> None:
    matter = graded(cast, grade)

    assert matter.grade == grade
    assert running(matter)["resolve"] == THREE_DAYS
    assert "plan" not in running(matter)


def test_the_grade_beats_the_category_but_never_the_urgency(cast: Cast) -> None:
    fast = dispatch.accept(
        actor=cast.community_worker, matter_id=raised(cast).pk, now=NOW, category=category("parking_occupied"), grade="complex"
    )
    urgent = dispatch.accept(actor=cast.community_worker, matter_id=raised(cast, urgency="urgent").pk, now=NOW, grade="complex")

    assert running(fast)["resolve"] == FIFTEEN_DAYS
    assert running(urgent)["resolve"] == NOW + DAY


def test_what_is_promised_follows_the_category_chosen_on_accepting(cast: Cast) -> None:
    matter = dispatch.accept(actor=cast.community_worker, matter_id=raised(cast).pk, now=NOW, category=category("parking_occupied"))

    assert running(matter)["resolve"] == NOW + 84 * HOUR


def test_a_grade_chosen_on_dispatching_counts_from_the_acceptance(cast: Cast) -> None:
    matter = accepted(cast)

    dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW + DAY, unit=cast.here.units["housing"], grade="complex")

    assert running(matter)["plan"] == THREE_DAYS
    assert running(matter)["resolve"] == FIFTEEN_DAYS


def whistle_up(cast: Cast, matter: Matter, now: datetime, **more: Any) -> Matter:
    units = cast.here.units
    called = {"lead": units["housing"], "others": [units["water"]]}
    return whistle.whistle(actor=cast.street_officer, matter_id=matter.pk, now=now, text="一起到场", **called, **more)


def test_a_whistle_that_takes_a_request_up_grades_it_as_accepting_does(cast: Cast) -> None:
    matter = whistle_up(cast, raised(cast), NOW, category=category("parking_occupied"), grade="complex")

    assert (matter.state, matter.grade, matter.category) == ("whistled", "complex", category("parking_occupied"))
    assert running(matter)["plan"] == THREE_DAYS
    assert running(matter)["resolve"] == FIFTEEN_DAYS
    assert Entry.objects.get(matter=matter, verb="whistle").facts["grade"] == "complex"
    assert Suggestion.objects.get(matter=matter, field="category").chosen == "parking_occupied"


def test_a_whistle_without_a_grade_promises_as_for_a_simple_one(cast: Cast) -> None:
    matter = whistle_up(cast, raised(cast), NOW)

    assert matter.grade == ""
    assert running(matter)["resolve"] == THREE_DAYS
    assert "plan" not in running(matter)


def test_a_grade_chosen_on_whistling_counts_from_the_acceptance(cast: Cast) -> None:
    matter = whistle_up(cast, accepted(cast), NOW + DAY, grade="complex")

    assert running(matter)["plan"] == THREE_DAYS
    assert running(matter)["resolve"] == FIFTEEN_DAYS


def test_a_whistle_with_an_unknown_grade_is_refused_and_calls_nobody(cast: Cast) -> None:
    matter = raised(cast)

    with pytest.raises(Invalid) as refused:
        whistle_up(cast, matter, NOW, grade="impossible")

    assert set(refused.value.fields) == {"grade"}
    assert Matter.objects.get(pk=matter.pk).state == "raised"


def test_an_operator_may_promise_otherwise_for_complex_ones(cast: Cast) -> None:
    set_promise(actor=HOUSE, kind="request", subject="resolve", amount=20, unit="days", grade="complex", source="本街道规定", now=NOW - DAY)

    assert running(graded(cast, "complex"))["resolve"] == NOW + 20 * DAY
    assert running(graded(cast, "simple"))["resolve"] == THREE_DAYS


def test_an_unknown_grade_is_refused_and_nothing_is_accepted(cast: Cast) -> None:
    matter = raised(cast)

    with pytest.raises(Invalid) as refused:
        dispatch.accept(actor=cast.community_worker, matter_id=matter.pk, now=NOW, grade="impossible")

    assert set(refused.value.fields) == {"grade"}
    assert Matter.objects.get(pk=matter.pk).state == "raised"


# --- suggested, and chosen beside it -------------------------------------------------------------
def test_the_choice_stands_beside_the_suggestion_with_its_reason(cast: Cast) -> None:
    matter = raised(cast, title="外墙渗水反映多次，产权单位互相推诿", body="")

    dispatch.accept(actor=cast.community_worker, matter_id=matter.pk, now=NOW, grade="simple")

    row = Suggestion.objects.get(matter=matter, field="grade")
    assert (row.suggested, row.chosen, row.chosen_by_id) == ("complex", "simple", cast.community_worker.account_id)
    assert row.reason == ["反映多次", "产权", "互相推诿"]


# --- regrading -----------------------------------------------------------------------------------
def test_regrading_to_complex_counts_from_the_acceptance_and_says_why_in_public(cast: Cast) -> None:
    matter = in_progress(cast)

    regraded(cast, matter, "complex", NOW + DAY)

    assert running(matter)["plan"] == THREE_DAYS
    assert running(matter)["resolve"] == FIFTEEN_DAYS
    entry = Entry.objects.get(matter=matter, verb="regrade")
    assert (entry.public, entry.text, entry.facts["grade"]) == (True, "牵涉维保和产权两方", "complex")


def test_a_promise_that_was_overdue_stays_overdue_after_regrading(cast: Cast) -> None:
    matter = in_progress(cast)
    late = THREE_DAYS + 2 * HOUR

    regraded(cast, matter, "complex", late)

    matter.refresh_from_db()
    assert matter.was_late
    old = Clock.objects.get(matter=matter, subject="resolve", cancelled_at=late)
    assert (old.due_at, old.amount, old.unit) == (THREE_DAYS, 3, "working_days")
    assert running(matter)["resolve"] == FIFTEEN_DAYS


def test_regrading_to_simple_never_makes_a_deadline_of_the_past_and_never_a_later_one(cast: Cast) -> None:
    early, close = graded(cast, "complex"), graded(cast, "complex")

    regraded(cast, early, "simple", at("2026-06-16 09:00"))
    regraded(cast, close, "simple", at("2026-06-24 09:00"))

    assert running(early)["resolve"] == at("2026-06-22 18:00")  # three working days from the regrading; the 19th is a holiday
    assert running(close)["resolve"] == FIFTEEN_DAYS  # the old promise ends sooner, so it stands
    assert "plan" not in running(early)


def test_regrading_while_suspended_leaves_the_clocks_standing(cast: Cast) -> None:
    matter = in_progress(cast)
    handling.suspend(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="等配件", review_on=date(2026, 6, 20))

    regraded(cast, matter, "complex", NOW + DAY)
    assert running(matter)["resolve"] is None

    handling.resume(actor=cast.department_handler, matter_id=matter.pk, now=NOW + 5 * DAY)
    assert running(matter)["resolve"] == FIFTEEN_DAYS + 5 * DAY


def test_regrading_to_the_same_is_refused_and_a_reason_is_asked_for(cast: Cast) -> None:
    matter = graded(cast, "complex")

    with pytest.raises(Refused) as same:
        regraded(cast, matter, "complex", NOW + HOUR)
    with pytest.raises(Invalid) as silent:
        grading.regrade(actor=cast.community_worker, matter_id=matter.pk, now=NOW + HOUR, grade="simple", text="")

    assert same.value.code == "same_grade"
    assert set(silent.value.fields) == {"text"}
    assert Entry.objects.filter(matter=matter, verb="regrade").count() == 0


def test_a_resident_may_not_grade(cast: Cast) -> None:
    matter = graded(cast, "simple")

    with pytest.raises(NotAllowed):
        grading.regrade(actor=cast.raiser, matter_id=matter.pk, now=NOW, grade="complex", text="我觉得很难")


# --- the plan ------------------------------------------------------------------------------------
def test_a_plan_in_time_keeps_the_promise_of_a_plan_and_its_day_becomes_the_promise(cast: Cast) -> None:
    matter = graded(cast, "complex")

    done = planned(cast, matter, "2026-06-20", NOW + DAY)

    clock = Clock.objects.get(matter=matter, subject="plan")
    assert clock.met_at == NOW + DAY
    assert not done.was_late
    assert running(matter)["resolve"] == at("2026-06-20 18:00")


def test_a_plan_of_a_complex_request_cannot_name_a_day_beyond_what_is_promised(cast: Cast) -> None:
    matter = graded(cast, "complex")

    with pytest.raises(Invalid) as refused:
        planned(cast, matter, "2026-06-26", NOW + DAY)

    assert refused.value.code == "beyond_promise"
    assert running(matter)["resolve"] == FIFTEEN_DAYS


def test_a_plan_of_a_simple_request_keeps_its_promise_once_up_to_the_limit_of_a_complex_one(cast: Cast) -> None:
    matter = graded(cast, "simple")

    planned(cast, matter, "2026-06-18", NOW + DAY)
    assert Clock.objects.get(matter=matter, subject="resolve", due_at=THREE_DAYS).met_at == NOW + DAY
    assert running(matter)["resolve"] == at("2026-06-18 18:00")

    with pytest.raises(Invalid):
        planned(cast, matter, "2026-06-19", NOW + 2 * DAY)
    planned(cast, matter, "2026-06-17", NOW + 2 * DAY)
    assert running(matter)["resolve"] == at("2026-06-17 18:00")


def test_a_late_plan_is_welcome_and_late(cast: Cast) -> None:
    matter = graded(cast, "complex")

    done = planned(cast, matter, "2026-06-20", THREE_DAYS + HOUR)

    assert done.was_late
    assert running(matter)["resolve"] == at("2026-06-20 18:00")


def test_a_plan_after_everything_promised_is_past_makes_no_new_promise(cast: Cast) -> None:
    matter = graded(cast, "complex")

    planned(cast, matter, "2026-07-20", FIFTEEN_DAYS + DAY)

    assert running(matter) == {"resolve": FIFTEEN_DAYS}


def test_a_plan_answers_the_people_and_tells_them_the_day(cast: Cast) -> None:
    matter = graded(cast, "complex")

    done = planned(cast, matter, "2026-06-20", NOW + HOUR)

    assert done.answered_at == NOW + HOUR
    assert "first_answer" not in running(matter)


@pytest.mark.parametrize("day", ["2026-06-09", "2027-07-01"])
def test_a_day_past_or_more_than_a_year_off_is_no_plan(cast: Cast, day: str) -> None:
    with pytest.raises(Invalid) as refused:
        planned(cast, graded(cast, "complex"), day, NOW)

    assert set(refused.value.fields) == {"done_on"}


def test_who_has_a_plan_is_not_asked_for_another_on_regrading(cast: Cast) -> None:
    matter = graded(cast, "simple")
    planned(cast, matter, "2026-06-18", NOW + DAY)

    regraded(cast, matter, "complex", NOW + 2 * DAY)

    assert "plan" not in running(matter)


def test_the_handlers_inbox_shows_the_plan_first(cast: Cast) -> None:
    matter = graded(cast, "complex")
    dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW, unit=cast.here.units["housing"])

    assert matter.orders.get(task="handle").due_at == THREE_DAYS


# --- shown, found, taken in and out --------------------------------------------------------------
def signed_in(actor: Actor, settings: Any) -> Client:
    settings.STAFF_SECOND_FACTOR = "optional"
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_list_and_its_export_are_narrowed_by_grade(cast: Cast, settings: Any) -> None:
    hard, easy = graded(cast, "complex"), graded(cast, "simple")
    client = signed_in(cast.community_worker, settings)

    shown = client.get("/desk/requests/?grade=complex").content.decode()
    sheet = b"".join(client.get("/desk/export/requests?grade=complex&format=csv").streaming_content).decode("utf-8-sig")

    assert f"/desk/requests/{hard.ref}/" in shown
    assert f"/desk/requests/{easy.ref}/" not in shown
    assert hard.ref in sheet and "复杂" in sheet
    assert easy.ref not in sheet


def test_the_form_stands_on_the_suggested_grade_and_takes_what_the_worker_chose(cast: Cast, settings: Any) -> None:
    matter = raised(cast, title="外墙渗水反映多次，产权单位互相推诿", body="")
    client = signed_in(cast.community_worker, settings)
    page = client.get(f"/desk/requests/{matter.ref}/").content.decode()

    answer = client.post(f"/desk/requests/{matter.ref}/accept/", {"grade": "simple", "version": matter.version})

    assert '<option value="complex" selected>复杂</option>' in page
    assert "因为写到“反映多次、产权、互相推诿”" in page
    assert answer.status_code == 302
    matter.refresh_from_db()
    assert (matter.state, matter.grade) == ("accepted", "simple")


def test_the_public_page_says_what_was_graded_planned_and_promised(cast: Cast) -> None:
    matter = graded(cast, "complex")
    planned(cast, matter, "2026-06-20", NOW + DAY)

    page = Client().get(f"/requests/{matter.ref}/").content.decode()

    assert "复杂：先给出方案，办结时限更长" in page
    assert "拿出方案：6 月 20 日周六前办完" in page
    assert "先换轴承，再试两天" in page


def test_a_request_brought_in_keeps_the_grade_of_its_sheet(cast: Cast) -> None:
    old = Replay(title="外墙渗水", body="", place=cast.here.compound, raised_at=NOW - 9 * DAY, external_id="12345-1", grade="complex")

    replay_requests(actor=cast.community_head, replays=[old], now=NOW)
    fresh = raised(cast, grade="complex")

    assert Matter.objects.get(external_id="12345-1").grade == "complex"
    assert dispatch.accept(actor=cast.community_worker, matter_id=fresh.pk, now=NOW).grade == "complex"
    assert running(fresh)["plan"] == THREE_DAYS


def test_a_request_graded_before_is_planned_for_once_however_it_is_sent_on(cast: Cast) -> None:
    matter = graded(cast, "complex")
    planned(cast, matter, "2026-06-20", NOW + HOUR)

    dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW + DAY, unit=cast.here.units["housing"])

    assert "plan" not in running(matter)
