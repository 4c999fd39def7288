"""What motions hold of a person: told whole when they ask, and gone when they are erased, while what was decided stands."""

from __future__ import annotations

from typing import Any

import pytest

from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person
from linli.loops.council.motions.actions import deciding
from linli.loops.council.motions.models import Motion, Objection, Second
from tests.council import factories as c
from tests.council.factories import Council
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db


def test_a_person_is_told_what_they_raised_seconded_and_objected_to(council: Council) -> None:
    matter = c.posted(council)
    deciding.object_to(actor=council.residents[1], matter_id=matter.pk, now=NOW + 4 * DAY, text="数错了")

    told: dict[str, Any] = {}
    for _receiver, answer in person_exported.send(sender=Person, person=council.owners[1], now=NOW):
        told |= answer or {}

    assert [s["ref"] for s in told["seconds"]] == [matter.ref]
    assert told["motion_objections"][0]["text"] == "数错了"
    assert told["motions"] == []


def test_an_erased_persons_words_go_and_the_count_of_homes_stands(council: Council) -> None:
    matter = c.posted(council)
    deciding.object_to(actor=council.residents[1], matter_id=matter.pk, now=NOW + 4 * DAY, text="数错了")
    before = Motion.objects.get(pk=matter.pk).second_count

    person_erased.send(sender=Person, person=council.owners[1], now=NOW + 5 * DAY)

    assert Objection.objects.get().text != "数错了"
    assert not Second.objects.filter(account_id=council.residents[1].account_id).exists()
    assert Second.objects.filter(motion=matter.pk).count() == before
