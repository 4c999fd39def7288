"""People: what is sealed stays sealed, reading is logged and shown, export is whole, erasure leaves nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as product
from django.db import connection

from linli.kernel.access import sealed
from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound, Refused
from linli.kernel.access.sealed import Sealed, cipher
from linli.kernel.accounts.actions import end_grant, grant_role
from linli.kernel.accounts.models import Grant
from linli.kernel.accounts.queries import actor_of
from linli.kernel.matters.actions import add_me_too
from linli.kernel.matters.verify import verify_timelines
from linli.kernel.people.actions import (
    SEALED,
    erase_person,
    export_person,
    give_consent,
    link_helper,
    mend_person,
    note_group,
    own,
    register_person,
    reveal,
    set_home,
    settle,
)
from linli.kernel.people.models import FieldReading, HelperLink, Person
from linli.kernel.people.queries import find_people, person_in_reach, readings_of
from linli.kernel.places.actions import move_place
from linli.lib.crypto import FieldCipher, KeyRing
from linli.loops.requests.actions import dispatch, handling, judging
from tests.factories import DAY, HOUSE, NOW, ZONE, Cast, account_of, build_cast, raised, resident_at, resolved

PHONE, IDENTITY, ADDRESS = "13800138001", "510107195203040022", "芳草苑 3 栋 1 单元 502"
VALUES = {"phone": PHONE, "identity": IDENTITY, "address": ADDRESS}


# --- sealed -------------------------------------------------------------------------------------------------------------------------------
def test_a_sealed_value_never_prints_itself(cast: Cast) -> None:
    person = Person.objects.get(pk=cast.person.pk)

    for field, value in VALUES.items():
        found = getattr(person, field)
        assert isinstance(found, Sealed)
        assert value not in f"{found} {found!r} {vars(person)}"
        assert found.open() == value


@pytest.mark.django_db(transaction=True)
def test_no_phone_no_identity_number_and_no_address_stands_in_the_database() -> None:
    cast = build_cast()
    matter = raised(cast)
    Person.objects.filter(pk=cast.person.pk).update(contact_by="sms")
    dispatch.accept(actor=cast.community_worker, matter_id=matter.pk, now=NOW)
    reveal(actor=cast.community_worker, person=Person.objects.get(pk=cast.person.pk), field="phone", purpose="回访", now=NOW)

    content = b"".join(_whole_database())

    assert "林素珍".encode() in content  # what is not sealed is found, so the search is no empty one
    for value in VALUES.values():
        assert value.encode() not in content
        assert "".join(value.split()).encode() not in content


def _whole_database() -> Iterator[bytes]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path = Path(str(connection.settings_dict["NAME"]))
        yield from (p.read_bytes() for p in path.parent.glob(f"{path.name}*"))
        return
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            for (row,) in cursor.fetchall():
                yield row.encode()
                yield from _unhexed(row)


def _unhexed(row: str) -> Iterator[bytes]:
    """PostgreSQL writes binary columns in hexadecimal digits."""
    for part in row.split("\\x")[1:]:
        digits = part.split('"')[0].split(",")[0].strip('")')
        if len(digits) % 2 == 0:
            try:
                yield bytes.fromhex(digits)
            except ValueError:
                continue


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PHONE, True),
        (" 138 0013 8001 ", True),
        (IDENTITY, True),
        (ADDRESS, True),
        ("林素", True),
        ("13800138002", False),
        ("1380013", False),
        ("51010719", False),
    ],
)
def test_people_are_found_by_exact_value_or_by_the_beginning_of_a_name(cast: Cast, text: str, found: bool) -> None:
    assert (cast.person in find_people(cast.community_worker, text)) is found


def test_nobody_is_found_outside_ones_reach(cast: Cast) -> None:
    assert find_people(cast.outside["community_worker"], PHONE) == []
    with pytest.raises(NotFound):
        person_in_reach(cast.outside["community_worker"], cast.person.pk)
    for role in ("resident", "department_handler", "property_manager", "security_admin"):
        with pytest.raises(NotAllowed):
            find_people(cast.inside[role], PHONE)


def test_after_rotation_old_values_are_read_new_ones_use_the_new_key_and_search_still_finds(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = KeyRing.load(Path(product.FIELD_KEYS_PATH)).rotated()
    fresh = FieldCipher(ring, product.CRYPTO_SUITE)
    monkeypatch.setattr(sealed, "cipher", lambda: fresh)

    person = Person.objects.get(pk=cast.person.pk)
    assert person.phone.open() == PHONE
    assert fresh.needs_rewrite(person.phone.blob)
    mend_person(actor=HOUSE, person=person, now=NOW, phone="13800138009")
    person.refresh_from_db()
    assert person.phone.open() == "13800138009"
    assert not fresh.needs_rewrite(person.phone.blob)
    assert find_people(cast.community_worker, IDENTITY) == [person]


def test_a_value_moved_into_another_column_does_not_open(cast: Cast) -> None:
    blob = Person.objects.get(pk=cast.person.pk).phone.blob

    with pytest.raises(ValueError, match="identity"):
        cipher().decrypt(blob, SEALED["identity"])


# --- reading ------------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("field", sorted(SEALED))
def test_every_reading_by_staff_is_logged_and_shown_to_the_person(cast: Cast, field: str) -> None:
    assert reveal(actor=cast.community_worker, person=cast.person, field=field, purpose="电话回访", now=NOW) == VALUES[field]

    reading = readings_of(cast.person)[0]
    assert (reading.field, reading.purpose, reading.reader_id, reading.at) == (field, "电话回访", cast.community_worker.account_id, NOW)


@pytest.mark.parametrize(("field", "purpose"), [("phone", ""), ("phone", "   "), ("name", "回访"), ("password", "回访")])
def test_nothing_is_opened_without_a_purpose_nor_what_is_not_sealed(cast: Cast, field: str, purpose: str) -> None:
    with pytest.raises(Invalid):
        reveal(actor=cast.community_worker, person=cast.person, field=field, purpose=purpose, now=NOW)
    assert FieldReading.objects.count() == 0


@pytest.mark.parametrize(
    "who",
    [
        "resident",
        "department_handler",
        "property_manager",
        "auditor",
        "system_admin",
        "security_admin",
        "street_officer",
        "building_leader",
    ],
)
def test_nobody_else_opens_anything(cast: Cast, who: str) -> None:
    for actor in (cast.inside[who], cast.outside["community_worker"]):
        with pytest.raises(NotAllowed):
            reveal(actor=actor, person=cast.person, field="phone", purpose="好奇", now=NOW)


def test_ones_own_values_need_no_purpose_and_leave_no_trace(cast: Cast) -> None:
    assert reveal(actor=cast.raiser, person=cast.person, field="phone", purpose="", now=NOW) == PHONE
    assert FieldReading.objects.count() == 0


# --- registering --------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"identity": "510107195203040023"}, "identity"),  # wrong check digit
        ({"identity": "510107195202300025"}, "identity"),  # 30 February
        ({"identity": "51010719520304002"}, "identity"),
        ({"phone": "12345"}, "phone"),
        ({"phone": "23800138001"}, "phone"),
        ({"name": "  "}, "name"),
    ],
)
def test_bad_numbers_name_their_field(cast: Cast, wrong: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as invalid:
        register_person(actor=HOUSE, now=NOW, **{"name": "张三", **wrong})

    assert field in invalid.value.fields


def test_sex_and_birthday_follow_from_the_identity_number(cast: Cast) -> None:
    assert (cast.person.sex, cast.person.born_on) == ("f", NOW.date().replace(1952, 3, 4))


def test_the_same_person_is_registered_once(cast: Cast) -> None:
    again, new = register_person(actor=cast.community_worker, name="林素珍", now=NOW, phone="138 0013 8001", home_place=cast.here.homes[0])

    assert (again, new) == (cast.person, False)


def test_staff_register_only_in_their_own_area(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        register_person(actor=cast.community_worker, name="张三", now=NOW, home_place=cast.there.homes[0])
    with pytest.raises(NotAllowed):
        mend_person(actor=cast.community_worker, person=cast.person, now=NOW, home_place=cast.there.homes[0])


@pytest.mark.parametrize("wrong", [{"name": " "}, {"contact_by": "pigeon"}, {"phone": "1"}, {"identity": "2"}])
def test_a_change_that_makes_no_sense_is_refused(cast: Cast, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        mend_person(actor=cast.community_worker, person=cast.person, now=NOW, **wrong)


def test_a_person_changes_how_they_are_reached_and_staff_their_name(cast: Cast) -> None:
    mend_person(actor=cast.raiser, person=cast.person, now=NOW, contact_by="phone", large_type=True, phone="13800138008")
    with pytest.raises(NotAllowed):
        mend_person(actor=cast.raiser, person=cast.person, now=NOW, name="林某")
    with pytest.raises(NotAllowed):
        mend_person(actor=cast.neighbour, person=cast.person, now=NOW, contact_by="none")


def test_all_shares_of_a_home_are_at_most_the_whole(cast: Cast) -> None:
    home = set_home(actor=HOUSE, place=cast.here.homes[0], now=NOW, exclusive_area=8932)
    other, _new = register_person(actor=HOUSE, name="周国强", phone="13900139002", now=NOW)
    own(actor=HOUSE, person=cast.person, home=home, share=Fraction(2, 3), since_on=NOW.date(), now=NOW)

    with pytest.raises(Refused):
        own(actor=HOUSE, person=other, home=home, share=Fraction(1, 2), since_on=NOW.date(), now=NOW)

    assert own(actor=HOUSE, person=other, home=home, share=Fraction(1, 3), since_on=NOW.date(), now=NOW).share_denominator == 3


# --- all that is stored, and nothing any more ------------------------------------------------------------------------------------------------
def everything(cast: Cast) -> Person:
    """A person about whom something stands in every table that speaks of people."""
    person = Person.objects.get(pk=cast.person.pk)
    person.contact_by = "sms"
    person.save()
    home = set_home(actor=HOUSE, place=cast.here.homes[0], now=NOW)
    settle(actor=HOUSE, person=person, home=home, relation="owner", since_on=NOW.date(), now=NOW)
    note_group(actor=HOUSE, person=person, group="elderly", since_on=NOW.date(), source="户籍", now=NOW)
    give_consent(actor=cast.raiser, person=person, purpose="photo", basis="consent", how="页面", now=NOW)
    helper, _new = register_person(actor=HOUSE, name="林小雨", phone="13900139003", now=NOW)
    link_helper(actor=HOUSE, person=person, helper=helper, kind="helper", since_on=NOW.date(), now=NOW)
    reveal(actor=cast.community_worker, person=person, field="phone", purpose="回访", now=NOW)
    matter = resolved(cast, title=f"林素珍家漏水请打{PHONE}", body=f"我是林素珍，电话 {PHONE}")
    judging.rate(
        actor=cast.raiser, matter_id=matter.pk, now=NOW, answered=True, solved=True, satisfied=True, comment=f"谢谢，有事打 {PHONE}"
    )
    other = raised(cast, actor=cast.neighbour, title="别人的事")
    add_me_too(actor=cast.raiser, matter_id=other.pk, now=NOW)
    handling.add(actor=cast.raiser, matter_id=other.pk, now=NOW, text=f"我也是，{PHONE}")
    return person


def test_the_export_holds_everything_stored_about_a_person(cast: Cast) -> None:
    person = everything(cast)

    found = export_person(actor=cast.raiser, person=person, now=NOW)

    assert (found["name"], found["phone"], found["identity"], found["address"]) == ("林素珍", PHONE, IDENTITY, ADDRESS)
    for part in ("residences", "groups", "consents", "readings", "helpers", "requests", "ratings", "messages"):
        assert found[part], part
    assert {r["role"] for r in found["requests"]} == {"raiser", "me_too"}
    assert json.dumps(found, default=str)
    assert "别人" not in {r["body"] for r in found["requests"]}


def test_every_table_that_speaks_of_people_is_in_the_export() -> None:
    """A table added later must say under which name it is exported."""
    exported = {
        "people.Residence": "residences", "people.Ownership": "ownerships", "people.GroupFact": "groups", "people.Consent": "consents",
        "people.FieldReading": "readings", "people.HelperLink": "helpers", "matters.Party": "requests", "matters.Rating": "ratings",
        "people.Household": "residences", "rolls.Voter": "rolls", "rolls.Holder": "rolls", "rolls.Decision": "roll_decisions",
        "rolls.RollProblem": "roll_findings", "rolls.RollObjection": "roll_objections",
        "motions.Second": "seconds", "motions.Objection": "motion_objections", "motions.Supervisor": "supervisions", "ballots.Vote": "votes",
        "ballots.Proxy": "proxies", "ballots.Hearing": "votes", "meetings.Attendee": "meetings", "meetings.SlotAnswer": "meeting_times",
        "talks.Participant": "talks", "draws.Application": "draws", "elections.Candidate": "candidatures",
    }  # fmt: skip
    speaking = {
        m._meta.label
        for m in apps.get_models()
        for f in m._meta.get_fields()
        if getattr(f, "concrete", False) and f.is_relation and f.related_model is Person
    }

    assert speaking <= set(exported)


@pytest.mark.parametrize("who", ["neighbour", "community_worker", "grid_worker", "auditor", "security_admin"])
def test_nobody_else_takes_a_copy_or_erases(cast: Cast, who: str) -> None:
    for act in (export_person, erase_person):
        with pytest.raises(NotAllowed):
            act(actor=getattr(cast, who), person=cast.person, now=NOW, **({"reason": "x"} if act is erase_person else {}))


def test_erasing_leaves_no_trace_of_name_or_number(cast: Cast) -> None:
    person = everything(cast)
    account = person.account
    assert account is not None

    erase_person(actor=cast.raiser, person=person, reason="本人申请", now=NOW)

    account.refresh_from_db()
    assert (account.is_active, bool(account.phone), account.phone_blind) == (False, False, None)
    assert not HelperLink.objects.exists()
    assert find_people(cast.community_worker, PHONE) == []
    leftovers = {f"{label}: {value}" for label, value in _texts() if PHONE in value or IDENTITY in value}
    assert leftovers == set()
    named = {label for label, value in _texts() if "林素珍" in value}
    assert named <= {
        "matters.Matter.title",
        "matters.Matter.public_title",
        "matters.Matter.public_body",
        "matters.Matter.body",
        "matters.Entry.facts",
        *PUBLIC_WORDS,
    }
    assert list(verify_timelines()) == []


# What the person themselves gave to the public stays as the public read it; the log of who did what keeps names for six months.
PUBLIC_WORDS = {"accounts.Event.who", "matters.Entry.text", "notices.Message.title", "places.PlaceChange.by_name", "notices.Message.body"}


def _texts() -> Iterator[tuple[str, str]]:
    """Every text in the database: (where, what)."""
    for model in apps.get_models():
        names = [f.attname for f in model._meta.concrete_fields if f.get_internal_type() in ("CharField", "TextField", "JSONField")]
        for row in model._default_manager.values(*names) if names else ():
            for name, value in row.items():
                yield f"{model._meta.label}.{name}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def test_an_owner_on_the_register_is_not_erased(cast: Cast) -> None:
    home = set_home(actor=HOUSE, place=cast.here.homes[0], now=NOW)
    own(actor=HOUSE, person=cast.person, home=home, share=Fraction(1), since_on=NOW.date(), now=NOW)

    with pytest.raises(Refused) as refused:
        erase_person(actor=cast.raiser, person=cast.person, reason="本人申请", now=NOW)

    assert refused.value.code == "owns_home"


# --- the tree moves, people with it ------------------------------------------------------------------------------------------------------------
def test_people_follow_their_home_into_another_community(cast: Cast) -> None:
    move_place(actor=HOUSE, place=cast.here.compound, parent=cast.there.community, now=NOW)

    assert find_people(cast.community_worker, PHONE) == []
    assert [p.pk for p in find_people(cast.outside["community_worker"], PHONE)] == [cast.person.pk]


# --- grants --------------------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("first", "second"), [("system_admin", "security_admin"), ("security_admin", "audit_admin"), ("audit_admin", "system_admin")]
)
@pytest.mark.parametrize("starts_in", [0, 30, -3])
def test_nobody_holds_two_administrators_roles_at_any_time(cast: Cast, first: str, second: str, starts_in: int) -> None:
    account = account_of("admin")
    grant_role(actor=HOUSE, account=account, role=first, place=None, now=NOW, starts_at=NOW + starts_in * DAY)

    with pytest.raises(Refused) as refused:
        grant_role(actor=HOUSE, account=account, role=second, place=None, now=NOW)
    assert refused.value.code == "separated_roles"


def test_one_after_the_other_is_allowed(cast: Cast) -> None:
    account = account_of("admin")
    first = grant_role(actor=HOUSE, account=account, role="system_admin", place=None, now=NOW - 3 * DAY)
    end_grant(actor=HOUSE, grant=first, now=NOW - DAY)

    assert grant_role(actor=HOUSE, account=account, role="audit_admin", place=None, now=NOW)


def test_nobody_grants_to_themselves(cast: Cast) -> None:
    admin = account_of("sec")
    grant_role(actor=HOUSE, account=admin, role="security_admin", place=None, now=NOW - DAY)
    actor = actor_of(admin, now=NOW)

    with pytest.raises(Refused) as refused:
        grant_role(actor=actor, account=admin, role="community_head", place=cast.here.community, now=NOW)
    assert refused.value.code == "grant_to_self"


@pytest.mark.parametrize("who", ["community_head", "street_officer", "system_admin", "audit_admin", "resident"])
def test_only_the_security_administrator_grants(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        grant_role(actor=cast.inside[who], account=account_of("new"), role="resident", place=cast.here.community, now=NOW)


@pytest.mark.parametrize(("moment", "holds"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_grant_is_in_force_from_its_start_until_its_end(cast: Cast, moment: int, holds: bool) -> None:
    account = account_of("guest")
    grant_role(actor=HOUSE, account=account, role="grid_worker", place=cast.here.grid, now=NOW, starts_at=NOW - DAY, ends_at=NOW + 2 * DAY)

    assert ("grid_worker" in actor_of(account, now=NOW + moment * DAY).roles) is holds


@pytest.mark.parametrize("wrong", [{"role": "king"}, {"role": "resident", "ends_at": NOW - DAY}, {"role": "department_handler"}])
def test_a_grant_that_makes_no_sense_is_refused(cast: Cast, wrong: dict[str, Any]) -> None:
    before = Grant.objects.count()
    with pytest.raises(Invalid):
        grant_role(actor=HOUSE, account=account_of("x"), place=cast.here.community, now=NOW, **wrong)
    assert Grant.objects.count() == before


def test_a_new_neighbour_sees_what_neighbours_see(cast: Cast) -> None:
    assert resident_at(cast, "new.one").roles == {"resident"}
    assert NOW.tzinfo is ZONE
