"""A prepared query answers what the queryset it was made of answers, in the same rows, with other values each time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from linli.kernel.access.prepared import MOMENT, MOST_STORED, NUMBER, STEP, TEXT, Prepared, at_once, change, store
from linli.kernel.accounts.models import Grant
from linli.kernel.matters.models import Entry, Matter, Suggestion
from linli.kernel.notices.models import Delivery, Message
from linli.kernel.places.models import Place
from tests.factories import NOW, Cast, raised

BY_ID: Prepared[Matter] = Prepared(lambda pk: Matter.objects.select_related("place", "category", "holder").filter(pk=pk), pk=NUMBER)
BY_PATH: Prepared[tuple[Any, ...]] = Prepared(
    lambda paths: Place.objects.filter(path__in=paths).order_by("path").values_list("pk", "name"), paths=TEXT
)
IN_FORCE: Prepared[Grant] = Prepared(
    lambda account, now: (
        Grant.objects.filter(account_id=account, starts_at__lte=now).filter(Q(ends_at=None) | Q(ends_at__gt=now)).order_by("pk")
    ),
    account=NUMBER,
    now=MOMENT,
)


def columns(row: Any) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}


def test_a_row_comes_back_as_the_orm_reads_it(cast: Cast, django_assert_num_queries: Any) -> None:
    first, second = raised(cast), raised(cast, title="第二件")
    for made in (first, second, first):
        with django_assert_num_queries(1):
            found = BY_ID.first(pk=made.pk)
            assert found is not None
            assert found.place.name
            assert found.holder is not None
        plain = Matter.objects.select_related("place", "category", "holder").get(pk=made.pk)
        assert columns(found) == columns(plain)
        assert columns(found.place) == columns(plain.place)
        assert found.category is None
        assert found._state.db == "default"
        assert not found._state.adding


def test_what_is_not_there_is_none(cast: Cast) -> None:
    assert BY_ID.first(pk=2**62) is None
    assert BY_ID.all(pk=2**62) == []


def test_it_sees_what_was_just_written(cast: Cast) -> None:
    matter = raised(cast)
    assert BY_ID.first(pk=matter.pk).title == matter.title
    Matter.objects.filter(pk=matter.pk).update(title="改过了")
    assert BY_ID.first(pk=matter.pk).title == "改过了"


@pytest.mark.parametrize("count", [1, 2, STEP - 1, STEP, STEP + 1, 3 * STEP])
def test_a_list_of_any_length_finds_each_once(cast: Cast, count: int) -> None:
    paths = list(Place.objects.order_by("path").values_list("path", flat=True)[:count])
    wanted = list(Place.objects.filter(path__in=paths).order_by("path").values_list("pk", "name"))
    assert BY_PATH.all(paths=paths) == wanted
    assert BY_PATH.all(paths=[*paths, "zz"]) == wanted


def test_an_empty_list_matches_nothing_and_asks_nothing(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert BY_PATH.all(paths=[]) == []


def test_only_so_many_lengths_are_kept(cast: Cast) -> None:
    query: Prepared[tuple[Any, ...]] = Prepared(lambda paths: Place.objects.filter(path__in=paths).values_list("pk"), paths=TEXT)
    for count in range(1, 2 * STEP + 1):
        query.all(paths=["x"] * count)
    assert len(query._composed) == 2


def test_moments_are_compared_as_moments(cast: Cast) -> None:
    account = Grant.objects.order_by("pk").first().account_id
    for now in (NOW, NOW - timedelta(days=4000), NOW + timedelta(days=4000)):
        plain = Grant.objects.filter(account_id=account, starts_at__lte=now).filter(Q(ends_at=None) | Q(ends_at__gt=now)).order_by("pk")
        assert IN_FORCE.all(account=account, now=now) == list(plain)
    assert IN_FORCE.all(account=account, now=NOW) != []
    assert IN_FORCE.all(account=account, now=NOW - timedelta(days=4000)) == []


def test_none_and_what_it_was_not_made_for_are_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="pk is None"):
        BY_ID.first(pk=None)
    dicts: Prepared[Any] = Prepared(lambda pk: Place.objects.filter(pk=pk).values("name"), pk=NUMBER)
    with pytest.raises(TypeError, match="whole objects"):
        dicts.first(pk=1)


def test_what_is_annotated_stands_beside_the_object_with_its_type(cast: Cast) -> None:
    under = Exists(Place.objects.filter(parent=OuterRef("pk")))
    known: Prepared[Any] = Prepared(lambda pk: Place.objects.select_related("parent").filter(pk=pk).annotate(has_parts=under), pk=NUMBER)

    for place, parts in ((cast.here.compound, True), (cast.here.homes[0], False)):
        found = known.first(pk=place.pk)
        assert (found, found.has_parts, found.parent) == (place, parts, place.parent)


def test_text_is_never_taken_for_sql(cast: Cast) -> None:
    assert BY_PATH.all(paths=["' OR 1=1 --", "%s", "a%b"]) == []


# --- new rows ---------------------------------------------------------------------------------------------------------------
def suggestions(matter: Matter, count: int) -> list[Suggestion]:
    return [
        Suggestion(matter=matter, field=f"f{i}", suggested="x", confidence=i, reason=["词", i], engine="e", at=NOW, chosen="")
        for i in range(count)
    ]


@pytest.mark.parametrize("count", [1, 2, MOST_STORED + 1])
def test_stored_rows_are_read_back_as_they_were(cast: Cast, django_assert_num_queries: Any, count: int) -> None:
    rows = suggestions(raised(cast), count)
    if count <= MOST_STORED:
        with django_assert_num_queries(1):
            store(rows)
    else:
        store(rows)
    assert len({row.pk for row in rows}) == count
    for row in rows:
        assert not row._state.adding
        assert columns(Suggestion.objects.get(pk=row.pk)) == columns(row)


def test_nothing_to_store_asks_nothing(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        store([])


def test_bytes_and_sealed_numbers_are_stored_as_their_fields_say(cast: Cast) -> None:
    matter = raised(cast)
    entry = Entry(matter=matter, seq=99, at=NOW, verb="note", text="一", salt=b"\x00\xff\x10", facts={"键": [1, None]}, hash="h")
    store([entry])
    found = Entry.objects.get(pk=entry.pk)
    assert bytes(found.salt) == b"\x00\xff\x10"
    assert found.facts == {"键": [1, None]}
    message = Message(key="k", place_path="", about="R1", title="t", body="b", address="/", created_at=NOW)
    store([message])
    delivery = Delivery(message=message, channel="sms", to="13812345678", next_try_at=NOW)
    store([delivery])
    assert Delivery.objects.get(pk=delivery.pk).to.open() == "13812345678"


def test_a_row_that_points_at_an_unsaved_one_is_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="unsaved"):
        store([Suggestion(matter=Matter(), field="f", suggested="x", confidence=1, reason=[], engine="e", at=NOW)])


def test_what_the_database_refuses_is_refused(cast: Cast) -> None:
    message = Message(key="once", place_path="", about="R1", title="t", body="b", address="/", created_at=NOW)
    store([message])
    again = Message(key="once", place_path="", about="R1", title="t", body="b", address="/", created_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        store([again])


def test_what_is_changed_is_as_the_orm_would_change_it(cast: Cast, django_assert_num_queries: Any) -> None:
    matter, other = raised(cast), raised(cast, title="第二件")
    facts = {"due_at": NOW, "due_for": "resolve", "holder_id": None, "details": {"a": [1]}, "was_late": True}
    with django_assert_num_queries(1):
        assert change(Matter, {"id": matter.pk, "version": matter.version}, facts) == 1
    found = Matter.objects.get(pk=matter.pk)
    assert {name: getattr(found, name) for name in facts} == facts
    assert change(Matter, {"id": matter.pk, "version": matter.version + 5}, {"due_for": ""}) == 0
    assert columns(Matter.objects.get(pk=other.pk)) == columns(other)


def test_what_goes_at_once_is_numbered_at_its_end_and_whole_or_not_at_all(cast: Cast) -> None:
    matter = raised(cast)
    told = [Message(title=f"{n}", body="", key=f"at-once {n}", created_at=NOW) for n in range(3)]
    hints = [Suggestion(matter=matter, field="kind", suggested="x", confidence=1, engine="t", at=NOW)]
    with transaction.atomic(), at_once():
        store(told)
        store(hints)
        change(Matter, {"id": matter.pk}, {"due_for": "resolve"})
    assert [Message.objects.get(key=f"at-once {n}").pk for n in range(3)] == [row.pk for row in told]
    assert Suggestion.objects.get(pk=hints[0].pk).field == "kind"
    assert Matter.objects.get(pk=matter.pk).due_for == "resolve"
    with pytest.raises(IntegrityError), transaction.atomic(), at_once():
        store([Message(title="", body="", key="at-once 9", created_at=NOW)])
        store([Suggestion(matter=matter, field="kind", suggested="y", confidence=1, engine="t", at=NOW)])
    assert not Message.objects.filter(key="at-once 9").exists()
