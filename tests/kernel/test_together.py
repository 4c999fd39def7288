"""Several questions in one query are answered as each alone; rooms that know nothing of each other are asked together."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, QuerySet
from django.test.utils import CaptureQueriesContext

from linli.kernel.access.together import Asking, answered, asking, beside, together
from linli.kernel.matters.models import Entry, Matter
from linli.kernel.places.models import Place
from tests.factories import Cast, raised


def questions() -> list[QuerySet[Any, Any]]:
    return [
        Matter.objects.select_related("place", "category", "holder").order_by("-pk")[:2],
        Place.objects.none()[:3],
        Place.objects.filter(name="没有这个地方")[:3],
        Place.objects.values_list("path", "name").order_by("-path")[:3],
        Entry.objects.values("matter", "verb").annotate(n=Count("pk")).order_by("matter")[:3],
        Entry.objects.order_by("-seq")[:3],
        Matter.objects.values_list("raised_at", flat=True).order_by("pk")[1:2],
    ]


def test_each_answer_is_what_the_question_alone_would_get(cast: Cast) -> None:
    for title in ("电梯坏了", "灯不亮", "漏水"):
        raised(cast, title=title)

    with CaptureQueriesContext(connection) as asked:
        found = together(*questions())

    assert len(asked) == 1
    assert found == [list(question) for question in questions()]
    for alone, one in zip(questions()[0], found[0], strict=True):
        assert {k: v for k, v in vars(alone).items() if k != "_state"} == {k: v for k, v in vars(one).items() if k != "_state"}
    with CaptureQueriesContext(connection) as asked:
        assert found[0][0].place.name
    assert len(asked) == 0


def test_what_can_match_nothing_is_not_asked(db: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert together() == []
        assert together(Place.objects.none()[:1], Place.objects.filter(pk__in=[])[:1]) == [[], []]

    assert len(asked) == 0


def test_a_question_without_a_limit_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="limit"):
        together(Place.objects.all())


def test_rooms_are_asked_together_until_each_has_its_answer(cast: Cast) -> None:
    matter = raised(cast)

    def names() -> Asking[list[str]]:
        (found,) = yield [Matter.objects.filter(pk=matter.pk)[:1]]
        (places,) = yield [Place.objects.filter(pk=found[0].place_id)[:1]]
        return [p.name for p in places]

    def nothing() -> Asking[str]:
        return "nothing"
        yield []

    with CaptureQueriesContext(connection) as asked:
        made = answered(beside(names(), nothing(), asking(Entry.objects.filter(matter=matter).order_by("seq")[:9]), beside(names())))

    assert made == [[matter.place.name], "nothing", [list(Entry.objects.filter(matter=matter).order_by("seq"))], [[matter.place.name]]]
    assert len(asked) == 2
