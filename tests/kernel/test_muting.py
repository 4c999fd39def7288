"""Whoever is told of a matter may hear nothing more of it, and of it again; what only they can answer still reaches them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.matters import actions as matters
from linli.kernel.matters.models import Entry, Mute
from linli.kernel.matters.muting import hear_again, mute
from linli.kernel.notices.models import Message
from linli.kernel.people.actions import erase_person, export_person
from linli.loops.requests.actions import handling
from tests.factories import NOW, Cast, in_progress, later, raised, resident_at

pytestmark = [pytest.mark.django_db]


def told(actor: Actor, ref: str) -> list[str]:
    return list(Message.objects.filter(account_id=actor.account_id, about=ref).order_by("pk").values_list("title", flat=True))


def answered(cast: Cast, matter_id: int, hours: int) -> None:
    handling.answer(actor=cast.department_handler, matter_id=matter_id, now=later(hours=hours), text="周三去看，请家里留人。")


def test_the_raiser_mutes_what_neighbours_joined_and_hears_of_it_again(cast: Cast) -> None:
    matter, neighbour = in_progress(cast), resident_at(cast, "neighbour")
    matters.add_me_too(actor=neighbour, matter_id=matter.pk, now=later(minutes=5))
    entries, version = Entry.objects.count(), matter.version

    for _twice in range(2):
        mute(actor=cast.raiser, matter_id=matter.pk, now=later(hours=1))
    assert (Entry.objects.count(), matter.version) == (entries, version), "it is nobody else's business"
    before = told(cast.raiser, matter.ref)
    answered(cast, matter.pk, 2)
    assert told(cast.raiser, matter.ref) == before and told(neighbour, matter.ref)[-1].startswith("有新答复")

    handling.ask(actor=cast.department_handler, matter_id=matter.pk, now=later(hours=3), text="几点在家？")
    assert told(cast.raiser, matter.ref)[-1].startswith("请补充情况"), "only they can answer"
    handling.add(actor=cast.raiser, matter_id=matter.pk, now=later(hours=4), text="晚上七点")
    hear_again(actor=cast.raiser, matter_id=matter.pk, now=later(hours=5))
    answered(cast, matter.pk, 6)
    assert told(cast.raiser, matter.ref)[-1].startswith("有新答复")


def test_what_was_muted_stays_so_where_it_is_merged_and_belongs_to_a_persons_data(cast: Cast) -> None:
    matter, other = raised(cast), raised(cast, title="电梯又停了", actor=resident_at(cast, "other"))
    mute(actor=cast.raiser, matter_id=matter.pk, now=NOW)
    matters.merge(actor=cast.community_worker, source_id=matter.pk, target_id=other.pk, now=later(hours=1), text="同一部电梯")
    assert Mute.objects.filter(account_id=cast.raiser.account_id, matter=other).exists()
    person = cast.person
    assert {m["ref"] for m in export_person(actor=cast.raiser, person=person, now=later(hours=2))["muted"]} == {matter.ref, other.ref}
    erase_person(actor=cast.community_head, person=person, reason="本人要求", now=later(hours=3))
    assert not Mute.objects.exists()


def test_the_page_offers_it_to_those_who_are_told_and_the_api_does_the_same(cast: Cast, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    matter, neighbour = in_progress(cast), resident_at(cast, "neighbour")
    page = f"/requests/{matter.ref}/"

    def signed_in(actor: Actor) -> Client:
        client = Client()
        client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    raiser, stranger = signed_in(cast.raiser), signed_in(neighbour)
    assert "不用再通知我" in raiser.get(page).content.decode()
    assert "不用再通知我" not in stranger.get(page).content.decode() and "不用再通知我" not in Client().get(page).content.decode()
    assert raiser.post(f"/matters/{matter.ref}/mute/").headers["Location"] == page
    assert "重新通知我" in raiser.get(page).content.decode()
    assert Client().post(f"/matters/{matter.ref}/mute/").headers["Location"] == f"/sign-in/?next=%2Frequests%2F{matter.ref}%2F"

    listed = raiser.get("/api/v1/me/muted").json()
    assert [(m["ref"], m["kind"]) for m in listed] == [(matter.ref, "request")]
    assert raiser.post("/api/v1/me/hear-again", {"ref": matter.ref}, content_type="application/json").status_code == 200
    assert raiser.get("/api/v1/me/muted").json() == []
    assert raiser.post("/api/v1/me/mute", {"ref": "R999999"}, content_type="application/json").status_code == 404
