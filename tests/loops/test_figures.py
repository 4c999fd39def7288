"""The figures count exactly the matters they open, and agree with the pure rules."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import cycle
from typing import Any

import pytest
from django.test import Client

from linli.kernel.access.refusals import NotAllowed, NotFound
from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account
from linli.kernel.matters.actions import exclude
from linli.kernel.matters.models import Category, Matter
from linli.kernel.places.models import Place
from linli.law.packs import exclusions
from linli.loops.requests import figures
from linli.loops.requests.actions import dispatch, handling, judging, whistle
from linli.loops.requests.desk.rates import period_of
from linli.loops.requests.desk_queries import Wanted, desk_page, narrowed, start_of
from linli.loops.requests.figures import Scope, by_category, by_place, by_unit, by_whistle, overview
from linli.loops.requests.rules import FEWEST, Judged, quantile, rates
from tests.factories import (
    DAY,
    HOUR,
    HOUSE,
    NOW,
    Cast,
    build_cast,
    category,
    handler_of,
    in_progress,
    later,
    raised,
    resolved,
    suspended,
    whistled,
)
from tests.worlds import laid_down_again

SINCE, UNTIL = date(2026, 6, 1), date(2026, 6, 30)
SCOPE = Scope(start_of(SINCE), start_of(UNTIL + timedelta(days=1)))
ANSWERS: list[tuple[bool | None, bool | None, bool | None]] = [
    (True, True, True),
    (True, True, None),
    (True, False, False),
    (True, True, False),
    (False, True, True),
    (None, True, True),
    (True, True, True),
]


@pytest.fixture
def lived(db: None) -> Cast:
    return month_lived()


@laid_down_again
def month_lived() -> Cast:
    """A month: rated ones of several kinds, unreachable, not asked, excluded, declined, suspended, a whistle, one still open."""
    cast, answers = build_cast(), cycle(ANSWERS)
    for n in range(9):
        place = cast.here.buildings[n % 2]
        kind = category("lift_fault" if n % 3 else "street_light") if _known("lift_fault", "street_light") else None
        matter = resolved(cast, now=NOW + n * HOUR, place=place, category=kind)
        answered, solved, satisfied = next(answers)
        rated = judging.rate(
            actor=cast.raiser, matter_id=matter.pk, now=NOW + (n + 2) * HOUR, answered=answered, solved=solved, satisfied=satisfied
        )
        if rated.state == "in_progress" and n < 3:
            handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=NOW + (n + 30) * HOUR, text="又换了一次")
    judging.record_unreachable(actor=cast.community_head, matter_id=resolved(cast).pk, now=later(hours=3))
    resolved(cast, now=later(days=1))
    gone = resolved(cast, now=later(hours=5))
    exclude(
        actor=cast.street_officer,
        matter_id=gone.pk,
        lawful_class="emergency",
        reply="已转",
        now=later(hours=6),
        classes=frozenset(e.code for e in exclusions()),
    )
    dispatch.decline(
        actor=cast.community_worker,
        matter_id=raised(cast).pk,
        now=later(hours=1),
        text="去法院",
        reason="statutory_channel",
        turn_to="12368",
    )
    suspended(cast)
    late = in_progress(cast, now=NOW - 5 * DAY)
    handling.resolve(actor=cast.department_handler, matter_id=late.pk, now=later(days=6), text="才办完")
    raised(cast, now=later(days=2))
    return cast


def _known(*codes: str) -> bool:
    return Category.objects.filter(code__in=codes).count() == len(codes)


def judged() -> list[Judged]:
    """The same cohort taken row by row in Python, for the pure rule to count."""
    rows = []
    for m in Matter.objects.filter(kind="request"):
        ended = m.resolved_at if m.state in ("resolved", "closed") else m.closed_at if m.state == "declined" else None
        paused = m.pauses.filter(until_at=None, reason="suspended").first() if m.state == "suspended" else None
        at = ended or (paused.from_at if paused else None)
        if at is None or not SCOPE.since <= at < SCOPE.until:
            continue
        reached = {"rated": "rated", "": ""}.get(m.called_back, "unreachable")
        rows.append(Judged(m.rated_answered, m.rated_solved, m.rated_satisfied, reached, m.excluded, suspended=m.state == "suspended"))
    return rows


def test_the_rates_of_the_database_are_those_of_the_rule(lived: Cast) -> None:
    assert overview(lived.community_worker, SCOPE).rates == rates(judged())


def test_every_count_is_the_length_of_the_list_it_opens(lived: Cast) -> None:
    actor, found = lived.community_worker, overview(lived.community_worker, SCOPE)
    counts: dict[str, int] = {
        "raised": found.raised,
        "finished": found.rates.finished,
        "resolved": found.resolved,
        "asked": found.rates.called_back,
        "unreachable": found.rates.unreachable,
        "not_asked": found.rates.not_asked,
        "suspended": found.rates.suspended,
        "reopened": found.reopened,
        "first_answered": found.first_answer.count,
        **{f"{q}-yes": getattr(found.rates, q).numerator for q in figures.QUESTIONS},
        **{f"{q}-asked": getattr(found.rates, q).denominator for q in figures.QUESTIONS},
        **{f"excluded-{code}": n for code, n in found.rates.excluded.items()},
        **{f"overdue-{s}": late for s, (late, _met) in found.late.items()},
        **{f"met-{s}": met for s, (_late, met) in found.late.items()},
    }
    opened = {code: _length(actor, code) for code in counts}

    assert opened == counts
    assert {code for code, n in counts.items() if n} >= {
        "asked",
        "unreachable",
        "not_asked",
        "suspended",
        "excluded-emergency",
        "reopened",
        "overdue-resolve",
    }


def _length(actor: Any, code: str, **more: Any) -> int:
    return narrowed(actor, Wanted(behind=code, since=SINCE, until=UNTIL, **more), later(days=10)).count()


@pytest.mark.parametrize("by", [by_place, by_category, by_unit], ids=["place", "category", "unit"])
def test_every_line_of_a_breakdown_opens_as_many_as_it_says(lived: Cast, by: Any) -> None:
    actor, lines = lived.community_worker, by(lived.community_worker, SCOPE)
    assert lines
    for line in lines:
        if line.key is None:
            continue
        for code, n in line.counts.items():
            if by is by_place:
                narrow = {"place": Place.objects.get(pk=line.key), "exact": line.exact}
            elif by is by_category:
                narrow = {"category": Category.objects.get(pk=line.key)}
            else:
                narrow = {"holder_id": line.key}
            assert (line.name, code, _length(actor, code, **narrow)) == (line.name, code, n)


def test_lines_add_up_to_the_whole(lived: Cast) -> None:
    whole = overview(lived.community_worker, SCOPE)
    for by in (by_place, by_category, by_unit):
        lines = by(lived.community_worker, SCOPE)
        assert sum(line.counts["raised"] for line in lines) == whole.raised
        assert sum(line.counts["solved-yes"] for line in lines) == whole.rates.solved.numerator


def test_the_median_and_the_ninth_decile_are_exact(lived: Cast) -> None:
    took = sorted(m.resolved_at - m.raised_at for m in Matter.objects.filter(state__in=("resolved", "closed")) if m.resolved_at)
    found = overview(lived.community_worker, SCOPE).resolve

    assert found.count == len(took)
    for share, value in ((Fraction(1, 2), found.median), (Fraction(9, 10), found.ninth)):
        place = quantile(range(len(took)), share)
        assert place is not None and took[place] == value


def test_no_share_is_shown_of_fewer_answers_than_allowed(cast: Cast) -> None:
    for n in range(FEWEST - 1):
        judging.rate(
            actor=cast.raiser,
            matter_id=resolved(cast, now=later(hours=n)).pk,
            now=later(days=1),
            answered=True,
            solved=True,
            satisfied=True,
        )
    few = overview(cast.community_worker, SCOPE).rates.solved
    judging.rate(
        actor=cast.raiser, matter_id=resolved(cast, now=later(hours=9)).pk, now=later(days=1), answered=True, solved=True, satisfied=True
    )
    enough = overview(cast.community_worker, SCOPE).rates.solved

    assert (few.denominator, few.share, enough.denominator, enough.share) == (FEWEST - 1, None, FEWEST, Fraction(1))


def test_the_whistle_says_who_was_called_came_in_time_and_refused(cast: Cast) -> None:
    matter = whistled(cast)
    whistle.report_in(actor=cast.department_handler, matter_id=matter.pk, now=later(hours=1))
    whistle.report_in(actor=handler_of(cast, "water"), matter_id=matter.pk, now=later(days=3))
    whistle.refuse_whistle(actor=handler_of(cast, "parks"), matter_id=matter.pk, now=later(hours=2), reason="not_our_duty", text="归城管")
    lines = {line.name: line.counts for line in by_whistle(cast.street_officer, SCOPE)}

    assert lines == {
        "芳草城建科": {"called": 1, "came": 1, "came_in_time": 1, "refused": 0, "owing": 1},
        "芳草排水所": {"called": 1, "came": 1, "came_in_time": 0, "refused": 0, "owing": 1},
        "芳草园林站": {"called": 1, "came": 0, "came_in_time": 0, "refused": 1, "owing": 0},
    }
    for line in by_whistle(cast.street_officer, SCOPE):
        for code, n in line.counts.items():
            assert _length(cast.street_officer, code, unit_id=line.unit_id) == n


def test_figures_cover_only_the_reach_of_the_reader(lived: Cast) -> None:
    assert overview(lived.outside["community_worker"], SCOPE).raised == 0
    assert overview(lived.street_officer, SCOPE).raised == overview(lived.community_worker, SCOPE).raised
    handler = overview(lived.department_handler, SCOPE)
    assert 0 < handler.raised < overview(lived.community_worker, SCOPE).raised
    with pytest.raises(NotAllowed):
        overview(lived.raiser, SCOPE)


def test_the_number_of_queries_does_not_grow_with_the_requests(lived: Cast, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(5):
        overview(lived.community_worker, SCOPE)
    for by in (by_place, by_category, by_unit):
        with django_assert_max_num_queries(3):
            by(lived.community_worker, SCOPE)


def test_an_unknown_figure_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        figures.behind("best_worker", SCOPE.since, SCOPE.until)
    with pytest.raises(NotFound):
        desk_page(cast.community_worker, Wanted(behind="overdue-nothing"), NOW)


@pytest.mark.parametrize(
    ("given", "period"),
    [
        ({}, ("", date(2026, 5, 12), date(2026, 6, 10))),
        ({"period": "week"}, ("week", date(2026, 6, 8), date(2026, 6, 10))),
        ({"period": "month"}, ("month", date(2026, 6, 1), date(2026, 6, 10))),
        ({"period": "quarter"}, ("quarter", date(2026, 4, 1), date(2026, 6, 10))),
        ({"since": "2026-01-01", "until": "2026-01-31"}, ("custom", date(2026, 1, 1), date(2026, 1, 31))),
        ({"since": "2026-02-30", "until": "2026-01-31"}, ("", date(2026, 5, 12), date(2026, 6, 10))),
        ({"since": "2026-03-01", "until": "2026-01-31"}, ("", date(2026, 5, 12), date(2026, 6, 10))),
    ],
)
def test_a_period_has_its_days(given: dict[str, str], period: tuple[str, date, date]) -> None:
    assert period_of(given, date(2026, 6, 10)) == period


# --- the same in JSON ----------------------------------------------------------------------------------------------------
def test_the_api_tells_the_figures_of_the_page_and_lists_the_requests_behind_each(lived: Cast) -> None:
    officer = Account.objects.get(pk=lived.street_officer.account_id)
    token = make_token(actor=HOUSE, account=officer, name="figures", scopes=["read"], now=NOW)[1]
    client, who = Client(), {"Authorization": f"Bearer {token}"}
    period = {"since": SCOPE.since.isoformat(), "until": SCOPE.until.isoformat()}

    def ask(address: str, **more: Any) -> Any:
        return client.get(f"/api/v1/figures{address}", {**period, **more}, headers=who)

    page, told = overview(lived.street_officer, SCOPE), ask("", by="category").json()
    counts = {"raised": page.raised, "finished": page.rates.finished, "reopened": page.reopened, "resolved": page.resolved}
    counts |= {"unreachable": page.rates.unreachable, "not_asked": page.rates.not_asked, "suspended": page.rates.suspended}

    assert {name: told[name] for name in counts} == counts
    assert told["excluded"] == page.rates.excluded
    pages = (page.rates.answered, page.rates.solved, page.rates.satisfied)
    assert [(r["name"], r["numerator"], r["denominator"]) for r in told["rates"]] == [(r.name, r.numerator, r.denominator) for r in pages]
    assert page.resolve.median is not None and told["resolve"]["median_minutes"] == page.resolve.median // timedelta(minutes=1)
    assert sum(line["raised"] for line in told["lines"]) == page.raised
    for code, n in {**counts, "solved-yes": page.rates.solved.numerator, "excluded-emergency": 1}.items():
        listed: list[str] = []
        following: dict[str, int] = {}
        while True:
            answer = ask(f"/{code}/requests", limit=4, **following).json()
            listed += [item["ref"] for item in answer["items"]]
            if answer["next_cursor"] is None:
                break
            following = {"cursor": answer["next_cursor"]}
        assert len(listed) == len(set(listed)) == n, code
    assert ask("/nothing/requests").status_code == 404
    assert ask("", since=SCOPE.until.isoformat()).status_code == 422
    assert Client().get("/api/v1/figures").status_code in (401, 403)
