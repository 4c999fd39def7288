"""Hot topics: what many raise becomes one topic, kept from day to day; what workers decide stands; nothing of an erased person stays in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound, Refused
from linli.kernel.accounts.models import Account
from linli.kernel.judgement.actions import turn_switch
from linli.kernel.judgement.models import Switch
from linli.kernel.judgement.switches import forget
from linli.kernel.matters.actions import add_me_too
from linli.kernel.matters.models import Link, Matter
from linli.kernel.people.actions import erase_person
from linli.kernel.people.models import Home, Household, Person, Residence
from linli.loops.requests.actions import handling
from linli.loops.requests.hot import deciding, placing, reading, rounds
from linli.loops.requests.hot.counting import _Population
from linli.loops.requests.hot.models import Change, Figure, Parted, PublicFigure, Round, Topic, Trace
from linli.loops.requests.hot.queries import hottest, members_of, place_for, places_for, topic_for
from tests.factories import DAY, HOUSE, NOW, Cast, build_cast, raised, resident_at

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOISE = [
    "旁边工地夜里施工太吵睡不着",
    "工地半夜还在施工，噪音大得睡不着",
    "芳草苑旁边的工地夜间施工噪音扰民",
    "夜里十二点工地还在打桩，吵得睡不着",
    "工地夜间施工噪音什么时候能停",
]
WATER = ["10 栋水压太低洗不了澡", "水压太低，热水器打不着火", "早晚水压太低，洗澡没有水"]
OTHER = ["楼道灯坏了两盏", "希望多几张乒乓球台", "快递柜挡住了消防门", "咨询老年证在哪里办"]


@pytest.fixture
def cast(db: None) -> Cast:
    return build_cast()


@pytest.fixture(autouse=True)
def _one_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were more requests than one query takes."""
    monkeypatch.setattr(reading, "AT_ONCE", 4)


def talk(cast: Cast, now: Any = NOW) -> dict[str, list[Matter]]:
    """Five people about the building site, three about the water, four about other things."""
    people = [cast.raiser, *(resident_at(cast, f"hot.{n}") for n in range(6))]

    def tell(titles: list[str], building: int) -> list[Matter]:
        place = cast.here.buildings[building]
        return [
            raised(cast, title, "请尽快处理", now=now - (len(titles) - n) * DAY, actor=people[n % len(people)], place=place)
            for n, title in enumerate(titles)
        ]

    return {"noise": tell(NOISE, 0), "water": tell(WATER, 1), "other": tell(OTHER, 0)}


def topic_with(matter: Matter) -> Topic:
    return Topic.objects.get(traces__matter=matter)


def test_what_several_people_raise_becomes_one_topic_with_its_figures(cast: Cast) -> None:
    said = talk(cast)
    again = raised(cast, NOISE[0], "又是一夜没睡", actor=cast.raiser)
    add_me_too(actor=resident_at(cast, "hot.like"), matter_id=said["noise"][0].pk, now=NOW)
    private = raised(cast, NOISE[2], actor=resident_at(cast, "hot.quiet"), visibility="private")
    assert rounds.gather_due(NOW) == 1

    topic = topic_with(said["noise"][0])
    assert set(topic.traces.values_list("matter_id", flat=True)) == {m.pk for m in [*said["noise"], again]}
    street = Figure.objects.get(topic=topic, place=cast.here.street)
    assert (street.messages, street.people, street.likes) == (6, 5, 1), "one person's two messages are one person"
    assert street.by_place == [[cast.here.community.pk, 5]]
    assert Figure.objects.get(topic=topic, place=cast.here.community).by_place == [[cast.here.compound.pk, 5]]
    assert (street.first_on, street.last_on) == ((NOW - 5 * DAY).date(), NOW.date())
    assert "施工" in topic.line_what and topic.line_place == "芳草苑 3 栋", topic
    assert {f.topic_id for f in hottest(cast.here.street)} == {topic.pk, topic_with(said["water"][0]).pk}
    assert not Trace.objects.filter(matter=private).exists()

    assert rounds.gather_due(NOW + timedelta(hours=3)) == 0, "once a day"
    assert Round.objects.get().read == 13
    assert all(pieces and len(bytes(pieces)) % 4 == 0 for pieces in Trace.objects.values_list("pieces", flat=True))


def test_the_next_day_topics_keep_their_number_and_grow_and_what_people_decided_stands(cast: Cast) -> None:
    said = talk(cast)
    rounds.gather_due(NOW)
    noise, water = topic_with(said["noise"][0]), topic_with(said["water"][0])
    worker = cast.community_worker
    deciding.rename(actor=worker, topic_id=noise.pk, name="  夜间施工  ", now=NOW)
    deciding.dismiss(actor=worker, topic_id=water.pk, reason="自来水公司已经公告", now=NOW)
    with pytest.raises(Invalid):
        deciding.dismiss(actor=worker, topic_id=noise.pk, reason="  ", now=NOW)
    new = raised(cast, "工地夜间施工还是很吵", now=NOW + DAY, actor=resident_at(cast, "hot.new"))
    more = raised(cast, "水压太低洗不了澡", now=NOW + DAY, actor=resident_at(cast, "hot.new2"), place=cast.here.buildings[1])
    assert rounds.gather_due(NOW + DAY) == 1

    assert topic_with(new).pk == noise.pk and topic_with(more).pk == water.pk
    assert Figure.objects.get(topic=noise, place=cast.here.street).people == 6
    noise.refresh_from_db()
    assert noise.title == "夜间施工" and noise.line_what
    assert [f.topic_id for f in hottest(cast.here.community)] == [noise.pk]
    assert [f.topic_id for f in hottest(cast.here.community, dismissed=True)] == [water.pk]
    deciding.restore(actor=worker, topic_id=water.pk, now=NOW + DAY)
    kept = list(Change.objects.values_list("topic_id", "verb", "by__username"))
    assert kept == [
        (noise.pk, "rename", "community_worker.here"),
        (water.pk, "dismiss", "community_worker.here"),
        (water.pk, "restore", "community_worker.here"),
    ]


def test_two_topics_a_worker_joins_are_one_from_then_on(cast: Cast) -> None:
    said = talk(cast)
    rounds.gather_due(NOW)
    noise, water = topic_with(said["noise"][0]), topic_with(said["water"][0])
    with pytest.raises(Invalid):
        deciding.join(actor=cast.community_worker, topic_id=water.pk, into_id=water.pk, now=NOW)
    with pytest.raises(Invalid):
        deciding.join(actor=cast.community_worker, topic_id=water.pk, into_id=987654, now=NOW)
    with pytest.raises(NotAllowed):
        deciding.join(actor=cast.outside["community_worker"], topic_id=water.pk, into_id=noise.pk, now=NOW)
    deciding.join(actor=cast.community_worker, topic_id=water.pk, into_id=noise.pk, now=NOW)
    assert Figure.objects.get(topic=noise, place=cast.here.street).messages == 8
    with pytest.raises(Refused):
        deciding.rename(actor=cast.community_worker, topic_id=water.pk, name="水压", now=NOW)

    new = raised(cast, "水压太低，热水器打不着", now=NOW + DAY, actor=resident_at(cast, "hot.new"), place=cast.here.buildings[1])
    rounds.gather_due(NOW + DAY)
    assert topic_with(new).pk == noise.pk
    water.refresh_from_db()
    assert (water.state, water.into_id) == ("joined", noise.pk)


def test_a_request_taken_out_stays_out_one_put_in_stays_in_and_each_is_undone(cast: Cast, client: Client) -> None:
    said = talk(cast)
    rounds.gather_due(NOW)
    noise, water = topic_with(said["noise"][0]), topic_with(said["water"][0])
    worker, out, stray = cast.community_worker, said["noise"][1], said["other"][3]

    def members(topic: Topic) -> set[int]:
        return set(Trace.objects.filter(topic=topic).values_list("matter_id", flat=True))

    def people(topic: Topic) -> int:
        return Figure.objects.get(topic=topic, place=cast.here.street).people

    with pytest.raises(NotAllowed):
        placing.take_out(actor=cast.outside["community_worker"], topic_id=noise.pk, ref=out.ref, now=NOW)
    with pytest.raises(Refused, match="不在这个热点里"):
        placing.take_out(actor=worker, topic_id=noise.pk, ref=stray.ref, now=NOW)
    with pytest.raises(NotFound):
        placing.put_in(actor=worker, topic_id=noise.pk, ref="R987654", now=NOW)
    private = raised(cast, NOISE[2], actor=resident_at(cast, "hot.quiet"), visibility="private")
    with pytest.raises(Refused, match="不能放进"):
        placing.put_in(actor=worker, topic_id=noise.pk, ref=private.ref, now=NOW)

    placing.take_out(actor=worker, topic_id=noise.pk, ref=out.ref, now=NOW)
    placing.put_in(actor=worker, topic_id=water.pk, ref=stray.ref, now=NOW)
    assert (people(noise), people(water)) == (4, 4)
    late = raised(cast, "楼下超市的冷库机器响", now=NOW + DAY, actor=resident_at(cast, "hot.late"))
    placing.put_in(actor=worker, topic_id=noise.pk, ref=late.ref, now=NOW + DAY)
    like = raised(cast, "工地夜间施工还是很吵", now=NOW + DAY, actor=resident_at(cast, "hot.new"))
    rounds.gather_due(NOW + DAY)
    assert members(noise) == {m.pk for m in [*said["noise"], late, like] if m != out}
    assert members(water) == {m.pk for m in [*said["water"], stray]}
    assert bytes(Trace.objects.get(matter=late).pieces), "what was put in before it was read is read, and stays"

    with time_machine.travel(NOW + DAY, tick=False):
        client.force_login(Account.objects.get(pk=worker.account_id))
        moved = client.post(f"/api/v1/hot-topics/{water.pk}/put-in", {"request": late.ref}, "application/json").json()
        assert late.pk in members(water) and late.pk not in members(noise)
        newest = moved["changes"][0]
        assert (newest["verb"], newest["request"], newest["other"], newest["can_undo"]) == ("put_in", late.ref, noise.pk, True)
        told = client.post(f"/api/v1/hot-topics/{water.pk}/changes/{newest['id']}/undo", {}, "application/json").json()
        assert late.pk in members(noise) and told["changes"][0]["verb"] == "undone" and not told["changes"][1]["can_undo"]
        with pytest.raises(Refused, match="后来又调整过"):
            placing.undo(actor=worker, topic_id=water.pk, change_id=newest["id"], now=NOW + DAY)

        page = client.get(f"/desk/hot/{noise.pk}/").content.decode()
        undo = Change.objects.get(topic=noise, verb="take_out")
        address = f"/desk/hot/{noise.pk}/changes/{undo.pk}/undo/"
        assert address in page and f"拿出了一件诉求：{out.ref}" in page
        assert client.post(address).status_code == 302 and out.pk in members(noise) and not Parted.objects.exists()
        assert client.post(f"/desk/hot/{noise.pk}/take-out/", {"ref": like.ref}).status_code == 302
        missing = client.post(f"/desk/hot/{noise.pk}/put-in/", {"ref": "R987654"})
        assert missing.status_code == 422 and "R987654" in missing.content.decode()
        assert client.post(f"/desk/hot/{noise.pk}/put-in/", {"ref": like.ref}).status_code == 302 and not Parted.objects.exists()


def test_strangers_read_what_enough_people_raised_in_public_and_nothing_else(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    said = talk(cast)
    for n in range(2):
        raised(cast, NOISE[n], "家里有病人", actor=resident_at(cast, f"hot.near{n}"), visibility="neighbours")
    rounds.gather_due(NOW)
    noise, water = topic_with(said["noise"][0]), topic_with(said["water"][0])
    assert Figure.objects.get(topic=noise, place=cast.here.street).people == 7
    deciding.rename(actor=cast.community_worker, topic_id=noise.pk, name="夜间施工，找 13800138001", now=NOW)
    client.get("/topics/")
    with django_assert_max_num_queries(12):
        page = client.get(f"/topics/?place={cast.here.street.pk}").content.decode()
    assert "夜间施工" in page and "13800138001" not in page and "5 件在办" in page
    assert water.title not in page, "three people are a topic for workers, too few for strangers"
    with django_assert_max_num_queries(12):
        page = client.get(f"/topics/{noise.pk}/").content.decode()
    assert all(m.ref in page for m in said["noise"]) and "病人" not in page
    hidden = set(Trace.objects.filter(topic=noise).values_list("matter__pk", flat=True)) - {m.pk for m in said["noise"]}
    assert len(hidden) == 2 and not any(f"R{pk}" in page for pk in hidden)
    assert client.get(f"/topics/{water.pk}/").status_code == 404
    found = client.get("/api/v1/topics").json()["items"]
    assert [(t["id"], t["people"], t["requests"], t["under_way"], t["lead"]) for t in found] == [(noise.pk, 5, 5, 5, None)]
    assert "夜间施工" in b"".join(client.get("/topics/?format=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert 'href="/topics/"' in client.get("/requests/").content.decode()

    lead = deciding.lead(actor=cast.community_worker, topic_id=noise.pk, title="夜间施工扰民", body="", place=cast.here.compound, now=NOW)
    assert f"/requests/{lead.ref}/" in client.get(f"/topics/{noise.pk}/").content.decode()
    handling.retell(
        actor=cast.community_worker, matter_id=said["noise"][0].pk, now=NOW, public_title="工地", public_body="", visibility="neighbours"
    )
    assert client.get(f"/topics/{noise.pk}/").status_code == 404, "at once"
    rounds.gather_due(NOW + DAY)
    assert not client.get("/api/v1/topics").json()["items"], "four are too few"

    raised(cast, NOISE[3], now=NOW + DAY, actor=resident_at(cast, "hot.fifth"))
    rounds.gather_due(NOW + 2 * DAY)
    assert client.get(f"/topics/{noise.pk}/").status_code == 200
    turn_switch(actor=HOUSE, function="topics", on=False, place=cast.here.street, now=NOW)
    forget()
    assert client.get(f"/topics/{noise.pk}/").status_code == 404 and not client.get("/api/v1/topics").json()["items"]
    assert "这里没有公开热点" in client.get(f"/topics/?place={cast.here.community.pk}").content.decode()
    assert not PublicFigure.objects.exists(), "what strangers could read is gone the moment it is switched off"
    rounds.gather_due(NOW + 3 * DAY)
    assert not PublicFigure.objects.exists() and Figure.objects.filter(topic=noise).exists()

    turn_switch(actor=HOUSE, function="topics", on=True, place=cast.here.street, now=NOW)
    forget()
    rounds.gather_due(NOW + 4 * DAY)
    kept = list(PublicFigure.objects.values_list("pk", flat=True))
    turn_switch(actor=HOUSE, function="hot", on=False, place=cast.there.street, now=NOW)
    assert kept and list(PublicFigure.objects.values_list("pk", flat=True)) == kept, "another street's switch takes nothing"
    Switch.objects.bulk_create([Switch(function="hot", place=cast.here.street, on=False, set_at=NOW)])  # no signal tells of it
    forget()
    rounds.gather_due(NOW + 5 * DAY)
    assert not PublicFigure.objects.exists(), "the round takes what was left"
    forget()


def test_who_they_are_is_counted_without_pointing_at_anybody() -> None:
    population = _Population(set(), NOW.date())
    population._of["age"] = {f"p{n}": "a60" for n in range(5)} | {f"p{n}": "a18" for n in range(5, 15)}
    everybody = {f"p{n}" for n in range(20)}
    street, here, there = (Figure(topic_id=1, place_id=place) for place in (1, 2, 3))
    population.count(street, everybody)
    population.count(here, everybody - {"p4", *(f"p{n}" for n in range(10, 15))})
    population.count(there, {"p4", *(f"p{n}" for n in range(10, 15))})
    assert street.by_age == [["a18", 10, 20], ["a60", 5, 20]]
    assert here.by_age == [["a18", 5, 14], ["a60", 4, 14]] and there.by_age == [["a18", None, 6], ["a60", None, 6]]
    population.protect([street, here, there], root=1)
    assert street.by_age == [["a18", 10, 20], ["a60", None, 20]], "five less the four shown here would be the one there"


def test_kinds_of_household_come_from_the_register(cast: Cast) -> None:
    said = talk(cast)
    neighbours = [
        Person.objects.create(name="住户", account=account, created_at=NOW)
        for account in Account.objects.filter(username__startswith="hot.")
    ]
    for n, person in enumerate([cast.person, *neighbours]):
        household = Household.objects.create(home=Home.objects.get_or_create(place=cast.here.homes[n % 2])[0])
        Residence.objects.create(person=person, household=household, relation="tenant", since_on=NOW.date())
    rounds.gather_due(NOW)
    figure = Figure.objects.get(topic=topic_with(said["noise"][0]), place=cast.here.community)
    assert figure.by_home == [["tenant", 5, 5]] and figure.by_size == [["one", 5, 5]]


def test_a_request_that_leads_is_opened_once_and_the_open_ones_are_tied_to_it(cast: Cast) -> None:
    said = talk(cast)
    rounds.gather_due(NOW)
    noise = topic_with(said["noise"][0])
    made = deciding.lead(
        actor=cast.community_worker, topic_id=noise.pk, title="夜间施工扰民", body="五位居民反映", place=cast.here.compound, now=NOW
    )
    assert set(Link.objects.filter(target=made, kind="part_of").values_list("source_id", flat=True)) == {m.pk for m in said["noise"]}
    with pytest.raises(Refused):
        deciding.lead(actor=cast.community_worker, topic_id=noise.pk, title="再来一件", body="", place=cast.here.compound, now=NOW)
    assert Change.objects.filter(topic=noise, verb="lead", text=made.ref).count() == 1


def test_an_erased_person_is_in_no_topic_and_counts_no_more(cast: Cast) -> None:
    said = talk(cast)
    rounds.gather_due(NOW)
    noise = topic_with(said["noise"][0])
    before = Figure.objects.get(topic=noise, place=cast.here.street).people
    erase_person(actor=cast.community_head, person=cast.person, now=NOW, reason="本人要求")
    mine = [m.pk for m in said["noise"] if m.parties.filter(person=cast.person).exists()]
    assert mine and not Trace.objects.filter(matter__in=mine).exists()
    assert Figure.objects.get(topic=noise, place=cast.here.street).people == before - 1
    rounds.gather_due(NOW + DAY)
    assert not Trace.objects.filter(matter__in=mine).exists()
    water = topic_with(said["water"][1])
    assert not Figure.objects.filter(topic=water).exists() and water.title == "", "two are no topic, and nothing is read of it"


def test_where_the_function_is_off_nothing_is_gathered_or_shown(cast: Cast, client: Client) -> None:
    talk(cast)
    turn_switch(actor=HOUSE, function="hot", on=False, place=cast.here.street, now=NOW)
    forget()
    assert rounds.gather_due(NOW) == 0 and not Topic.objects.exists()
    client.force_login(Account.objects.get(pk=cast.community_worker.account_id))
    assert "关掉了热点功能" in client.get("/desk/hot/").content.decode()
    forget()


def test_who_sees_which_topics(cast: Cast) -> None:
    said = talk(cast)
    rounds.gather_due(NOW)
    noise = topic_with(said["noise"][0])
    assert [p.pk for p in places_for(cast.street_officer)] == [cast.here.street.pk, cast.here.community.pk]
    assert [p.pk for p in places_for(cast.community_worker)] == [cast.here.community.pk]
    with pytest.raises(NotFound):
        place_for(cast.community_worker, cast.there.community.pk, places_for(cast.community_worker))
    with pytest.raises(NotFound):
        topic_for(cast.outside["street_officer"], noise.pk)
    assert topic_for(cast.community_worker, noise.pk) == noise
    assert members_of(cast.community_worker, noise).count() == 5
    assert not places_for(cast.raiser)


def test_the_pages_show_the_topic_and_ask_few_questions(cast: Cast, client: Client, django_assert_max_num_queries: Any) -> None:
    said = talk(cast)
    rounds.gather_due(NOW)
    noise = topic_with(said["noise"][0])

    def log_in(actor: Actor) -> None:
        client.force_login(Account.objects.get(pk=actor.account_id))

    log_in(cast.street_officer)
    client.get("/desk/hot/")
    with django_assert_max_num_queries(12):
        page = client.get("/desk/hot/").content.decode()
    assert noise.title in page and 'class="spark"' in page
    with django_assert_max_num_queries(12):
        page = client.get(f"/desk/hot/{noise.pk}/").content.decode()
    assert all(m.ref in page for m in said["noise"])
    done = client.post(f"/desk/hot/{noise.pk}/rename/", {"name": "夜" * 61})
    assert done.status_code == 422 and "夜" * 61 in done.content.decode(), "nothing typed is lost"
    done = client.post(f"/desk/hot/{noise.pk}/rename/", {"name": "夜间施工"})
    assert done.status_code == 302 and Topic.objects.get(pk=noise.pk).name == "夜间施工"
    assert client.post(f"/desk/hot/{noise.pk}/dismiss/", {"reason": ""}).status_code == 422
    done = client.post(f"/desk/hot/{noise.pk}/lead/", {"title": "夜间施工", "body": "一起办"})
    assert done.status_code == 302 and Topic.objects.get(pk=noise.pk).lead is not None
    rows = client.get("/desk/hot/?format=csv")
    assert "夜间施工" in b"".join(rows.streaming_content).decode()  # type: ignore[attr-defined]
    sheet = client.get(f"/desk/hot/{noise.pk}/?format=xlsx")
    assert b"".join(sheet.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    found = client.get("/api/v1/hot-topics").json()
    assert found["items"][0]["title"] == "夜间施工" and found["items"][0]["people"] == 5
    assert set(client.get(f"/api/v1/hot-topics/{noise.pk}").json()["requests"]) == {m.ref for m in said["noise"]}
    log_in(cast.raiser)
    assert client.get("/api/v1/hot-topics").status_code == 403
