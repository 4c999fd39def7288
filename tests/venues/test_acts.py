"""What is done with venues: allowed, refused with its reason, repeated, and at once where something is scarce."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from linli.kernel.access.actor import ANONYMOUS
from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, Refused
from linli.kernel.matters.models import Matter
from linli.kernel.people.actions import erase_person
from linli.kernel.places.actions import add_place, merge_places
from linli.kernel.places.rooms import offered, room_in, uses_of
from linli.law.venues import standards
from linli.loops.council.meetings.actions import noticing, planning
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.venues import checks
from linli.loops.venues.actions import exiting, keeping, opening, promising, rating, setting
from linli.loops.venues.models import ExitCase, HoursPlan, OwnStandard, Venue, VisitRating
from linli.loops.venues.queries import Wanted, cases_of, log_of, public_venues, venue_for
from linli.loops.venues.rules import Yearly
from linli.loops.venues.standing import kept_between, openings_between, quarter_begins, stand_of
from tests.factories import DAY, HOUR, HOUSE, MINUTE, NOW, Cast, at
from tests.venues.scene import WEEK, bad_years, given


def fresh(venue: Venue, now: Any = NOW) -> Venue:
    return venue_for(HOUSE, venue.pk, now)


def states(venue: Venue, now: Any = NOW) -> dict[str, str]:
    return {f.standard.code: f.state for f in stand_of(fresh(venue, now), now).findings}


# --- the register -------------------------------------------------------------------------------------------------------------
def test_a_venue_stands_against_its_standards_with_what_it_would_take(venue: Venue) -> None:
    stand = stand_of(fresh(venue), NOW)
    missed = {f.standard.code: f.short for f in stand.findings if f.state == "misses"}

    assert missed["area_500_1000"] == Fraction(9, 2)
    assert "zone_mediation" in missed
    assert states(venue)["open_20h"] == "meets"
    assert states(venue)["area_old_estate"] == "meets"  # the one compound of its place has this venue
    assert states(venue)["open_evening"] == "meets"
    assert states(venue)["st_volunteers"] == "unknown"
    assert states(venue)["area_new_estate"] == "not_applicable"


def test_households_are_counted_from_the_register_of_homes_unless_entered(cast: Cast, venue: Venue) -> None:
    keeping.change_venue(actor=cast.community_worker, venue_id=venue.pk, given=given(cast, households=None), now=NOW)

    stand = stand_of(fresh(venue), NOW)

    assert (stand.facts.households, stand.counted) == (2, True)
    assert states(venue)["area_under_500"] == "meets"


def test_who_may_not_is_refused_and_a_worker_elsewhere_too(cast: Cast) -> None:
    for actor in (ANONYMOUS, cast.raiser, cast.grid_worker, cast.outside["community_worker"]):
        with pytest.raises(NotAllowed):
            keeping.add_venue(actor=actor, given=given(cast, name="别处"), now=NOW)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "芳草议事厅"}, "name"),
        ({"area": 0}, "area"),
        ({"phone": "12"}, "phone"),
        ({"households": 0}, "households"),
        ({"cost_fen": -1}, "cost_fen"),
        ({"has": {"zone_of_mars": True}}, "has"),
        ({"has": {"fn_meeting": True}}, "has"),
        ({"functions": ["eq_ramp"]}, "functions"),
        ({"staff": {"full_time": -1}}, "staff"),
        ({"staff": {"janitor": 1}}, "staff"),
        ({"traits": ["rich"]}, "traits"),
        ({"point": (99.0, 0.0)}, "latitude"),
        ({"state": "closed"}, "state"),
        ({"opened_on": date(2026, 6, 11)}, "opened_on"),
    ],
)
def test_what_is_wrong_with_a_venue_is_said_on_its_field(cast: Cast, venue: Venue, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        keeping.add_venue(actor=cast.community_worker, given=given(cast, **{"name": "新的", **change}), now=NOW)

    assert field in refused.value.fields


def test_a_home_is_no_place_for_a_venue(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        keeping.add_venue(actor=cast.community_worker, given=given(cast, place=cast.here.homes[0]), now=NOW)
    assert "place" in refused.value.fields


def test_of_two_who_change_it_at_once_one_is_told(cast: Cast, venue: Venue) -> None:
    first = keeping.change_venue(actor=cast.community_worker, venue_id=venue.pk, given=given(cast, area=5000), now=NOW, seen=1)

    with pytest.raises(Conflict):
        keeping.change_venue(actor=cast.community_head, venue_id=venue.pk, given=given(cast, area=6000), now=NOW, seen=1)
    same = keeping.change_venue(actor=cast.community_head, venue_id=venue.pk, given=given(cast, area=5000), now=NOW, seen=2)

    assert (first.version, same.version, fresh(venue).area) == (2, 2, 5000)


def test_a_picture_needs_words_for_those_who_do_not_see_it(cast: Cast, venue: Venue) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    sent = {"actor": cast.community_worker, "venue_id": venue.pk, "name": "a.png", "now": NOW}

    with pytest.raises(Invalid) as refused:
        keeping.set_photo(upload=BytesIO(picture.getvalue()), words="", **sent)
    with pytest.raises(Invalid):
        keeping.set_photo(upload=BytesIO(b"no picture"), words="门口", **sent)
    kept = keeping.set_photo(upload=BytesIO(picture.getvalue()), words="门口和坡道", **sent)

    assert "photo_words" in refused.value.fields
    assert kept.photo is not None
    assert keeping.set_photo(upload=None, words="", **sent).photo is None


def test_a_closed_venue_stays_to_be_seen_and_its_name_is_free_again(cast: Cast, venue: Venue) -> None:
    opening.open_now(actor=cast.grid_worker, venue_id=venue.pk, now=NOW)
    with pytest.raises(Invalid):
        keeping.close_venue(actor=cast.community_worker, venue_id=venue.pk, reason=" ", now=NOW + HOUR)

    keeping.close_venue(actor=cast.community_worker, venue_id=venue.pk, reason="搬到新楼", now=NOW + HOUR)

    assert log_of(venue, NOW + HOUR)[0].closed_at == NOW + HOUR
    assert public_venues(Wanted(), NOW).rows == []
    assert not stand_of(fresh(venue), NOW + HOUR).now.open
    with pytest.raises(Refused):
        opening.open_now(actor=cast.grid_worker, venue_id=venue.pk, now=NOW + 2 * HOUR)
    with pytest.raises(Refused):
        keeping.change_venue(actor=cast.community_worker, venue_id=venue.pk, given=given(cast), now=NOW + 2 * HOUR)
    assert keeping.add_venue(actor=cast.community_worker, given=given(cast), now=NOW + 2 * HOUR).pk != venue.pk


def test_a_venue_of_a_place_merged_into_another_belongs_to_that_one(cast: Cast, venue: Venue) -> None:
    other = add_place(actor=HOUSE, kind="compound", name="桂花苑", parent=cast.here.grid, now=NOW)
    twin = keeping.add_venue(actor=cast.community_worker, given=given(cast, place=other), now=NOW)

    merge_places(actor=HOUSE, source=cast.here.compound, target=other, now=NOW)

    venue.refresh_from_db()
    assert venue.place_id == twin.place_id == other.pk
    assert venue.name != twin.name


# --- hours ---------------------------------------------------------------------------------------------------------------------
def test_new_hours_follow_the_old_from_their_day_and_the_past_stays(cast: Cast, venue: Venue) -> None:
    longer = tuple(((480, 1200),) for _n in range(7))
    sent = {"actor": cast.community_worker, "venue_id": venue.pk}

    promising.set_hours(week=longer, starts_on=date(2026, 6, 15), now=NOW, **sent)

    promise = stand_of(fresh(venue), NOW).promise
    assert promise.on(date(2026, 6, 12)) == WEEK[4]
    assert promise.on(date(2026, 6, 15)) == ((480, 1200),)
    promising.set_hours(week=longer, starts_on=date(2026, 6, 15), now=NOW, **sent)
    assert HoursPlan.objects.filter(venue=venue).count() == 2
    with pytest.raises(Invalid) as refused:
        promising.set_hours(week=longer, starts_on=date(2026, 6, 9), now=NOW, **sent)
    assert "starts_on" in refused.value.fields
    promising.set_hours(week=WEEK, starts_on=date(2026, 6, 11), now=NOW, **sent)  # before the ones to come: those never come
    assert stand_of(fresh(venue), NOW).promise.on(date(2026, 6, 16)) == WEEK[1]
    assert list(checks.promises()) == []


def test_a_single_day_differs_with_its_reason_until_it_is_taken_back(cast: Cast, venue: Venue) -> None:
    sent = {"actor": cast.community_worker, "venue_id": venue.pk, "day": date(2026, 6, 19), "now": NOW}

    with pytest.raises(Invalid) as refused:
        promising.set_exception(spans=[(600, 540)], reason="", **sent)
    promising.set_exception(spans=[], reason="端午放假", **sent)

    assert {"spans", "reason"} <= set(refused.value.fields)
    assert stand_of(fresh(venue), NOW).promise.on(date(2026, 6, 19)) == ()
    promising.drop_exception(**sent)
    assert stand_of(fresh(venue), NOW).promise.on(date(2026, 6, 19)) == WEEK[4]


# --- the log -------------------------------------------------------------------------------------------------------------------
def test_opening_twice_is_once_and_the_log_is_held_against_the_promise(cast: Cast, venue: Venue) -> None:
    nine = at("2026-06-10 09:10")
    one = opening.open_now(actor=cast.grid_worker, venue_id=venue.pk, now=nine)
    assert opening.open_now(actor=cast.community_worker, venue_id=venue.pk, now=nine + MINUTE).pk == one.pk

    opening.close_now(actor=cast.grid_worker, venue_id=venue.pk, now=at("2026-06-10 12:00"))

    with pytest.raises(Refused):
        opening.close_now(actor=cast.grid_worker, venue_id=venue.pk, now=at("2026-06-10 12:01"))
    since, until = at("2026-06-10 00:00"), at("2026-06-10 20:00")
    kept = kept_between(stand_of(fresh(venue), until).promise, openings_between(venue, since, until), since, until)
    assert (kept.promised, kept.kept, kept.missed, kept.beyond) == (390, 170, 220, 0)


def test_whoever_forgot_to_close_says_when_it_was(cast: Cast, venue: Venue) -> None:
    opening.open_now(actor=cast.grid_worker, venue_id=venue.pk, now=NOW - 2 * DAY)

    assert stand_of(fresh(venue), NOW).now.forgotten
    with pytest.raises(Refused):
        opening.open_now(actor=cast.grid_worker, venue_id=venue.pk, now=NOW)
    with pytest.raises(Invalid):
        opening.close_now(actor=cast.grid_worker, venue_id=venue.pk, now=NOW)
    opening.close_now(actor=cast.grid_worker, venue_id=venue.pk, now=NOW, at=NOW - 2 * DAY + 3 * HOUR)
    assert opening.open_now(actor=cast.grid_worker, venue_id=venue.pk, now=NOW).closed_at is None


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("2026-06-10 11:00", "2026-06-10 12:00", "opened_at"),
        ("2026-06-09 12:00", "2026-06-09 09:00", "closed_at"),
        ("2026-06-07 12:00", "2026-06-09 09:00", "closed_at"),
        ("2025-06-01 09:00", "2025-06-01 12:00", "opened_at"),
        ("2026-06-09 11:00", "2026-06-09 15:00", "opened_at"),  # over one that is in the book already
    ],
)
def test_a_line_of_the_log_book_that_cannot_be_is_refused(cast: Cast, venue: Venue, start: str, end: str, field: str) -> None:
    sent = {"actor": cast.grid_worker, "venue_id": venue.pk, "now": NOW}
    opening.key_in(opened_at=at("2026-06-09 09:00"), closed_at=at("2026-06-09 12:00"), **sent)

    with pytest.raises(Invalid) as refused:
        opening.key_in(opened_at=at(start), closed_at=at(end), **sent)

    assert field in refused.value.fields


def test_a_wrong_line_is_struck_with_its_reason_and_no_longer_counts(cast: Cast, venue: Venue) -> None:
    sent = {"actor": cast.grid_worker, "venue_id": venue.pk, "now": NOW}
    times = {"opened_at": at("2026-06-09 09:00"), "closed_at": at("2026-06-09 12:00")}
    wrong = opening.key_in(**times, **sent)
    assert opening.key_in(**times, **sent).pk == wrong.pk
    with pytest.raises(Invalid):
        opening.strike(opening_id=wrong.pk, reason="", **sent)

    opening.strike(opening_id=wrong.pk, reason="日期写错了", **sent)

    assert opening.key_in(**times, **sent).pk != wrong.pk
    assert [bool(o.struck_at) for o in log_of(venue, NOW)].count(True) == 1
    assert list(checks.openings()) == []


# --- what visitors say -----------------------------------------------------------------------------------------------------------
def test_an_account_answers_once_a_month_and_the_last_answer_stands(cast: Cast, venue: Venue) -> None:
    sent = {"actor": cast.raiser, "venue_id": venue.pk}
    rating.rate(choice="not", comment="门口没灯，打 13800138001 问我", now=NOW, **sent)
    rating.rate(choice="satisfied", now=NOW + HOUR, **sent)
    rating.rate(choice="fairly", now=NOW + 25 * DAY, **sent)

    assert [(r.choice, r.month) for r in VisitRating.objects.order_by("pk")] == [("satisfied", "2026-06"), ("fairly", "2026-07")]
    with pytest.raises(NotAllowed):
        rating.rate(actor=ANONYMOUS, venue_id=venue.pk, choice="not", now=NOW)
    with pytest.raises(Invalid):
        rating.rate(choice="great", now=NOW, **sent)


def test_a_comment_keeps_nobodys_number_and_goes_when_its_writer_does(cast: Cast, venue: Venue) -> None:
    said = rating.rate(actor=cast.raiser, venue_id=venue.pk, choice="not", comment="打 13800138001 问我", now=NOW)
    assert "13800138001" not in said.comment

    erase_person(actor=HOUSE, person=cast.person, reason="本人要求", now=NOW)

    said.refresh_from_db()
    assert (said.account_id, said.comment, said.choice) == (None, "", "not")


def test_paper_forms_are_keyed_in_once_for_each_number(cast: Cast, venue: Venue) -> None:
    sent = {"actor": cast.grid_worker, "venue_id": venue.pk, "day": date(2026, 6, 9), "now": NOW}
    rows = rating.key_in_forms(counts={"satisfied": 8, "not": 2}, batch="6-01", **sent)

    assert sum(r.count for r in rows) == 10
    wrong: dict[str, Any]
    for wrong in ({"counts": {"satisfied": 1}, "batch": "6-01"}, {"counts": {}}, {"counts": {"satisfied": -1}}, {"counts": {"super": 3}}):
        with pytest.raises(Invalid):
            rating.key_in_forms(**{**sent, **wrong})
    with pytest.raises(Invalid):
        rating.key_in_forms(counts={"not": 1}, **{**sent, "day": date(2026, 6, 11)})
    rating.strike_rating(actor=cast.grid_worker, venue_id=venue.pk, rating_id=rows[0].pk, reason="数错了", now=NOW)
    assert stand_of(fresh(venue), NOW).years[-1][1].answers == 2
    own = rating.rate(actor=cast.raiser, venue_id=venue.pk, choice="not", now=NOW)
    with pytest.raises(Refused):
        rating.strike_rating(actor=cast.grid_worker, venue_id=venue.pk, rating_id=own.pk, reason="不好看", now=NOW)


# --- the exit rule ---------------------------------------------------------------------------------------------------------------
def test_two_bad_years_raise_one_request_at_the_venues_place_once(cast: Cast, venue: Venue) -> None:
    bad_years(cast, venue, 2024, 2025)
    before = Matter.objects.count()

    assert (exiting.raise_due(NOW), exiting.raise_due(NOW), exiting.raise_due(NOW + 40 * DAY)) == (1, 0, 0)

    case = ExitCase.objects.select_related("matter").get()
    assert Matter.objects.count() == before + 1
    assert (case.first_year, case.last_year, case.matter.kind) == (2024, 2025, "request")
    assert case.matter.place_id == venue.place_id
    assert case.matter.owner_unit_id == cast.here.units["community"].pk
    assert "55.0%" in case.matter.public_body
    assert f"/venues/{venue.pk}/" in case.matter.public_body
    assert [c.pk for c in cases_of(venue)] == [case.pk]
    assert states(venue)["exit_two_years"] == "misses"


def test_one_bad_year_a_good_one_or_too_few_answers_raise_nothing(cast: Cast, venue: Venue) -> None:
    bad_years(cast, venue, 2025)
    assert exiting.raise_due(NOW) == 0
    bad_years(cast, venue, 2024, satisfied=5, unsatisfied=10)
    assert exiting.raise_due(NOW) == 0
    assert exiting.raise_due(at("2027-02-01 10:00")) == 0  # 2026 has no answer at all


def test_a_place_that_asks_for_more_is_judged_by_its_own_standard(cast: Cast, venue: Venue) -> None:
    bad_years(cast, venue, 2024, 2025, satisfied=13, unsatisfied=7)
    assert exiting.raise_due(NOW) == 0
    stricter = {**next(s for s in standards() if s.code == "exit_threshold").data(), "value": "70"}

    setting.set_standard(
        actor=cast.street_officer, data=stricter, place=cast.here.street, starts_on=NOW.date(), source="街道办法第 3 条", now=NOW
    )

    assert exiting.raise_due(NOW) == 1


# --- standards -------------------------------------------------------------------------------------------------------------------
def wider(value: str = "60", code: str = "area_500_1000") -> dict[str, Any]:
    return {**next(s for s in standards() if s.code == code).data(), "value": value, "confidence": "own"}


def test_a_places_own_standard_holds_from_its_day_for_everything_below(cast: Cast, venue: Venue) -> None:
    keeping.change_venue(actor=cast.community_worker, venue_id=venue.pk, given=given(cast, area=5500), now=NOW)
    later = date(2026, 6, 20)

    setting.set_standard(actor=cast.community_head, data=wider(), place=cast.here.community, starts_on=later, source="居委会决定", now=NOW)

    assert states(venue)["area_500_1000"] == "meets"
    assert states(venue, NOW + 10 * DAY)["area_500_1000"] == "misses"
    found = OwnStandard.objects.get()
    assert found.data["cites"] == ["居委会决定"]
    setting.set_standard(
        actor=cast.community_head, data=wider("50"), place=cast.here.community, starts_on=date(2026, 7, 1), source="改回", now=NOW
    )
    assert states(venue, NOW + 30 * DAY)["area_500_1000"] == "meets"
    assert OwnStandard.objects.get(pk=found.pk).ends_on == date(2026, 7, 1)
    assert OwnStandard.objects.get(pk=found.pk).data["value"] == "60"


def test_the_nearest_own_standard_wins_and_one_can_be_taken_away(cast: Cast, venue: Venue) -> None:
    today = NOW.date()
    plain: dict[str, Any] = {"starts_on": today, "source": "办法", "now": NOW}
    setting.set_standard(actor=cast.street_officer, data=wider("90"), place=cast.here.street, **plain)
    setting.set_standard(actor=cast.community_head, data=wider("40"), place=cast.here.community, **plain)
    assert states(venue)["area_500_1000"] == "meets"

    off = setting.set_standard(actor=cast.community_head, data={"code": "site_exclusive"}, place=cast.here.community, off=True, **plain)

    assert "site_exclusive" not in states(venue)
    setting.end_standard(actor=cast.community_head, standard_id=off.pk, ends_on=today, now=NOW)
    assert "site_exclusive" in states(venue)
    with pytest.raises(Refused):
        setting.end_standard(actor=cast.community_head, standard_id=off.pk, ends_on=today, now=NOW)


def test_who_may_not_set_standards_is_refused_and_so_is_a_bad_one(cast: Cast) -> None:
    plain: dict[str, Any] = {"data": wider(), "starts_on": NOW.date(), "source": "办法", "now": NOW}
    for actor, place in (
        (cast.community_worker, cast.here.community),
        (cast.community_head, cast.here.street),
        (cast.community_head, None),
    ):
        with pytest.raises(NotAllowed):
            setting.set_standard(actor=actor, place=place, **plain)
    for change, field in (
        ({"data": {**wider(), "value": "x"}}, "value"),
        ({"starts_on": date(2026, 6, 9)}, "starts_on"),
        ({"source": " "}, "source"),
    ):
        with pytest.raises(Invalid) as refused:
            setting.set_standard(actor=cast.community_head, place=cast.here.community, **{**plain, **change})
        assert field in refused.value.fields


# --- meetings meet in venues -------------------------------------------------------------------------------------------------------
def test_a_meeting_names_a_venue_by_its_number_and_the_venue_tells_of_it(cast: Cast, venue: Venue) -> None:
    text = f"{venue.name} {venue.ref}"
    plan = Plan(
        place=cast.here.compound, body="compound", title="停车怎么分", starts_at=NOW + DAY + HOUR, venue=text, chair_name="王",
        recorder_name="李", topics=(Topic("停车"),),
    )  # fmt: skip
    meeting = planning.plan_meeting(actor=cast.community_worker, plan=plan, now=NOW)

    assert offered([cast.here.community.path]) == [text]
    assert uses_of(ANONYMOUS, venue.ref, NOW) == []  # still being planned: nobody's business
    noticing.give_notice(actor=cast.community_worker, meeting_id=meeting.pk, now=NOW)
    assert [u.title for u in uses_of(ANONYMOUS, venue.ref, NOW)] == ["停车怎么分"]
    found = room_in(meeting.venue, meeting.starts_at)
    assert found is not None
    assert (found.code, found.href, found.open) == (venue.ref, f"/venues/{venue.pk}/", True)
    assert room_in(meeting.venue, NOW + DAY + timedelta(hours=10)).open is False
    assert room_in("社区议事厅") is None
    assert room_in("芳草议事厅 V999999") is None


def test_a_sound_house_has_nothing_to_complain_about(cast: Cast, venue: Venue) -> None:
    for check in (checks.registers, checks.promises, checks.openings, checks.standards):
        assert list(check()) == []
    Venue.objects.filter(pk=venue.pk).update(has={"zone_of_mars": True})
    HoursPlan.objects.update(week=[[[600, 540]]] * 7)
    OwnStandard.objects.create(code="broken", data={"code": "broken"}, source="?", starts_on=NOW.date(), set_at=NOW)
    assert [len(list(check())) for check in (checks.registers, checks.promises, checks.standards)] == [1, 1, 1]


def test_a_quarter_counts_its_own_answers_alone(cast: Cast, venue: Venue) -> None:
    for day, choice, count in (("2026-04-01", "satisfied", 3), ("2026-06-30", "not", 1), ("2026-03-31", "not", 9)):
        VisitRating.objects.create(
            venue=venue, day=day, choice=choice, count=count, channel="paper", month=day[:7], batch=f"b{count}", at=NOW
        )

    last_day, next_one = stand_of(fresh(venue), at("2026-06-30 12:00")), stand_of(fresh(venue), at("2026-07-01 12:00"))
    assert (last_day.quarter, next_one.quarter) == (Yearly(3, 4), Yearly(0, 0))
    assert last_day.years == [(2026, Yearly(3, 13))]
    assert [quarter_begins(date(2026, month, 20)).month for month in (1, 3, 4, 12)] == [1, 1, 4, 10]
