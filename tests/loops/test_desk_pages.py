"""The Desk's pages of requests: what each role sees, what they may do, what comes back when it cannot be done."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account, Event
from linli.kernel.matters.models import Link, Matter, Party, WorkOrder
from linli.kernel.notices.models import Delivery
from linli.kernel.people.actions import give_consent, mend_person, register_person, withdraw_consent
from linli.kernel.people.models import FieldReading, Person
from linli.kernel.places.models import Place
from linli.loops.requests.actions import dispatch, handling, judging
from linli.loops.requests.desk import calls
from linli.loops.requests.desk.calls import waiting_calls
from linli.loops.requests.desk.offering import offered_verbs
from linli.loops.requests.desk_forms import ACTS
from linli.loops.requests.desk_queries import Wanted, at_desk, desk_page, find_places, phone_in
from linli.loops.requests.rules import MOVES
from linli.loops.requests.suggest import suggest
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    Cast,
    accepted,
    build_cast,
    category,
    dispatched,
    handler_of,
    in_progress,
    later,
    raised,
    resolved,
    suspended,
    waiting,
    whistled,
)

SignIn = Callable[[Actor], Client]


@pytest.fixture
def at(settings: Any) -> SignIn:
    """A client signed in as an actor of the cast."""
    settings.STAFF_SECOND_FACTOR = "optional"

    def sign_in(actor: Actor) -> Client:
        client = Client()
        client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


def picture(colour: str = "red") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return SimpleUploadedFile("photo.jpg", out.getvalue(), "image/jpeg")


def address(matter: Matter, verb: str = "") -> str:
    return f"/desk/requests/{matter.ref}/{verb + '/' if verb else ''}"


def act(client: Client, matter: Matter, verb: str, **typed: Any) -> Any:
    matter.refresh_from_db()
    return client.post(address(matter, verb), {"version": matter.version, "entries": matter.entry_count, **typed})


# --- the inbox -------------------------------------------------------------------------------------------------------------
def test_the_inbox_shows_what_is_due_first_and_how_late_it_is(cast: Cast, at: SignIn) -> None:
    now = timezone.now()
    soon, late = raised(cast, title="刚提出的", now=now), raised(cast, title="早就该受理的", now=now - 3 * DAY)
    page = at(cast.community_worker).get("/desk/").content.decode()

    assert page.index(late.title) < page.index(soon.title)
    assert "超期" in page and "待受理" in page and "刚提出的" in page


def test_a_unit_sees_in_its_inbox_only_what_it_holds(cast: Cast, at: SignIn) -> None:
    raised(cast, title="还没派的事")
    dispatched(cast, title="派给城建科的事")
    page = at(cast.department_handler).get("/desk/").content.decode()

    assert "派给城建科的事" in page
    assert "还没派的事" not in page
    assert "还没派的事" not in at(cast.department_handler).get("/desk/requests/").content.decode()


def test_the_inbox_filters_by_task_place_and_category(cast: Cast, at: SignIn) -> None:
    raised(cast, title="三栋的事")
    raised(cast, title="十栋的事", place=cast.here.buildings[1])
    accepted(cast, title="已受理的事")
    client = at(cast.community_worker)

    by_task = client.get("/desk/?task=dispatch").content.decode()
    by_place = client.get(f"/desk/?place={cast.here.buildings[1].pk}").content.decode()
    assert ("已受理的事" in by_task, "三栋的事" in by_task) == (True, False)
    assert ("十栋的事" in by_place, "三栋的事" in by_place) == (True, False)


def test_the_inbox_pages_by_cursor_and_misses_nobody(cast: Cast, at: SignIn) -> None:
    made = {raised(cast, title=f"第 {n} 件", now=NOW + n * HOUR).ref for n in range(53)}
    client = at(cast.community_worker)
    one = client.get("/desk/").content.decode()
    more = one.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    two = client.get(f"/desk/{more}").content.decode()

    shown = [ref for ref in made if f"/desk/requests/{ref}/" in one], [ref for ref in made if f"/desk/requests/{ref}/" in two]
    assert (len(shown[0]), len(shown[1]), set(shown[0]) | set(shown[1])) == (50, 3, made)


@pytest.mark.parametrize("orders", [1, 12])
def test_the_inbox_costs_the_same_however_many_orders(cast: Cast, at: SignIn, django_assert_max_num_queries: Any, orders: int) -> None:
    for n in range(orders):
        raised(cast, title=f"第 {n} 件")
    client = at(cast.community_worker)
    client.get("/desk/")
    with django_assert_max_num_queries(12):
        client.get("/desk/")


def test_residents_and_strangers_are_kept_from_the_desk(cast: Cast, at: SignIn) -> None:
    assert at(cast.raiser).get("/desk/").status_code == 403
    assert Client().get("/desk/").status_code == 302
    for path in ("/desk/requests/", "/desk/figures/", "/desk/calls/", "/desk/patrol/", "/desk/requests/new/"):
        assert at(cast.raiser).get(path).status_code == 403


# --- the list --------------------------------------------------------------------------------------------------------------
def test_the_list_opens_a_reference_at_once(cast: Cast, at: SignIn) -> None:
    matter = raised(cast)
    assert at(cast.community_worker).get(f"/desk/requests/?q={matter.ref.lower()}").headers["Location"] == address(matter)
    nothing = at(cast.community_worker).get("/desk/requests/?q=R99999")
    assert nothing.status_code == 200 and "没有符合条件的诉求" in nothing.content.decode()


def test_the_list_finds_by_words_and_by_the_whole_phone_of_the_raiser(cast: Cast, at: SignIn) -> None:
    matter = raised(cast, title="水压太小了")
    raised(cast, title="路灯不亮", actor=cast.neighbour)
    client = at(cast.community_worker)
    by_phone = client.get("/desk/requests/?q=138 0013 8001").content.decode()

    assert matter.ref in client.get("/desk/requests/?q=水压").content.decode()
    assert (matter.ref in by_phone, "路灯不亮" in by_phone) == (True, False)
    assert Event.objects.filter(kind="phone_searched", about="138****8001", account_id=cast.community_worker.account_id).exists()
    assert matter.title not in client.get("/desk/requests/?q=1380013800").content.decode()


def test_nobody_finds_by_phone_who_may_not_see_the_roster(cast: Cast, at: SignIn) -> None:
    dispatched(cast)
    assert at(cast.department_handler).get("/desk/requests/?q=13800138001").status_code == 403


@pytest.mark.parametrize("sort", ["new", "old", "due", "-due", "updated", "-updated"])
def test_every_sort_pages_through_all_once(cast: Cast, sort: str) -> None:
    made = {raised(cast, now=NOW + n * HOUR).pk for n in range(7)}
    seen: list[int] = []
    after = ""
    while True:
        page = desk_page(cast.community_worker, Wanted(sort=sort), later(hours=9), after=after, limit=3)
        seen += [m.pk for m in page.matters]
        if not page.next_after:
            break
        after = page.next_after
    assert (len(seen), set(seen)) == (7, made)


def test_filters_narrow_the_list(cast: Cast) -> None:
    one = raised(cast, title="电话来的", channel="phone", actor=cast.community_worker)
    two = dispatched(cast, place=cast.here.buildings[1])
    late = raised(cast, now=NOW - 9 * DAY)

    def refs(**wanted: Any) -> set[int]:
        return {m.pk for m in desk_page(cast.community_worker, Wanted(**wanted), NOW).matters}

    assert refs(channel="phone") == {one.pk}
    assert refs(status="dispatched") == {two.pk}
    assert refs(status="overdue") == {late.pk}
    assert refs(place=cast.here.buildings[1]) == {two.pk}
    assert refs(holder_id=cast.here.units["housing"].pk) == {two.pk}
    assert refs(until=(NOW - DAY).date()) == {late.pk}


def test_the_list_of_another_street_is_empty(cast: Cast, at: SignIn) -> None:
    matter = raised(cast)
    assert matter.title not in at(cast.outside["community_worker"]).get("/desk/requests/").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "place=x&category=%00&since=2026-02-30&holder=9e9&sort=;drop",
        "after=~~~&sort=due",
        "place=99999999999999999999",
        "after=2026-13-01~1&sort=due",
    ],
)
def test_a_bent_address_still_opens_the_list(cast: Cast, at: SignIn, query: str) -> None:
    assert at(cast.community_worker).get(f"/desk/requests/?{query}").status_code == 200


@pytest.mark.parametrize(
    ("text", "phone"), [("138 0013 8001", "13800138001"), ("R12", None), ("电话 13800138001", None), ("12", None), ("1380013", None)]
)
def test_only_a_whole_number_is_searched_as_a_phone(text: str, phone: str | None) -> None:
    assert phone_in(text) == phone


# --- several at once -------------------------------------------------------------------------------------------------------
def test_several_are_accepted_at_once_and_each_says_what_came_of_it(cast: Cast, at: SignIn) -> None:
    fine, changed = raised(cast, title="没人动过"), raised(cast, title="刚被别人动过")
    picks = [f"{fine.pk}:{fine.version}", f"{changed.pk}:{changed.version}"]
    dispatch.accept(actor=cast.community_head, matter_id=changed.pk, now=later(minutes=1))
    answer = at(cast.community_worker).post("/desk/requests/batch/", {"act": "accept", "pick": picks})
    page = answer.content.decode()
    fine.refresh_from_db()

    assert (answer.status_code, fine.state) == (200, "accepted")
    assert "1 件办成，1 件没有办成" in page and "您的操作没有写入" in page


def test_several_are_dispatched_at_once(cast: Cast, at: SignIn) -> None:
    made = [raised(cast), accepted(cast)]
    at(cast.community_worker).post(
        "/desk/requests/batch/", {"act": "dispatch", "unit": cast.here.units["water"].pk, "pick": [f"{m.pk}:{m.version}" for m in made]}
    )
    assert {Matter.objects.get(pk=m.pk).holder_id for m in made} == {cast.here.units["water"].pk}


def test_a_batch_outside_ones_reach_writes_nothing(cast: Cast, at: SignIn) -> None:
    matter = raised(cast)
    page = at(cast.outside["community_worker"]).post(
        "/desk/requests/batch/", {"act": "accept", "pick": [f"{matter.pk}:{matter.version}", "x:y"]}
    )
    matter.refresh_from_db()
    assert (page.status_code, matter.state) == (200, "raised")
    assert matter.title not in page.content.decode()


@pytest.mark.parametrize("sent", [{}, {"act": "accept"}, {"act": "close", "pick": "1:1"}, {"act": "dispatch", "pick": "1:1"}])
def test_a_batch_without_what_it_needs_says_so(cast: Cast, at: SignIn, sent: dict[str, str]) -> None:
    assert at(cast.community_worker).post("/desk/requests/batch/", sent).status_code == 422


# --- one request -----------------------------------------------------------------------------------------------------------
EVERY_STATE = [raised, accepted, dispatched, whistled, in_progress, waiting, suspended, resolved]


@pytest.mark.parametrize("made", EVERY_STATE, ids=lambda made: made.__name__)
def test_the_page_of_a_request_costs_at_most_twelve_queries(cast: Cast, at: SignIn, django_assert_max_num_queries: Any, made: Any) -> None:
    matter = made(cast)
    for actor in (cast.community_worker, cast.street_officer, cast.department_handler):
        client = at(actor)
        client.get(address(matter))
        with django_assert_max_num_queries(12):
            answer = client.get(address(matter))
        assert answer.status_code in (200, 302)


@pytest.mark.parametrize("made", EVERY_STATE, ids=lambda made: made.__name__)
def test_what_is_offered_is_allowed_by_workflow_and_table(cast: Cast, made: Any) -> None:
    matter = made(cast)
    sources = {m.verb: m.sources for m in MOVES}
    for actor in (*cast.inside.values(), *cast.outside.values()):
        whole = at_desk(actor, Matter.objects.select_related("place", "category", "holder", "owner_unit").get(pk=matter.pk))
        for verb in offered_verbs(actor, whole):
            assert verb in ACTS
            assert verb not in sources or matter.state in sources[verb]
        if actor in cast.outside.values():
            assert offered_verbs(actor, whole) == []


def test_every_move_for_staff_has_its_form() -> None:
    by_residents = {"rate", "withdraw"}
    assert {m.verb for m in MOVES} - by_residents <= set(ACTS)


def test_a_request_goes_from_raised_to_closed_by_forms_alone(cast: Cast, at: SignIn) -> None:
    matter = raised(cast)
    worker, handler = at(cast.community_worker), at(cast.department_handler)
    housing = cast.here.units["housing"].pk

    assert act(worker, matter, "accept", text="收到").status_code == 302
    assert act(worker, matter, "dispatch", unit=housing, text="请尽快").status_code == 302
    assert act(handler, matter, "start").status_code == 302
    assert act(handler, matter, "answer", text="周三换件", photo=picture()).status_code == 302
    assert act(handler, matter, "ask", text="哪一部？").status_code == 302
    assert act(handler, matter, "resume").status_code == 302
    review = (timezone.localdate() + timedelta(days=9)).isoformat()
    assert act(handler, matter, "suspend", why="construction", text="等配件到货", review_on=review).status_code == 302
    assert act(handler, matter, "resume", text="到货了").status_code == 302
    assert act(handler, matter, "resolve", text="换了轴承", photo=picture("blue")).status_code == 302
    assert act(worker, matter, "record_rating", answered="yes", solved="yes", satisfied="yes", comment="好了").status_code == 302
    matter.refresh_from_db()
    assert matter.state == "closed"
    page = worker.get(address(matter)).content.decode()
    assert "电话回访：有答复，解决了，满意" in page and "施工周期较长：等配件到货" in page and page.count("/photos/") >= 4


def test_whistling_what_nobody_accepted_asks_for_its_grade_too(cast: Cast, at: SignIn) -> None:
    units, street = cast.here.units, at(cast.street_officer)
    fresh, busy = raised(cast), in_progress(cast)
    called = {"lead": str(units["housing"].pk), "units": [str(units["water"].pk)], "text": "一起到场"}

    assert whistle_fields(street.get(address(fresh)).content.decode()) >= {"lead", "units", "category", "grade", "text"}
    assert whistle_fields(street.get(address(busy)).content.decode()) & {"category", "grade"} == set()
    assert act(street, fresh, "whistle", **called, grade="complex").status_code == 302
    assert act(street, busy, "whistle", **called).status_code == 302

    fresh.refresh_from_db()
    assert (fresh.state, fresh.grade) == ("whistled", "complex")


def whistle_fields(page: str) -> set[str]:
    form = page.partition("/whistle/")[2].partition("</form>")[0]
    return {name.rpartition("-")[2] for name in re.findall(r'name="([^"]+)"', form)}


def test_a_whistle_is_called_answered_and_concluded_by_forms(cast: Cast, at: SignIn) -> None:
    matter = raised(cast)
    units = cast.here.units
    street, housing, water, parks = (
        at(a) for a in (cast.street_officer, cast.department_handler, handler_of(cast, "water"), handler_of(cast, "parks"))
    )
    called = {"lead": units["housing"].pk, "units": [units["water"].pk, units["parks"].pk], "text": "一起到场"}

    assert act(street, matter, "whistle", **called).status_code == 302
    assert act(housing, matter, "report_in").status_code == 302
    assert act(water, matter, "answer_whistle", text="已疏通").status_code == 302
    assert act(housing, matter, "answer_whistle", text="已加固").status_code == 302
    early = act(street, matter, "conclude_whistle", text="完成")
    assert early.status_code == 409 and "芳草园林站" in early.content.decode()
    assert act(parks, matter, "refuse_whistle", reason="not_our_duty", text="不涉及绿地").status_code == 302
    assert act(street, matter, "conclude_whistle", text="完成").status_code == 302
    scores = {f"order_{o.pk}": "5" for o in WorkOrder.objects.filter(matter=matter, task__in=("report_in", "answer"))}
    assert act(street, matter, "score_whistle", **scores).status_code == 302
    page = street.get(address(matter)).content.decode()
    assert all(words in page for words in ("芳草城建科", "牵头", "说明不属本部门：不属于本单位职责", "已疏通", "5 分"))


def test_declining_with_the_standard_reply_names_where_to_turn(cast: Cast, at: SignIn) -> None:
    matter = raised(cast)
    assert act(at(cast.community_worker), matter, "decline", reason="statutory_channel").status_code == 302
    entry = matter.entries.get(verb="decline")
    assert "诉讼" in entry.text and "12348" in entry.facts["turn_to"]


def test_what_is_missing_comes_back_beside_its_field_with_the_rest_still_typed(cast: Cast, at: SignIn) -> None:
    matter = in_progress(cast)
    answer = act(at(cast.department_handler), matter, "suspend", text="等配件等了很久", why="", review_on="2026-02-30")
    page = answer.content.decode()
    matter.refresh_from_db()

    assert (answer.status_code, matter.state) == (422, "in_progress")
    assert "等配件等了很久" in page and 'id="suspend-why_error"' in page and 'id="suspend-review_on_error"' in page


def test_a_refused_photo_loses_no_text(cast: Cast, at: SignIn) -> None:
    matter = in_progress(cast)
    answer = act(
        at(cast.department_handler), matter, "answer", text="周三来换", photo=SimpleUploadedFile("x.jpg", b"<script>", "image/jpeg")
    )
    assert answer.status_code == 422
    assert "周三来换" in answer.content.decode()


def test_whoever_comes_second_is_told_what_changed_and_keeps_what_they_typed(cast: Cast, at: SignIn) -> None:
    matter = in_progress(cast)
    handler = at(cast.department_handler)
    handling.note(actor=cast.community_worker, matter_id=matter.pk, now=later(minutes=1), text="居民来电催过")
    answer = handler.post(address(matter, "answer"), {"version": matter.version, "entries": matter.entry_count, "text": "我正在写的答复"})
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "您的操作没有写入" in page and "您打开以后发生的" in page and "居民来电催过" in page and "我正在写的答复" in page
    matter.refresh_from_db()
    assert not matter.entries.filter(text="我正在写的答复").exists()
    again = handler.post(address(matter, "answer"), {"version": matter.version, "entries": matter.entry_count, "text": "我正在写的答复"})
    assert again.status_code == 302


def test_what_was_typed_for_a_move_that_is_gone_is_still_shown(cast: Cast, at: SignIn) -> None:
    matter = in_progress(cast)
    handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=later(minutes=1), text="已修好")
    answer = at(cast.department_handler).post(
        address(matter, "ask"), {"version": matter.version, "entries": matter.entry_count, "text": "请问是哪一部"}
    )
    assert answer.status_code == 409 and "请问是哪一部" in answer.content.decode()


def test_moves_are_refused_to_those_whose_they_are_not(cast: Cast, at: SignIn) -> None:
    matter = raised(cast, visibility="private")
    assert act(at(cast.outside["community_worker"]), matter, "accept").status_code == 404
    assert act(at(cast.department_handler), matter, "accept").status_code == 404
    assert act(at(cast.auditor), matter, "accept").status_code == 403
    matter.refresh_from_db()
    assert matter.state == "raised"


def test_the_machine_s_word_stands_beside_the_choice(cast: Cast, at: SignIn) -> None:
    matter = raised(cast, title="电梯坏了", body="电梯困人")
    made = matter.suggestions.get(field="category")
    page = at(cast.community_worker).get(address(matter)).content.decode()
    assert "系统建议" in page and f"把握 {made.confidence}%" in page and "、".join(made.reason) in page
    act(at(cast.community_worker), matter, "accept", category="noise" if made.suggested != "noise" else "parking")
    assert matter.suggestions.get(field="category").chosen


def test_the_department_is_suggested_with_its_reason_and_the_choice_kept_beside_it(cast: Cast, at: SignIn) -> None:
    by_words, by_choice = raised(cast, title="物业费乱涨价", body="物业公司不公示"), raised(cast, category=category("street_light"))
    made, other = by_words.suggestions.get(field="unit"), by_choice.suggestions.get(field="unit")

    page = at(cast.community_worker).get(address(by_words)).content.decode()
    act(at(cast.community_worker), by_words, "dispatch", unit=cast.here.units["property"].pk, category="", grade="")
    act(at(cast.community_worker), by_choice, "dispatch", unit=cast.here.units["water"].pk, category="", grade="")
    made.refresh_from_db()
    other.refresh_from_db()

    assert made.suggested == suggest("", "物业费乱涨价 物业公司不公示").department.code  # type: ignore[union-attr]  # there is one
    assert made.reason == by_words.suggestions.get(field="category").reason and made.reason[0] in page
    assert other.reason == [category("street_light").name_zh]
    assert (made.chosen, other.chosen) == ("property_manager", "water")


def test_parties_are_masked_until_somebody_says_why(cast: Cast, at: SignIn) -> None:
    matter = raised(cast)
    party = matter.parties.get(role="raiser")
    worker = at(cast.community_worker)
    masked = worker.get(address(matter)).content.decode()
    without = worker.post(address(matter, "reveal"), {"party": party.pk, "purpose": ""})
    opened = worker.post(address(matter, "reveal"), {"party": party.pk, "purpose": "电话联系"})

    assert "林素珍" not in masked and "13800138001" not in masked and "138****8001" in masked
    assert without.status_code == 422 and "13800138001" not in without.content.decode()
    assert "林素珍" in opened.content.decode() and "13800138001" in opened.content.decode()
    assert opened.headers["Cache-Control"] == "no-store"
    assert [(r.purpose, r.reader_id) for r in FieldReading.objects.filter(person=cast.person)] == [
        ("电话联系", cast.community_worker.account_id)
    ]


def test_a_department_may_not_open_what_is_sealed(cast: Cast, at: SignIn) -> None:
    matter = dispatched(cast)
    answer = at(cast.department_handler).post(address(matter, "reveal"), {"party": matter.parties.get(role="raiser").pk, "purpose": "好奇"})
    assert answer.status_code == 403
    assert not FieldReading.objects.exists()


def test_a_unit_rings_those_who_agreed_to_it_while_it_works_on_their_matter(cast: Cast, at: SignIn) -> None:
    matter = in_progress(cast)
    party = matter.parties.get(role="raiser")
    handler, asked = at(cast.department_handler), {"party": party.pk, "purpose": "约上门时间"}

    before = handler.get(address(matter)).content.decode()
    agreed = give_consent(actor=cast.raiser, person=cast.person, purpose="contact_by_handlers", basis="consent", how="本人", now=NOW)
    offered = handler.get(address(matter)).content.decode()
    opened = handler.post(address(matter, "reveal"), asked)
    elsewhere = at(handler_of(cast, "water")).post(address(matter, "reveal"), asked)
    withdraw_consent(actor=cast.raiser, consent=agreed, now=later(hours=1))
    after = handler.post(address(matter, "reveal"), asked)

    assert "没有同意把电话告诉您的单位" in before and "查看并留痕" not in before
    assert "查看并留痕" in offered and "13800138001" not in offered
    assert opened.status_code == 200 and "13800138001" in opened.content.decode()
    assert elsewhere.status_code in (403, 404)
    assert after.status_code == 403 and "没有同意" in after.content.decode()
    assert [(r.purpose, r.reader_id) for r in FieldReading.objects.filter(person=cast.person)] == [
        ("约上门时间", cast.department_handler.account_id)
    ]


def test_a_property_company_needs_a_consent_of_its_own_and_only_while_the_matter_is_open(cast: Cast, at: SignIn) -> None:
    matter = dispatched(cast, unit="property")
    asked = {"party": matter.parties.get(role="raiser").pk, "purpose": "约上门时间"}
    manager = at(cast.property_manager)
    for purpose in ("contact_by_handlers", "share_with_property"):
        answer = manager.post(address(matter, "reveal"), asked)
        assert answer.status_code == 403
        give_consent(actor=cast.raiser, person=cast.person, purpose=purpose, basis="consent", how="本人", now=NOW)
    assert manager.post(address(matter, "reveal"), asked).status_code == 200

    handling.resolve(
        actor=cast.community_worker,
        matter_id=handling.start(actor=cast.property_manager, matter_id=matter.pk, now=NOW).pk,
        now=NOW,
        text="修好了",
    )
    judging.rate(actor=cast.raiser, matter_id=matter.pk, now=later(hours=1), answered=True, solved=True, satisfied=True)
    assert manager.post(address(matter, "reveal"), asked).status_code == 403


def test_twins_are_merged_found_linked_and_parted(cast: Cast, at: SignIn) -> None:
    one, two = (
        raised(cast, title=f"3 栋电梯{when}异响", actor=actor, now=timezone.now())
        for when, actor in (("夜里", cast.raiser), ("半夜", cast.neighbour))
    )
    worker = at(cast.community_worker)

    assert two.ref in worker.get(address(one, "similar")).content.decode()
    assert act(worker, one, "merge", target="R999999").status_code == 422
    assert act(worker, one, "merge", target=two.ref).headers["Location"] == address(two)
    assert "并入" in worker.get(address(one)).content.decode()
    assert act(worker, one, "unmerge").status_code == 302
    assert act(worker, one, "link", target=two.ref, kind="caused_by").status_code == 302
    assert Link.objects.filter(source=one, target=two, kind="caused_by", ended_at=None).exists()
    assert one.ref in worker.get(address(two)).content.decode()


def test_a_photo_is_shown_to_those_who_work_on_it_alone(cast: Cast, at: SignIn) -> None:
    matter = in_progress(cast, visibility="private")
    act(at(cast.department_handler), matter, "answer", text="见照片", photo=picture())
    shown = f"{address(matter)}photos/{matter.attachments.get().pk}/"

    for wanted in (shown, f"{shown}?small=1"):
        answer = at(cast.department_handler).get(wanted)
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert Image.open(io.BytesIO(answer.content)).format == "JPEG"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert at(cast.outside["community_worker"]).get(shown).status_code == 404


def test_the_slip_tells_nothing_the_public_may_not_read(cast: Cast, at: SignIn) -> None:
    matter = raised(cast, title="楼道堆物", body="我是 502 的林素珍，电话 13800138001", place=cast.here.homes[0])
    page = at(cast.community_worker).get(address(matter, "receipt")).content.decode()
    assert matter.ref in page and "<svg" in page
    assert "13800138001" not in page and "502" not in page


# --- intake on behalf ------------------------------------------------------------------------------------------------------
INTAKE = {"channel": "phone", "text": "楼下井盖松了，老人差点绊倒", "where": "芳草苑3栋", "visibility": "public"}


def test_a_call_is_registered_for_the_one_who_called(cast: Cast, at: SignIn) -> None:
    client = at(cast.community_worker)
    looked = client.post("/desk/requests/new/", {**INTAKE, "caller": "13800138001", "look": "1"}).content.decode()
    assert "林**" in looked and "林素珍" not in looked and "芳草苑 3 栋" in looked
    done = client.post("/desk/requests/new/", {**INTAKE, "caller": "13800138001", "person": cast.person.pk})
    matter = Matter.objects.get()

    assert done.headers["Location"] == address(matter)
    assert (matter.channel, matter.place_id, matter.title) == ("phone", cast.here.buildings[0].pk, "楼下井盖松了，老人差点绊倒")
    assert {(p.role, p.person_id) for p in matter.parties.all()} == {("raiser", cast.person.pk), ("recorder", None)}
    assert Event.objects.filter(kind="people_searched", about="138****8001").exists()


def test_somebody_new_is_registered_with_the_least(cast: Cast, at: SignIn) -> None:
    sent = {**INTAKE, "person": "new", "name": "周小兰", "phone": "13900139009", "contact_by": "phone"}
    assert at(cast.community_worker).post("/desk/requests/new/", sent).status_code == 302
    person = Person.objects.get(name="周小兰")
    assert (person.contact_by, person.home_place_id) == ("phone", cast.here.community.pk)
    assert Party.objects.get(role="raiser").person_id == person.pk


def test_a_visitor_s_photo_and_what_they_agreed_to_are_taken_with_it(cast: Cast, at: SignIn) -> None:
    client = at(cast.community_worker)
    sent = {**INTAKE, "channel": "counter", "person": cast.person.pk, "caller": "13800138001", "agrees": ["share_with_property"]}
    too_many = client.post("/desk/requests/new/", {**sent, "photo": [picture() for _n in range(7)], "file_at": "photo:id_photo"})
    done = client.post("/desk/requests/new/", {**sent, "photo": [picture()]})

    assert too_many.status_code == 422 and "最多 6 张照片" in too_many.content.decode()
    assert INTAKE["text"] in too_many.content.decode() and too_many.content.decode().count('name="kept_token"') == 7
    assert done.status_code == 302 and Matter.objects.get().attachments.count() == 1
    consent = cast.person.consents.get()
    assert (consent.purpose, consent.how) == ("share_with_property", "当面口头同意")


def test_a_call_without_a_name_is_taken_too(cast: Cast, at: SignIn) -> None:
    assert at(cast.street_officer).post("/desk/requests/new/", {**INTAKE, "person": "none"}).status_code == 302
    assert [p.role for p in Matter.objects.get().parties.all()] == ["recorder"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"where": "月球"}, "没有找到这个地点"),
        ({"text": ""}, "error"),
        ({"where": "桐梓苑3栋"}, "没有找到这个地点"),
        ({"person": "new", "name": "周兰", "phone": "123"}, "error"),
    ],
)
def test_a_call_that_cannot_be_registered_keeps_what_was_written(cast: Cast, at: SignIn, changes: dict[str, str], words: str) -> None:
    answer = at(cast.community_worker).post("/desk/requests/new/", {**INTAKE, **changes})
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Matter.objects.exists()
    assert {**INTAKE, **changes}["text"] in answer.content.decode()


def test_parts_of_the_form_are_filled_while_typing(cast: Cast, at: SignIn) -> None:
    near = raised(cast, title="3 栋井盖松动", body="踩上去会翻", now=timezone.now())
    client = at(cast.community_worker)
    advice = client.get("/desk/requests/new/advice/", {"text": "3 栋井盖松动了", "place": cast.here.buildings[0].pk}).content.decode()
    assert near.ref in advice and "因为写到" in advice
    assert "芳草苑 10 栋" in client.get("/desk/requests/new/places/", {"where": "10栋"}).content.decode()
    assert "林**" in client.get("/desk/requests/new/people/", {"caller": "林素"}).content.decode()
    assert client.get("/desk/requests/new/other/").status_code == 404
    assert at(cast.department_handler).get("/desk/requests/new/people/", {"caller": "林素"}).status_code == 403


@pytest.mark.parametrize(
    ("said", "found"),
    [("芳草苑3栋", ["3 栋"]), ("芳草苑 3 栋", ["3 栋"]), ("3栋1单元", ["1 单元"]), ("芳草苑", ["芳草苑"]), ("桐梓苑", []), ("", [])],
)
def test_places_are_found_as_people_say_them(cast: Cast, said: str, found: list[str]) -> None:
    assert [p.name for p in find_places(cast.community_worker, said)] == found


# --- patrol ----------------------------------------------------------------------------------------------------------------
def finding(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "text": "消防通道被电动车堵住",
        "place": cast.here.buildings[0].pk,
        "spot": "西侧",
        "category": "",
        "idempotency_key": str(uuid4()),
        **changes,
    }


def test_a_finding_sent_twice_is_written_once(cast: Cast, at: SignIn) -> None:
    client, sent = at(cast.grid_worker), finding(cast)
    answers = [client.post("/desk/patrol/send/", {**sent, "photo": picture()}) for _again in range(2)]

    assert [a.status_code for a in answers] == [201, 201]
    assert [a.json()["again"] for a in answers] == [False, True]
    assert len({a.json()["ref"] for a in answers}) == Matter.objects.count() == 1
    assert (Matter.objects.get().channel, Matter.objects.get().attachments.count()) == ("patrol", 1)


def test_a_finding_says_where_the_phone_stood_and_when_it_was_noted_without_a_connection(cast: Cast, at: SignIn) -> None:
    ring = [[104.0560, 30.6301], [104.0562, 30.6301], [104.0562, 30.6303], [104.0560, 30.6303], [104.0560, 30.6301]]
    Place.objects.filter(pk=cast.here.buildings[1].pk).update(
        outline={"type": "Polygon", "coordinates": [ring]}, south=30630100, north=30630300, west=104056000, east=104056200
    )
    client, noted = at(cast.grid_worker), timezone.now() - 3 * HOUR
    there = {"place": "", "latitude": "30.6302", "longitude": "104.0561"}

    first = client.post("/desk/patrol/send/", finding(cast, **there, noted_at=noted.isoformat()))
    soon = client.post("/desk/patrol/send/", finding(cast, noted_at=timezone.now().isoformat()))
    odd = client.post("/desk/patrol/send/", finding(cast, noted_at="昨天"))
    nowhere = client.post("/desk/patrol/send/", finding(cast, place="", latitude="31", longitude="104"))
    many = client.post("/desk/patrol/send/", {**finding(cast), "photo": [picture() for _n in range(7)]})

    found = Matter.objects.get(pk=int(first.json()["ref"][1:]))
    assert (found.place_id, found.latitude, found.longitude) == (cast.here.buildings[1].pk, 30630200, 104056100)
    assert "在现场记下，当时没有网络" in found.body and found.title == "消防通道被电动车堵住"
    assert [a.status_code for a in (soon, odd, nowhere, many)] == [201, 201, 422, 422]
    assert "现场记下" not in Matter.objects.get(pk=int(soon.json()["ref"][1:])).body
    assert list(nowhere.json()["fields"]) == ["place"] and list(many.json()["fields"]) == ["photo"]


def test_the_same_key_of_two_devices_is_two_findings(cast: Cast, at: SignIn) -> None:
    sent = finding(cast)
    refs = {at(actor).post("/desk/patrol/send/", sent).json()["ref"] for actor in (cast.grid_worker, cast.community_worker)}
    assert len(refs) == 2


def test_a_browser_is_led_back_and_a_queue_is_told_what_is_wrong(cast: Cast, at: SignIn) -> None:
    client = at(cast.grid_worker)
    by_page = client.post("/desk/patrol/send/", finding(cast), headers={"accept": "text/html"})
    page = client.post("/desk/patrol/send/", finding(cast, place=""), headers={"accept": "text/html"})
    queue = client.post("/desk/patrol/send/", finding(cast, place=cast.there.buildings[0].pk))
    empty = client.post("/desk/patrol/send/", finding(cast, place="", text=""))

    assert by_page.headers["Location"].startswith("/desk/patrol/?sent=R")
    assert page.status_code == 422 and "消防通道被电动车堵住" in page.content.decode()
    assert (queue.status_code, list(queue.json()["fields"])) == (422, ["place"])
    assert set(empty.json()["fields"]) == {"text", "place"}


def test_the_patrol_page_holds_places_and_nothing_about_people(cast: Cast, at: SignIn, django_assert_max_num_queries: Any) -> None:
    client = at(cast.grid_worker)
    with django_assert_max_num_queries(12):
        page = client.get("/desk/patrol/").content.decode()
    assert "3 栋" in page and "data-offline-queue" in page
    assert "林" not in page and "桐梓" not in page
    assert at(cast.department_handler).get("/desk/patrol/").status_code == 403
    kept = [
        who.get("/sw.js").content.decode().count("/desk/patrol/")
        for who in (client, at(cast.department_handler), at(cast.raiser), Client())
    ]
    assert kept == [1, 0, 0, 0]


# --- calls -----------------------------------------------------------------------------------------------------------------
@pytest.fixture
def by_phone(cast: Cast) -> Cast:
    mend_person(actor=cast.community_worker, person=cast.person, now=NOW, contact_by="phone")
    return cast


def test_the_call_list_shows_numbers_only_when_opened_and_logs_each(by_phone: Cast, at: SignIn) -> None:
    accepted(by_phone)
    client = at(by_phone.community_worker)
    masked = client.get("/desk/calls/").content.decode()
    assert "138****8001" in masked and "13800138001" not in masked
    opened = client.post("/desk/calls/reveal/").content.decode()
    assert "13800138001" in opened and "林素珍" in opened
    assert [r.purpose for r in FieldReading.objects.filter(person=by_phone.person)] == ["电话告知"]
    assert "13800138001" not in client.get("/desk/calls/").content.decode()


def test_a_call_is_recorded_once(by_phone: Cast, at: SignIn) -> None:
    accepted(by_phone)
    call = Delivery.objects.get(channel="call")
    client = at(by_phone.community_worker)
    client.post(f"/desk/calls/{call.pk}/", {"reached": "no"})
    call.refresh_from_db()
    assert (call.state, call.tries, call.outcome) == ("waiting", 1, "没有接通")
    client.post(f"/desk/calls/{call.pk}/", {"reached": "yes", "outcome": "已告知本人"})
    client.post(f"/desk/calls/{call.pk}/", {"reached": "yes", "outcome": "又打一次"})
    call.refresh_from_db()
    assert (call.state, call.tries, call.outcome) == ("sent", 2, "已告知本人")


def test_calls_of_another_street_are_not_shown(by_phone: Cast, at: SignIn) -> None:
    accepted(by_phone)
    assert "电梯" not in at(by_phone.outside["community_worker"]).get("/desk/calls/").content.decode()
    assert at(by_phone.department_handler).get("/desk/calls/").status_code == 403
    call = Delivery.objects.get(channel="call")
    assert at(by_phone.outside["community_worker"]).post(f"/desk/calls/{call.pk}/", {"reached": "yes"}).status_code in (403, 404)


def test_follow_ups_lead_to_the_form_of_the_rating(cast: Cast, at: SignIn) -> None:
    matter = resolved(cast)
    assert f"{address(matter)}#act-record_rating" in at(cast.community_worker).get("/desk/calls/").content.decode()


def test_all_calls_for_one_person_stand_together(cast: Cast) -> None:
    mend_person(actor=cast.community_worker, person=cast.person, now=NOW, contact_by="phone")
    other, _new = register_person(actor=cast.community_worker, name="周小兰", phone="13900139009", now=NOW, home_place=cast.here.community)
    mend_person(actor=cast.community_worker, person=other, now=NOW, contact_by="phone")
    mine = raised(cast)
    theirs = raised(cast, actor=cast.community_worker, channel="phone", raised_for=other)
    for n, matter in enumerate((mine, theirs)):
        dispatch.accept(actor=cast.community_head, matter_id=matter.pk, now=later(minutes=n))
    for n, matter in enumerate((mine, theirs)):
        handling.answer(actor=cast.community_head, matter_id=matter.pk, now=later(minutes=10 + n), text="已经约好维修")

    assert [d.message.person_id for d in waiting_calls(cast.community_worker)] == [cast.person.pk] * 2 + [other.pk] * 2


def test_more_calls_than_a_page_are_said_and_paged(by_phone: Cast, at: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PAGE", 2)
    for n in range(3):
        accepted(by_phone, title=f"第 {n} 件", now=later(minutes=n))
    client = at(by_phone.community_worker)
    waiting = waiting_calls(by_phone.community_worker, limit=9)
    first = client.get("/desk/calls/").content.decode()
    assert f"一共等着 {len(waiting)} 个电话，这一页 2 个。" in first
    assert f"/desk/calls/?after={waiting[1].pk}" in first
    after = f"/desk/calls/?after={waiting[1].pk}"
    second = client.get(after).content.decode()
    assert f'action="/desk/calls/{waiting[2].pk}/?after={waiting[1].pk}"' in second and f"/desk/calls/{waiting[0].pk}/" not in second
    assert 'rel="next"' in first and 'rel="next"' not in second and 'rel="prev"' in second
    assert client.post(f"/desk/calls/{waiting[1].pk}/?after={waiting[1].pk}", {"reached": "yes"}).headers["Location"] == after
    # The call the page begins behind was made meanwhile: the page stays where it was.
    assert f"/desk/calls/{waiting[2].pk}/" in client.get(after).content.decode()
    assert f"/desk/calls/{waiting[0].pk}/" in client.get("/desk/calls/?after=999999").content.decode()
    assert "13800138001" in client.post(f"/desk/calls/reveal/?after={waiting[1].pk}").content.decode()


# --- figures ---------------------------------------------------------------------------------------------------------------
def test_the_figures_page_opens_and_drills_down(cast: Cast, at: SignIn, django_assert_max_num_queries: Any) -> None:
    resolved(cast)
    client = at(cast.street_officer)
    for by in ("place", "category", "unit", "whistle"):
        url = f"/desk/figures/?by={by}&since=2026-06-01&until=2026-06-30&place={cast.here.community.pk}&category=noise"
        client.get(url)
        with django_assert_max_num_queries(12):
            assert client.get(url).status_code == 200
    page = client.get("/desk/figures/?since=2026-06-01&until=2026-06-30").content.decode()
    assert "样本不足" in page and "behind=resolved" in page and "芳草社区" in page


def test_dates_that_cannot_be_a_period_are_said_so(cast: Cast, at: SignIn) -> None:
    officer = at(cast.street_officer)
    wrong = officer.get("/desk/figures/?since=2026-03-01&until=2026-01-31").content.decode()
    assert "日期没有看懂，或者先后不对" in wrong
    assert "日期没有看懂" not in officer.get("/desk/figures/?since=2026-01-01&until=2026-01-31").content.decode()


def test_figures_leave_as_csv_and_xlsx_without_formulas(cast: Cast, at: SignIn) -> None:
    resolved(cast)
    address = "/desk/figures/?since=2026-06-01&until=2026-06-30&format="
    answer = at(cast.street_officer).get(address + "csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(at(cast.street_officer).get(address + "xlsx").streaming_content)))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]

    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "响应率" in text and not any(line[:1] in "=+-@" for line in text.splitlines() if line)
    assert "响应率" in {cell.value for cell in cells} and not any(cell.data_type == "f" for cell in cells)


def test_those_who_may_not_read_figures_are_told_so(cast: Cast, at: SignIn) -> None:
    assert at(cast.building_leader).get("/desk/figures/").status_code == 403
    assert at(cast.auditor).get("/desk/figures/").status_code == 200


def test_the_number_on_the_page_is_the_number_of_the_list(cast: Cast, at: SignIn) -> None:
    for n in range(3):
        resolved(cast, now=later(hours=n))
    client = at(cast.street_officer)
    page = client.get("/desk/figures/?since=2026-06-01&until=2026-06-30").content.decode()
    link = page.split("/desk/requests/?behind=resolved")[1].split('"')[0].replace("&amp;", "&")
    opened = client.get(f"/desk/requests/?behind=resolved{link}").content.decode()
    assert "这个数字背后的 3 件" in opened


# --- two at once -----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_one_wins_and_the_other_is_told(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    cast = build_cast()
    matter = raised(cast)
    people = [(cast.community_worker, cast.here.units["housing"].pk), (cast.community_head, cast.here.units["water"].pk)]
    clients = []
    for actor, unit in people:
        client = Client()
        client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
        clients.append((client, unit))
    ready = threading.Barrier(2)
    answers: list[Any] = []

    def send(client: Client, unit: int) -> None:
        ready.wait(timeout=20)
        answers.append(
            client.post(
                address(matter, "dispatch"), {"version": matter.version, "entries": matter.entry_count, "unit": unit, "text": f"给 {unit}"}
            )
        )
        connection.close()

    threads = [threading.Thread(target=send, args=pair) for pair in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(a.status_code for a in answers) == [302, 409]
    loser = next(a for a in answers if a.status_code == 409).content.decode()
    assert "您的操作没有写入" in loser
    assert matter.entries.filter(verb="dispatch").count() == 1
    matter.refresh_from_db()
    assert WorkOrder.objects.filter(matter=matter, task="handle", state="open").count() == 1
    assert matter.version == 2


def test_a_request_s_page_is_found_by_those_whose_unit_lost_it(cast: Cast, at: SignIn) -> None:
    """A unit whose order was recalled no longer works on it: the public page is theirs."""
    matter = dispatched(cast)
    dispatch.redispatch(
        actor=cast.community_worker, matter_id=matter.pk, now=later(minutes=2), unit=cast.here.units["water"], text="应由排水所办"
    )
    assert at(cast.department_handler).get(address(matter)).headers["Location"] == f"/requests/{matter.ref}/"
