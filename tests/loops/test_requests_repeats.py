"""The same household raises the same again: suggested with why, decided by a worker, counted by the matter and never by the person."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from django.test import Client

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotAllowed, NotFound
from linli.kernel.accounts.models import Account
from linli.kernel.matters.actions import link
from linli.kernel.matters.models import Link, Matter, Suggestion
from linli.kernel.notices.models import Message
from linli.kernel.people.actions import register_person, set_home, settle
from linli.kernel.people.models import Person
from linli.loops.requests import figures
from linli.loops.requests.actions.repeats import refute_repeat
from linli.loops.requests.figures import Scope
from linli.loops.requests.queries import coming_back
from tests.factories import DAY, HOUR, HOUSE, NOW, Cast, category, raised, resident_at, resolved


def suggested(matter: Matter) -> Suggestion | None:
    return Suggestion.objects.filter(matter=matter, field="repeats").first()


def tied(cast: Cast, later: Matter, earlier: Matter, now: Any = NOW + 2 * DAY) -> Link:
    return link(actor=cast.community_worker, source_id=later.pk, target_id=earlier.pk, kind="repeats", now=now)


def flatmate(cast: Cast) -> Person:
    """Somebody else of the raiser's home, by residence alone."""
    home = set_home(actor=HOUSE, place=cast.here.homes[0], now=NOW - 5 * DAY, exclusive_area=8000)
    since = (NOW - 5 * DAY).date()
    settle(actor=HOUSE, person=cast.person, home=home, relation="owner", since_on=since, now=NOW - 5 * DAY)
    person, _new = register_person(actor=HOUSE, name="陈立新", phone="13800138099", now=NOW - 5 * DAY, home_place=cast.here.community)
    settle(actor=HOUSE, person=person, home=home, relation="family", since_on=since, now=NOW - 5 * DAY)
    return person


# --- suggested -----------------------------------------------------------------------------------
def test_the_same_household_and_category_are_suggested_as_a_repeat_with_the_reason(cast: Cast) -> None:
    first = raised(cast, category=category("lift_repair"))

    again = raised(cast, title="电梯又停了", body="", now=NOW + DAY, category=category("lift_repair"))

    row = suggested(again)
    assert row is not None
    assert (row.suggested, row.confidence, row.reason, row.chosen) == (first.ref, 70, ["category"], "")


def test_a_similar_text_is_enough_and_the_shared_words_are_the_reason(cast: Cast) -> None:
    first = raised(cast, title="楼顶防水层漏雨到客厅", body="")

    row = suggested(raised(cast, title="客厅还在漏雨，楼顶防水层没修好", body="", now=NOW + DAY))

    assert row is not None and row.suggested == first.ref
    assert "漏雨" in row.reason or "防水" in row.reason


def test_another_member_of_the_household_repeats_it_too(cast: Cast) -> None:
    person = flatmate(cast)
    first = raised(cast, category=category("lift_repair"))

    again = raised(
        cast,
        title="电梯又停了",
        now=NOW + DAY,
        category=category("lift_repair"),
        actor=cast.community_worker,
        channel="phone",
        raised_for=person,
    )

    row = suggested(again)
    assert row is not None and row.suggested == first.ref


def test_a_neighbour_saying_the_same_repeats_nothing(cast: Cast) -> None:
    raised(cast, category=category("lift_repair"))
    neighbour = resident_at(cast, "qian.li")

    assert suggested(raised(cast, now=NOW + DAY, category=category("lift_repair"), actor=neighbour)) is None


def test_another_subject_of_the_same_household_repeats_nothing(cast: Cast) -> None:
    raised(cast, category=category("lift_repair"))

    assert suggested(raised(cast, title="早市占道", body="南门外摊位", now=NOW + DAY, category=category("vendors"))) is None


def test_what_lies_before_the_window_repeats_nothing(cast: Cast, settings: Any) -> None:
    settings.REPEAT_DAYS = 7
    raised(cast, category=category("lift_repair"))

    assert suggested(raised(cast, title="电梯", now=NOW + 8 * DAY, category=category("lift_repair"))) is None


# --- decided -------------------------------------------------------------------------------------
def test_tying_it_keeps_the_choice_beside_the_suggestion_and_tells_one_level_up(cast: Cast) -> None:
    first = resolved(cast, category=category("lift_repair"))
    again = raised(cast, title="电梯又停了", now=NOW + DAY, category=category("lift_repair"))

    tied(cast, again, first)

    row = suggested(again)
    assert row is not None and (row.chosen, row.chosen_by_id) == (first.ref, cast.community_worker.account_id)
    told = Message.objects.get(about=again.ref, title__startswith="办结后再次反映")
    assert told.unit_id == cast.here.units["street"].pk


def test_a_repeat_of_what_is_still_open_tells_nobody(cast: Cast) -> None:
    first = raised(cast, category=category("lift_repair"))

    tied(cast, raised(cast, now=NOW + DAY, category=category("lift_repair")), first)

    assert not Message.objects.filter(title__startswith="办结后再次反映").exists()


def test_saying_it_is_another_matter_is_kept_and_ties_nothing(cast: Cast) -> None:
    raised(cast, category=category("lift_repair"))
    again = raised(cast, now=NOW + DAY, category=category("lift_repair"))

    refute_repeat(actor=cast.community_worker, matter_id=again.pk, now=NOW + DAY)

    row = suggested(again)
    assert row is not None and row.chosen == "none"
    assert not Link.objects.exists()


def test_only_who_works_on_it_decides_and_only_of_what_was_suggested(cast: Cast) -> None:
    matter = raised(cast)

    with pytest.raises(NotFound):
        refute_repeat(actor=cast.community_worker, matter_id=matter.pk, now=NOW)
    with pytest.raises(NotAllowed):
        refute_repeat(actor=cast.raiser, matter_id=matter.pk, now=NOW)


def signed_in(actor: Actor, settings: Any) -> Client:
    settings.STAFF_SECOND_FACTOR = "optional"
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_worker_sees_why_and_decides_with_one_press(cast: Cast, settings: Any, django_assert_max_num_queries: Any) -> None:
    first = resolved(cast, category=category("lift_repair"))
    again = raised(cast, title="电梯又停了", now=NOW + DAY, category=category("lift_repair"))
    client = signed_in(cast.community_worker, settings)

    client.get("/desk/figures/")  # the request measured is not the first one of the process
    with django_assert_max_num_queries(12):
        page = client.get(f"/desk/requests/{again.ref}/").content.decode()
    answer = client.post(f"/desk/requests/{again.ref}/link/", {"target": first.ref, "kind": "repeats", "version": again.version})

    assert "可能是再次反映" in page and "类别相同：电梯故障" in page and first.ref in page
    assert answer.status_code == 302
    assert Link.objects.filter(source=again, target=first, kind="repeats").exists()
    assert "可能是再次反映" not in client.get(f"/desk/requests/{again.ref}/").content.decode()


def test_refuting_on_the_page_puts_the_suggestion_away(cast: Cast, settings: Any) -> None:
    raised(cast, category=category("lift_repair"))
    again = raised(cast, now=NOW + DAY, category=category("lift_repair"))
    client = signed_in(cast.community_worker, settings)

    answer = client.post(f"/desk/requests/{again.ref}/not-repeat/", {"version": again.version})

    assert answer.status_code == 302
    assert "可能是再次反映" not in client.get(f"/desk/requests/{again.ref}/").content.decode()


def test_the_public_is_never_told_that_one_household_raised_both(cast: Cast) -> None:
    first = resolved(cast, category=category("lift_repair"))
    again = raised(cast, now=NOW + DAY, category=category("lift_repair"))
    tied(cast, again, first)

    page = Client().get(f"/requests/{again.ref}/").content.decode()
    data = Client().get(f"/api/v1/requests/{again.ref}").json()

    assert f"/requests/{first.ref}/" not in page
    assert data["links"] == []


# --- counted -------------------------------------------------------------------------------------
def test_the_rate_counts_what_was_tied_to_a_resolved_one_and_opens_those_very_matters(cast: Cast) -> None:
    first = resolved(cast, category=category("lift_repair"))
    again = raised(cast, now=NOW + DAY, category=category("lift_repair"))
    only_suggested = raised(cast, title="电梯还是不行", now=NOW + DAY + HOUR, category=category("lift_repair"))
    still_open = raised(cast, title="早市占道", now=NOW + DAY, category=category("vendors"))
    tied(cast, again, first)
    tied(cast, raised(cast, title="早市又占道", now=NOW + DAY + HOUR, category=category("vendors")), still_open)
    scope = Scope(NOW - DAY, NOW + 3 * DAY)

    rate = figures.overview(cast.community_worker, scope).repeated

    assert (rate.numerator, rate.denominator, rate.share) == (1, 5, Fraction(1, 5))
    behind = Matter.objects.filter(figures.behind("repeated", scope.since, scope.until))
    assert list(behind) == [again]
    assert suggested(only_suggested) is not None


def test_a_request_keeps_coming_back_from_the_third_time_on_however_the_ties_run(cast: Cast, settings: Any) -> None:
    lift = [raised(cast, now=NOW + n * DAY, category=category("lift_repair")) for n in range(3)]
    stalls = [raised(cast, title="早市占道", now=NOW + n * DAY, category=category("vendors")) for n in range(2)]
    tied(cast, lift[1], lift[0])
    tied(cast, lift[2], lift[1])
    tied(cast, stalls[1], stalls[0])
    end = NOW + 5 * DAY

    found = coming_back(cast.here.community, NOW - DAY, end)

    assert [(row.first, row.again, row.times) for row in found] == [(lift[0], lift[1:], 3)]
    assert found[0].last_at == NOW + 2 * DAY
    assert [row.times for row in coming_back(cast.here.street, NOW - DAY, end, least=2)] == [3, 2]
    assert coming_back(cast.there.street, NOW - DAY, end, least=2) == []
    settings.COMING_BACK_TIMES = 4
    assert coming_back(None, NOW - DAY, end) == []


def test_what_came_back_before_the_period_alone_is_not_listed(cast: Cast) -> None:
    rows = [raised(cast, now=NOW + n * DAY, category=category("lift_repair")) for n in range(3)]
    tied(cast, rows[1], rows[0])
    tied(cast, rows[2], rows[0])

    assert coming_back(cast.here.community, NOW + 4 * DAY, NOW + 5 * DAY) == []


def test_a_tie_ended_counts_no_longer(cast: Cast) -> None:
    rows = [raised(cast, now=NOW + n * DAY, category=category("lift_repair")) for n in range(3)]
    tied(cast, rows[1], rows[0])
    tied(cast, rows[2], rows[0])
    Link.objects.filter(source=rows[2]).update(ended_at=NOW + 3 * DAY)

    assert coming_back(cast.here.community, NOW - DAY, NOW + 5 * DAY) == []


def test_the_figures_page_lists_what_keeps_coming_back(cast: Cast, settings: Any, django_assert_max_num_queries: Any) -> None:
    from django.utils import timezone

    now = timezone.now()
    rows = [raised(cast, now=now - (9 - n) * DAY, category=category("lift_repair")) for n in range(3)]
    tied(cast, rows[1], rows[0], now)
    tied(cast, rows[2], rows[0], now)
    client = signed_in(cast.community_head, settings)

    client.get("/desk/")
    with django_assert_max_num_queries(12):
        page = client.get("/desk/figures/").content.decode()

    assert "反复出现的事" in page and "反映 3 次" in page
