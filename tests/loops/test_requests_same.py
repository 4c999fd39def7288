"""Is it the same matter: said while typing, at sending and at the Desk, with why; a worker decides, and may part again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.judgement import switches
from linli.kernel.judgement.models import Switch
from linli.kernel.matters.actions import link
from linli.kernel.matters.models import Link, Matter, Suggestion
from linli.kernel.people.actions import erase_person
from linli.loops.requests.queries import same_as, similar_nearby
from tests.factories import DAY, HOUR, HOUSE, Cast, raised, resolved

SignIn = Callable[[Actor], Client]


@pytest.fixture
def at(settings: Any) -> SignIn:
    settings.STAFF_SECOND_FACTOR = "optional"

    def sign_in(actor: Actor) -> Client:
        client = Client()
        client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture(autouse=True)
def switched() -> Any:
    switches.forget()
    yield
    switches.forget()


def twins(cast: Cast) -> tuple[Matter, Matter]:
    """The earlier and the later of two reports of one lift."""
    now = timezone.now()
    one = raised(cast, title="3 栋电梯夜里异响", body="半夜电梯井咣当响，睡不着", actor=cast.raiser, now=now - 5 * HOUR)
    two = raised(cast, title="三栋的电梯异响很大", body="电梯井一直咣当响", actor=cast.neighbour, now=now - HOUR)
    raised(cast, title="早市占道", body="南门外摊位堵路", actor=cast.neighbour, now=now - 2 * HOUR)
    return one, two


def off(place: Any) -> None:
    Switch.objects.create(function="same", place=place, on=False, set_at=timezone.now())
    switches.forget()


def address(matter: Matter, end: str = "") -> str:
    return f"/desk/requests/{matter.ref}/{end}"


def test_the_desk_is_asked_whether_it_is_the_same_with_why_and_within_few_queries(
    cast: Cast, at: SignIn, django_assert_max_num_queries: Any
) -> None:
    one, two = twins(cast)
    worker = at(cast.community_worker)
    worker.get("/desk/figures/")

    with django_assert_max_num_queries(12):
        page = worker.get(address(two)).content.decode()
    with django_assert_max_num_queries(12):
        panel = worker.get(address(two, "similar/?panel=1"), headers={"HX-Request": "true"}).content.decode()

    assert f"/desk/requests/{two.ref}/similar/?panel=1" in page
    assert one.ref in panel and "电梯" in panel and "前后相隔4 小时" in panel and "早市" not in panel
    assert "<html" not in panel and "<html" in worker.get(address(two, "similar/")).content.decode()


def test_one_press_merges_keeps_what_was_suggested_and_parting_again_says_no(cast: Cast, at: SignIn) -> None:
    one, two = twins(cast)
    worker = at(cast.community_worker)
    chance = same_as(cast.community_worker, two, timezone.now())[0].found
    assert chance is not None

    answer = worker.post(address(two, "same/"), {"target": one.ref, "version": two.version})

    assert answer.headers["Location"] == address(one)
    two.refresh_from_db()
    row = Suggestion.objects.get(matter=two, field="same")
    assert (two.merged_into_id, two.state) == (one.pk, "merged")
    assert (row.suggested, row.chosen, row.chosen_by_id) == (one.ref, one.ref, cast.community_worker.account_id)
    assert row.confidence >= 30 and "电梯" in row.reason

    parted = worker.get(address(two)).content.decode()
    assert f"/desk/requests/{two.ref}/unmerge/" in parted
    assert worker.post(address(two, "unmerge/"), {"version": two.version}).status_code == 302
    two.refresh_from_db()
    row.refresh_from_db()
    assert (two.state, two.is_open, row.chosen) == ("raised", True, "none")
    assert "similar/?panel=1" not in worker.get(address(two)).content.decode()


def test_none_of_them_is_kept_and_lets_the_panel_rest(cast: Cast, at: SignIn) -> None:
    one, two = twins(cast)
    worker = at(cast.community_worker)

    assert worker.post(address(two, "same/"), {"version": two.version}).status_code == 302

    row = Suggestion.objects.get(matter=two, field="same")
    assert (row.suggested, row.chosen) == (one.ref, "none")
    assert "similar/?panel=1" not in worker.get(address(two)).content.decode()
    assert not Link.objects.exists()


def test_what_cannot_be_merged_comes_back_on_the_page_and_is_for_workers_alone(cast: Cast, at: SignIn) -> None:
    one, two = twins(cast)
    worker = at(cast.community_worker)

    assert worker.post(address(two, "same/"), {"target": "R999999", "version": two.version}).status_code == 422
    assert worker.post(address(two, "same/"), {"target": two.ref, "version": two.version}).status_code == 422
    late = worker.post(address(two, "same/"), {"target": one.ref, "version": two.version - 1})
    assert late.status_code == 409 and "<html" in late.content.decode()
    assert at(cast.department_handler).post(address(two, "same/"), {"target": one.ref}).status_code in (403, 404)
    assert at(cast.raiser).post(address(two, "same/"), {"target": one.ref}).status_code in (302, 403, 404)
    two.refresh_from_db()
    assert two.state == "raised" and not Suggestion.objects.filter(field="same").exists()


def test_switched_off_the_panel_is_gone_and_intake_looks_as_it_did(cast: Cast, at: SignIn) -> None:
    one, two = twins(cast)
    off(cast.here.street)
    worker = at(cast.community_worker)

    assert worker.get(address(two, "similar/?panel=1"), headers={"HX-Request": "true"}).content.decode().strip() == ""
    listed = worker.get(address(two, "similar/")).content.decode()
    assert one.ref in listed and "/same/" not in listed
    found = similar_nearby(cast.raiser, "3 栋电梯异响", one.place, None, timezone.now())
    assert found and all(row.found is None for row in found)


def test_while_typing_a_neighbour_reads_of_it_before_writing_it_again(cast: Cast, at: SignIn, django_assert_max_num_queries: Any) -> None:
    one, _two = twins(cast)
    client = at(cast.neighbour)
    client.get("/")

    with django_assert_max_num_queries(12):
        told = client.post("/requests/advice/", {"text": "三栋电梯又异响了"}).content.decode()

    assert one.ref in told and "早市" not in told


def test_at_the_counter_words_that_name_the_building_find_the_open_matter_there(
    cast: Cast, at: SignIn, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    lift = raised(
        cast,
        title="3 栋 电梯夜间异响",
        body="晚上十点以后电梯上下时有明显的摩擦声，已经一个多星期了，老人不敢坐。",
        actor=cast.raiser,
        now=now - 9 * DAY,
    )
    other = raised(
        cast, title="3 栋 楼道灯不亮", body="三楼到五楼的声控灯每天晚上都不亮，看不清台阶。", actor=cast.neighbour, now=now - DAY
    )
    worker = at(cast.community_worker)
    worker.get("/desk/figures/")

    for words in ("芳草苑3栋电梯坏了，每天晚上11点响", "芳草苑3栋电梯有异响，每天晚上11点响"):
        with django_assert_max_num_queries(12):
            told = worker.get("/desk/requests/new/advice/", {"text": words}).content.decode()
        assert 'name="take" value="芳草苑 3 栋"' in told
        assert lift.ref in told and other.ref not in told, words
    elsewhere = worker.get("/desk/requests/new/advice/", {"text": "每天晚上11点响"}).content.decode()
    assert lift.ref not in elsewhere, "without a place nobody knows what is near"


def test_the_same_household_coming_back_is_said_to_whoever_holds_it(cast: Cast, at: SignIn) -> None:
    first = resolved(cast, title="楼顶漏雨")
    again = raised(cast, title="楼顶又漏雨了", now=timezone.now())
    link(actor=cast.community_worker, source_id=again.pk, target_id=first.pk, kind="repeats", now=timezone.now())

    page = at(cast.community_worker).get(address(again)).content.decode()

    assert f"同一户反映过 {first.ref}" in page and "办结后又来" in page


def test_nothing_of_an_erased_person_is_compared_or_kept_as_a_reason(cast: Cast, at: SignIn) -> None:
    one, two = twins(cast)
    Matter.objects.filter(pk=one.pk).update(public_title="电梯异响", public_body="")
    at(cast.community_worker).post(address(two, "same/"), {"version": two.version})
    Suggestion.objects.filter(matter=two, field="same").update(suggested=one.ref, reason=["咣当"])

    erase_person(actor=HOUSE, person=cast.person, reason="本人要求", now=timezone.now() + DAY)

    assert Suggestion.objects.get(matter=two, field="same").reason == []
    found = same_as(cast.community_worker, two, timezone.now() + DAY)
    assert all("咣当" not in row.words for row in found if row.matter.pk == one.pk)
