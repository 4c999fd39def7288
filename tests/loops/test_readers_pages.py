"""What the machine suggested and people chose: the error book, the readers' pages, the switches, and what the holder sees of a suggestion."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
import time_machine
from django.test import Client

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.judgement.models import Switch
from linli.kernel.judgement.switches import forget
from linli.kernel.matters.models import Matter, Suggestion
from linli.kernel.reading import shelf
from linli.kernel.reading.models import Learning
from linli.loops.requests.actions import dispatch
from tests.factories import DAY, NOW, Cast, category, raised

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _here(settings: Any) -> Any:
    settings.STAFF_SECOND_FACTOR = "optional"
    forget()
    shelf.forget()
    with time_machine.travel(NOW + DAY, tick=False):
        yield
    forget()
    shelf.forget()


def as_(actor: Actor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account_id), backend=BACKEND)
    return client


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def decided(cast: Cast, chosen: str, now: Any = NOW) -> Matter:
    """A lift's request, sorted under `chosen` by a worker."""
    return dispatch.accept(actor=cast.community_worker, matter_id=raised(cast, now=now).pk, now=now, category=category(chosen))


@pytest.mark.django_db
def test_the_error_book_counts_what_people_changed_and_each_number_opens_it(cast: Cast, django_assert_max_num_queries: Any) -> None:
    right, changed, again, last_month = (
        decided(cast, "lift_repair"),
        decided(cast, "noise_life"),
        decided(cast, "noise_life"),
        decided(cast, "noise_life", now=NOW - 20 * DAY),
    )
    Suggestion.objects.filter(matter=right, field="category").update(suggested="building")
    raised(cast)  # nobody has decided yet
    client = as_(cast.community_worker)
    with django_assert_max_num_queries(12):
        page = text(client.get("/desk/figures/book/"))

    assert "这里数的是建议，不是人" in page
    found = {link: int(n) for link, n in re.findall(r'href="(/desk/requests/\?behind=[^"]+)">(\d+)</a>', page)}
    opened = {link: set(re.findall(r"/desk/requests/(R\d+)/", text(client.get(link)))) for link in found}
    assert {link: len(refs) for link, refs in opened.items()} == found, "every number opens exactly its requests"
    assert {changed.ref, again.ref} in opened.values()
    assert {changed.ref, again.ref, last_month.ref} in opened.values()
    assert {right.ref} in opened.values(), "decided, and more exactly than suggested: not overruled"
    assert not any(right.ref in refs and "overruled" in link for link, refs in opened.items())
    assert "电梯故障" in page
    assert text(as_(cast.outside["community_worker"]).get("/desk/figures/book/")).count("behind=") == 0
    assert as_(cast.department_handler).get("/desk/figures/book/").status_code == 403
    rows = b"".join(client.get("/desk/figures/book/?format=csv").streaming_content).decode("utf-8-sig").splitlines()
    assert next(line for line in rows if "生活噪声" in line).endswith(",1,1,2,2"), "a line for what was chosen, two columns a month"
    assert client.get("/desk/figures/book/?field=unit").status_code == 200


def measured(f1: float) -> dict[str, Any]:
    label = {"label": "building/lift_repair", "rows": 30, "precision": 0.9, "recall": f1, "f1": f1}
    return {
        "rows": 50, "accuracy": f1, "macro_f1": f1, "top3": 0.98, "calibration_error": 0.02, "sure": 0.9, "sure_accuracy": 0.95,
        "labels": [label], "confused": [["building/lift_repair", "noise/noise_life", 4]],
    }  # fmt: skip


@pytest.mark.django_db
def test_a_readers_page_tells_its_data_its_figures_and_its_mistakes(cast: Cast, django_assert_max_num_queries: Any) -> None:
    ours, theirs = (
        raised(cast),
        raised(cast, actor=cast.outside["community_worker"], place=cast.there.homes[0], channel="counter", title="别处的事"),
    )
    wrong = [[m.pk, "building/lift_repair", "noise/noise_life", 81] for m in (ours, theirs)]
    client = as_(cast.community_head)
    assert "学第一个模型要 190 件，还差 190 件" in text(client.get("/desk/readers/")), "nobody has confirmed one yet"
    taken = Learning.objects.create(
        decided_at=NOW, decision="taken", rows=250, labels=9, judged=50, right=45, before_right=30, judged_from=NOW - 9 * DAY,
        figures={"new": measured(0.9), "before": measured(0.6), "wrong": wrong}, digest="0" * 64, learned_until=NOW,
    )  # fmt: skip
    Learning.objects.create(
        decided_at=NOW + DAY, decision="kept", before=taken, rows=300, labels=9, judged=50, right=44, before_right=45, judged_from=NOW
    )
    shelf.forget()
    with django_assert_max_num_queries(12):
        listed = text(client.get("/desk/readers/"))
    assert "最新的 50 件里，新的认对 45 件，关键词规则认对 30 件，所以换上新的。" in listed
    assert "原来的模型认对 45 件，没有更好，所以不换。" in listed
    assert "模型文件读不了" in listed, "its file is not there"
    with django_assert_max_num_queries(12):
        page = text(client.get(f"/desk/readers/{taken.pk}/"))
    assert "250 件" in page
    assert "90.0%" in page
    assert "60.0%" in page
    assert ours.ref in page
    assert "别处的事" not in page, "examples only where the reader works"
    assert "认成“" in page
    assert client.get("/desk/readers/999/").status_code == 404
    assert as_(cast.property_manager).get("/desk/readers/").status_code == 403


@pytest.mark.django_db
def test_switches_are_turned_per_place_and_tell_who_did(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = as_(cast.community_head)
    with django_assert_max_num_queries(12):
        assert "还没有人改过" in text(client.get("/desk/settings/judgement/"))
    place = cast.here.compound
    given = {"function": "hot", "on": "", "place": place.pk, "reason": "先试一个月"}
    answer = client.post("/desk/settings/judgement/turn/", given, follow=True)
    page = text(answer)
    assert "已关闭“热点话题”" in page
    assert "先试一个月" in page
    assert Switch.objects.get().place == place
    assert f"{place.name} #{place.pk}" in page
    assert text(client.get("/desk/settings/judgement/")).count("先试一个月") == 1, "above it, only in the list of who changed what"
    assert client.post("/desk/settings/judgement/turn/", {**given, "place": cast.there.compound.pk}).status_code == 404
    refused = client.post("/desk/settings/judgement/turn/", {**given, "function": "oracle"})
    assert (refused.status_code, "没有这项功能" in text(refused)) == (422, True)
    assert "没有叫“月亮”的地点" in text(client.get("/desk/settings/judgement/?place=月亮"))
    assert client.post("/desk/settings/judgement/turn/", {**given, "place": ""}).status_code == 403
    assert as_(cast.community_worker).get("/desk/settings/judgement/").status_code == 403


@pytest.mark.django_db
def test_the_holder_sees_what_came_second_and_where_the_machine_is_not_sure(cast: Cast) -> None:
    matter = raised(cast)
    Suggestion.objects.filter(matter=matter, field="category").update(
        sure=False, others=[{"code": "noise_life", "confidence": 31, "reason": ["异响"]}]
    )
    client = as_(cast.community_worker)
    page = text(client.get(f"/desk/requests/{matter.ref}/"))

    assert "拿不准，请您看" in page
    assert "也可能是“" in page
    assert "把握 31%" in page
    assert 'value="lift_repair" selected' not in page, "what the machine is not sure of does not stand ready"
    told = client.get(f"/api/v1/requests/{matter.ref}").json()["suggestions"]
    assert next(s for s in told if s["field"] == "category")["others"][0]["confidence"] == 31
    assert json.dumps(told)
