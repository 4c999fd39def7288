"""A village meets as its law says: its own electorate, ten days of notice, enough present, each refusal with its article; by hand and through the API."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account
from linli.kernel.files.actions import store_paper
from linli.kernel.people.actions import settle
from linli.kernel.people.models import Home, Person
from linli.kernel.places.models import Place
from linli.kernel.rolls.models import Roll, RollObjection
from linli.loops.council.meetings.actions import attending, noticing, planning, registering, running
from linli.loops.council.meetings.actions.planning import Plan
from linli.loops.council.meetings.models import Attendee, Meeting, Paper, SlotPoll, State
from linli.loops.council.motions.raise_pages import roads_offered
from tests.council import factories as c
from tests.council.factories import Council
from tests.council.meetings.scene import plan_of
from tests.factories import DAY, HOUSE, NOW, at
from tests.papers import pdf

pytestmark = pytest.mark.django_db
VILLAGERS = 5
LAWFUL = at("2026-06-23 19:00")  # ten days from 10 June end on 20 June, a holiday until the 21st: on Monday the 22nd


def village(council: Council, body: str, **change: Any) -> Plan:
    plan = replace(plan_of(council.cast), place=council.compound, body=body, notice_days=0, notice_rule="", entitled=None, starts_at=LAWFUL)
    return replace(plan, **change)


def of_age(council: Council) -> None:
    Person.objects.filter(pk__in=[p.pk for p in council.owners]).update(born_on=date(1980, 1, 1))
    for n in range(VILLAGERS):
        home = Home.objects.get(place=council.homes[n])
        settle(actor=HOUSE, person=council.owners[n], home=home, relation="owner", since_on=date(2020, 1, 1), now=NOW)


def test_a_villagers_meeting_has_its_electorate_its_days_and_its_quorum(council: Council) -> None:
    worker, head = council.worker, council.head
    with pytest.raises(Invalid) as weaker:
        planning.plan_meeting(actor=worker, plan=village(council, "village_delegates", quorum_numerator=1), now=NOW)
    assert "村民委员会组织法" in str(weaker.value.fields["quorum_numerator"])

    planned = {
        body: planning.plan_meeting(actor=worker, plan=village(council, body), now=NOW)
        for body in ("villagers", "village_households", "village_delegates", "village_group")
    }
    terms = {b: (m.notice_days, m.quorum_numerator, m.quorum_denominator, m.quorum_strict) for b, m in planned.items()}
    assert terms == {
        "villagers": (10, 1, 2, True),
        "village_households": (10, 2, 3, False),
        "village_delegates": (0, 2, 3, False),
        "village_group": (0, 2, 3, False),
    }
    assert all("村民委员会组织法" in m.quorum_rule for m in planned.values())

    meeting = planned["villagers"]
    mark: dict[str, Any] = {"actor": worker, "meeting_id": meeting.pk, "now": NOW}
    with pytest.raises(Refused) as uncounted:
        noticing.give_notice(**mark)
    assert uncounted.value.code == "no_electorate" and "第21条" in str(uncounted.value.rule)

    of_age(council)
    owners, people = c.frozen_roll(council), c.frozen_roll(council, kind="residents")
    with pytest.raises(Refused) as other:
        registering.register_roll(**mark, roll_id=owners.pk)
    assert other.value.code == "other_electorate" and "第21条" in str(other.value.rule)
    with pytest.raises(Refused) as households:
        registering.register_residents(actor=head, meeting_id=planned["village_households"].pk, now=NOW)
    assert households.value.code == "other_electorate"
    assert registering.register_roll(**mark, roll_id=people.pk) == people.voter_count == VILLAGERS
    assert registering.register_roll(**mark, roll_id=people.pk) == 0
    assert Attendee.objects.filter(meeting=meeting, roll_id=people.pk, person=council.owners[0]).count() == 1

    planning.change_plan(
        actor=worker, meeting_id=meeting.pk, plan=village(council, "villagers", starts_at=LAWFUL - DAY, entitled=40), now=NOW
    )
    with pytest.raises(Refused) as early:
        noticing.give_notice(**mark)
    assert early.value.details["first"] == "2026-06-23" and "村民委员会组织法" in str(early.value.rule)
    planning.change_plan(actor=worker, meeting_id=meeting.pk, plan=village(council, "villagers", entitled=40), now=NOW)
    assert noticing.give_notice(**mark).state == State.NOTICED
    notice = Meeting.objects.select_related("notice").get(pk=meeting.pk).notice
    assert notice is not None and notice.paper["to"] == "全体村民"
    assert any("21 人以上到会才能开会" in value for _label, value in notice.paper["facts"])

    attending.tick(actor=worker, meeting_id=meeting.pk, person_id=council.owners[0].pk, now=LAWFUL)
    with pytest.raises(Refused) as few:
        running.open_meeting(actor=worker, meeting_id=meeting.pk, now=LAWFUL)
    assert few.value.code == "no_quorum" and "村民委员会组织法" in str(few.value.rule)


def test_a_residents_meeting_needs_its_quorum_entered_with_its_source_since_2026(council: Council) -> None:
    """RES-003: nobody has verified the figures of the law in force; RES-005 held until the end of 2025."""
    meeting = planning.plan_meeting(actor=council.worker, plan=village(council, "residents", entitled=40), now=NOW)
    with pytest.raises(Refused) as unverified:
        noticing.give_notice(actor=council.worker, meeting_id=meeting.pk, now=NOW)
    assert unverified.value.code == "quorum_unverified" and "居民委员会组织法" in str(unverified.value.rule)

    plan = village(council, "residents", entitled=40, quorum_numerator=1, quorum_denominator=3, quorum_rule="居民委员会组织法第二十二条")
    planning.change_plan(actor=council.worker, meeting_id=meeting.pk, plan=plan, now=NOW)
    assert noticing.give_notice(actor=council.worker, meeting_id=meeting.pk, now=NOW).state == State.NOTICED

    before = NOW - timedelta(days=365)
    weak = village(council, "residents", entitled=40, quorum_numerator=1, quorum_denominator=3, starts_at=LAWFUL - timedelta(days=365))
    with pytest.raises(Invalid):
        planning.plan_meeting(actor=council.worker, plan=weak, now=before)


def test_the_printed_notice_is_the_official_sheet_signed_and_dated(council: Council) -> None:
    meeting = planning.plan_meeting(actor=council.worker, plan=village(council, "compound"), now=NOW)
    desk = Client()
    desk.force_login(Account.objects.get(pk=council.worker.account_id))
    with time_machine.travel(NOW, tick=False):
        draft = desk.get(f"/meetings/{meeting.pk}/notice/").content.decode()
        noticing.give_notice(actor=council.worker, meeting_id=meeting.pk, now=NOW)
        sent = Client().get(f"/meetings/{meeting.pk}/notice/?size=a3").content.decode()
    assert "（草稿，尚未发出）" in draft and "2026年6月10日" not in draft
    assert "（草稿，尚未发出）" not in sent
    assert re.search('class="official-sign">[^<]+<br>2026年6月10日', sent) and "各位居民：" in sent


def test_a_village_is_offered_its_own_assembly_and_a_town_the_residents_one(council: Council) -> None:
    here, resident = council.cast.here.community, council.residents[0]
    town = {r.code for r in roads_offered(resident, here, NOW)}
    Place.objects.filter(pk=here.pk).update(community_type="rural")
    rural = {r.code for r in roads_offered(resident, here, NOW)}
    assert (town, rural) == ({"residents_assembly"}, {"villagers_assembly"})


# --- through the API ----------------------------------------------------------------------------------------------------------
def caller(account_id: int | None) -> Client:
    token = make_token(actor=HOUSE, account=Account.objects.get(pk=account_id), name="t", scopes=["*"], now=NOW)[1]
    return Client(headers={"Authorization": f"Bearer {token}"})


def call(who: Client, path: str, given: dict[str, Any] | None = None, status: int = 200) -> Any:
    ask: Any = who.get if given is None else who.post
    answer = ask(f"/api/v1/{path}", **({} if given is None else {"data": given, "content_type": "application/json"}))
    assert answer.status_code == status, answer.content.decode()
    return answer.json() if answer.content else None


@time_machine.travel(NOW, tick=False)
def test_a_roll_and_the_meeting_of_its_representatives_are_prepared_through_the_api(council: Council) -> None:
    head, worker, resident = (caller(one.account_id) for one in (council.head, council.worker, council.residents[0]))
    drawing = {"place": council.compound.pk, "kind": "representatives", "record_date": "2026-06-10"}
    call(resident, "rolls", drawing, 403)
    Person.objects.filter(pk=council.owners[5].pk).update(born_on=date(2011, 1, 1))
    roll = call(head, "rolls", drawing, 201)["id"]
    entries = [{"person": council.owners[n].pk} for n in range(6)] + [{"name": "外村人"}]
    assert call(head, f"rolls/{roll}/entries", {"entries": entries})["voters"] == 7
    found = call(head, f"rolls/{roll}")["findings"]
    assert {f["code"]: f["level"] for f in found} == {"entry_minor": "block", "not_registered": "warn"}
    assert call(head, f"rolls/{roll}/freeze", {}, 409)["code"] == "roll_blocked"
    (young,) = call(head, f"rolls/{roll}/findings?code=entry_minor")["items"]
    assert young["ways"] == ["admit", "exclude"] and young["who"] == "邻**"
    mend = {"way": "exclude", "subject": young["subject"]}
    call(head, f"rolls/{roll}/mend", mend, 422)
    assert call(head, f"rolls/{roll}/mend", {**mend, "way": "admit", "reason": "看过身份证"}, 409)["code"] == "under_sixteen"
    call(head, f"rolls/{roll}/mend", {**mend, "reason": "未满十六周岁"})
    call(head, f"rolls/{roll}/mend-all", {"code": "not_registered", "verb": "exclude", "reason": "一起"}, 409)
    made = call(head, f"rolls/{roll}/decisions")
    undone = next(d["id"] for d in made if d["verb"] == "enter" and d["about"].startswith("外"))
    assert call(head, f"rolls/{roll}/decisions/{undone}/take-back", {})["voters"] == 5
    assert call(head, f"rolls/{roll}", {"title": "村民代表"})["title"] == "村民代表"
    assert call(head, f"rolls/{roll}/freeze", {"objection_days": 5})["state"] == "frozen"

    mine = call(resident, f"rolls/{roll}/objections", {"kind": "missing", "text": "我是代表，名册里没有我的儿子"}, 201)["id"]
    told = {"kind": "other", "text": "写错了名字", "channel": "paper", "name": "村里老人"}
    call(worker, f"rolls/{roll}/objections", told, 201)
    assert [o["who"] for o in call(resident, f"rolls/{roll}/objections")["items"]] == ["邻居0"]
    assert len(call(head, "roll-objections")["items"]) == RollObjection.objects.count() == 2
    call(resident, f"roll-objections/{mine}/withdraw", {})
    call(worker, f"roll-objections/{mine}/answer", {"accepted": True, "text": "查过"}, 409)
    call(resident, "roll-objections", status=403)
    assert call(head, f"rolls/{roll}/mended", {"why": "异议成立"})["replaces"] == roll
    call(head, f"rolls/{Roll.objects.latest('pk').pk}/discard", {}, 204)

    plan = {
        "place": council.compound.pk, "body": "village_delegates", "title": "修路", "starts_at": LAWFUL.isoformat(), "venue": "祠堂", "chair_name": "王",
        "recorder_name": "李", "topics": [{"title": "修路"}],
    }  # fmt: skip
    made = call(worker, "meetings", plan, 201)
    assert made["quorum"]["fraction"] == ">=2/3"
    base = f"meetings/{made['id']}"
    call(worker, f"{base}/register", {"roll": roll, "residents": True}, 422)
    assert call(worker, f"{base}/register", {"residents": True}, 409)["rule"]
    assert call(worker, f"{base}/register", {"roll": roll}) == {"added": 5, "entitled": 5}
    call(worker, f"{base}/register", {"people": [{"name": "列席的人", "entitled": False}]})
    item = made["agenda"][0]["id"]
    changed = call(worker, base, {**plan, "entitled": 5, "topics": [{"item": item, "title": "修路和桥"}]})
    assert [(i["id"], i["title"]) for i in changed["agenda"]] == [(item, "修路和桥")] and changed["quorum"]["needed"] == 4
    file = store_paper(actor=council.worker.through("api"), upload=io.BytesIO(pdf()), name="预算.pdf", now=NOW)
    call(worker, f"{base}/papers", {"title": "预算", "file": file.pk})
    call(head, f"{base}/papers", {"title": "预算", "file": file.pk}, 422)
    assert Paper.objects.get(meeting_id=made["id"]).file == file
    call(worker, f"{base}/notice", {})
    register = call(worker, f"{base}/register")
    assert [r["expected"] for r in register] == [True] * 6 and register[0]["stays"] == []
    call(resident, f"{base}/register", status=403)

    asked = {
        "place": council.compound.pk, "body": "village_delegates", "title": "什么时候修", "closes_at": (NOW + 2 * DAY).isoformat(),
        "slots": [{"starts_at": f"2026-06-{d}T19:00:00+08:00", "ends_at": f"2026-06-{d}T20:00:00+08:00"} for d in (24, 25)],
    }  # fmt: skip
    poll = call(worker, "meeting-slots", asked, 201)
    chosen = poll["slots"][0]["id"]
    assert call(worker, f"meeting-slots/{poll['id']}/choose", {"slot": chosen})["chosen"] == chosen == SlotPoll.objects.get().chosen_id
    taking = call(head, f"meeting-participation?place={council.compound.pk}")
    assert taking["reached"] == 0 and len(taking["unreached"]) == taking["homes"] == len(council.homes)
