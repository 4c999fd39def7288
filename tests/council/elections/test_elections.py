"""An election from its call to the end of its term: who may, what is refused by which rule, the ballot's result and the poll's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from linli.insight.choice import verify_bundle
from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, Refused
from linli.kernel.access.together import answered
from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account
from linli.kernel.matters.home_cards import cards_for
from linli.kernel.matters.models import Matter
from linli.kernel.matters.panels import panels_of
from linli.kernel.notices.models import Message, Notice
from linli.kernel.people.actions import erase_person, person_exported
from linli.kernel.people.models import Ownership
from linli.loops.council.ballots.actions import counting, publishing, setting_up
from linli.loops.council.elections.actions import office, planning, standing, voting
from linli.loops.council.elections.actions.planning import Plan, Quota
from linli.loops.council.elections.models import Candidate, Election, Line, Objection, Seat, Task
from linli.loops.council.elections.wording import line_words
from linli.loops.council.motions.actions import preparing
from tests.council.factories import Council, cast, frozen_roll, scheduled
from tests.factories import DAY, HOUSE, NOW

UNTIL = NOW + 10 * DAY
POSTED = UNTIL + timedelta(hours=1)
OVER = NOW + 20 * DAY
CHECKS = ("owner", "capacity", "no_interest")
# What was not verified, and what only Beijing asks, needs a source of one's own.
SOURCES = {name: f"本市业主大会规则第 {n} 条" for n, name in enumerate(("seats", "term_months", *CHECKS), 12)}


@pytest.fixture(autouse=True)
def _plain_sign_in(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"


@contextmanager
def refusing(code: str) -> Iterator[None]:
    with pytest.raises(Refused) as refused:
        yield
    assert refused.value.code == code


def plan_of(council: Council, **change: Any) -> Plan:
    plan = Plan(
        place=council.compound,
        body="owners_committee",
        title="桂花苑业委会换届",
        seats=3,
        jurisdiction="CN-SH",
        alternates=1,
        nominate_from=NOW,
        nominate_until=UNTIL,
        term_months=60,
        checks=CHECKS,
        sources=SOURCES,
        quotas=(Quota("女委员", 1, "议事规则第 8 条"),),
    )
    return replace(plan, **change)


def opened(council: Council, **change: Any) -> Election:
    election = planning.plan_election(actor=council.worker, plan=plan_of(council, **change), now=NOW)
    return planning.open_nominations(actor=council.worker, election_id=election.pk, now=NOW)


def standing_for(council: Council, election: Election, people: int = 5, women: tuple[int, ...] = (4,)) -> list[Candidate]:
    made = []
    for who in range(people):
        c = standing.nominate(actor=council.residents[who], election_id=election.pk, now=NOW, statement="愿意为邻居做事")
        groups = ["q1"] if who in women and election.quotas else []
        made.append(standing.check(actor=council.worker, election_id=election.pk, candidate_id=c.pk, met=CHECKS, groups=groups, now=NOW))
    return made


def posted(council: Council, **change: Any) -> Election:
    election = opened(council, **change)
    standing_for(council, election)
    return standing.post_candidates(actor=council.worker, election_id=election.pk, now=POSTED)


def elected(council: Council, votes: tuple[int, ...] = (30, 25, 20, 15, 10), **change: Any) -> Election:
    election = posted(council, **change)
    rows = [f"{n}={v}" for n, v in enumerate(votes, 1)]
    return voting.enter_result(actor=council.worker, election_id=election.pk, votes=rows, needed=10, text="报告单 2026-01", now=OVER)


# --- planning -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"seats": 4}, "seats"),
        ({"seats": 13}, "seats"),
        ({"term_months": 72}, "term_months"),
        ({"posting_days": 3}, "posting_days"),
        ({"posting_days": 7, "jurisdiction": "CN-33-NB"}, "posting_days"),
        ({"jurisdiction": "CN"}, "seats"),
        ({"term_months": 24}, "term_months"),
        ({"jurisdiction": "XX"}, "jurisdiction"),
        ({"body": "club"}, "body"),
        ({"checks": ("nonsense",)}, "checks"),
        ({"alternates": 9}, "alternates"),
        ({"sources": {}}, "source_seats"),
        ({"sources": {}}, "source_owner"),
        ({"sources": {k: v for k, v in SOURCES.items() if k != "capacity"}}, "source_capacity"),
        ({"quotas": (Quota("女委员", 1, ""),)}, "quotas"),
        ({"nominate_until": NOW - DAY}, "nominate_until"),
        ({"about": "M999"}, "about"),
        ({"follows": 99}, "follows"),
    ],
)
def test_a_plan_says_field_by_field_what_the_rules_ask(council: Council, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        planning.plan_election(actor=council.worker, plan=plan_of(council, **change), now=NOW)

    assert field in refused.value.fields


def test_the_call_names_conditions_with_their_articles(council: Council) -> None:
    opened(council)

    body = Notice.objects.latest("pk").body
    for words in ("应选 3 人", "本市业主大会规则第 14 条", "本市业主大会规则第 15 条", "女委员至少 1 人（议事规则第 8 条）"):
        assert words in body


def test_residents_do_not_plan_and_two_planners_notice_each_other(council: Council) -> None:
    with pytest.raises(NotAllowed):
        planning.plan_election(actor=council.residents[0], plan=plan_of(council), now=NOW)
    election = planning.plan_election(actor=council.worker, plan=plan_of(council), now=NOW)
    planning.change_election(actor=council.worker, election_id=election.pk, plan=plan_of(council, title="甲"), now=NOW, seen=1)
    with pytest.raises(Conflict):
        planning.change_election(actor=council.head, election_id=election.pk, plan=plan_of(council, title="乙"), now=NOW, seen=1)


# --- standing -----------------------------------------------------------------------------------------------------------------
def test_nobody_stands_without_their_own_consent(council: Council) -> None:
    election = opened(council)
    neighbour = council.owners[1]
    made = standing.nominate(
        actor=council.residents[0], election_id=election.pk, myself=False, name=neighbour.name, home_id=council.homes[1].pk, now=NOW
    )
    check: dict[str, Any] = {"actor": council.worker, "election_id": election.pk, "candidate_id": made.pk, "met": CHECKS, "now": NOW}
    told = Message.objects.filter(person_id=neighbour.pk).latest("pk")

    assert made.person_id == neighbour.pk
    assert made.nominated_by in told.body
    with refusing("no_consent"):
        standing.check(**check)
    with pytest.raises(NotAllowed):
        standing.consent(actor=council.residents[2], election_id=election.pk, candidate_id=made.pk, agree=True, now=NOW)
    standing.consent(actor=council.residents[1], election_id=election.pk, candidate_id=made.pk, agree=True, now=NOW)
    assert standing.check(**check).state == "accepted"


def test_who_says_no_is_no_candidate(council: Council) -> None:
    election = opened(council)
    made = standing.nominate_for(
        actor=council.worker, election_id=election.pk, name="邻居9", home_id=council.homes[9].pk, origin="organisation", nominated_by="党支部", now=NOW
    )  # fmt: skip

    with pytest.raises(Invalid):
        standing.consent(actor=council.worker, election_id=election.pk, candidate_id=made.pk, agree=False, now=NOW)
    done = standing.consent(
        actor=council.worker, election_id=election.pk, candidate_id=made.pk, agree=False, note="电话，李军在场", now=NOW
    )

    assert (done.consent, done.state) == ("refused", "withdrawn")
    with translation.override("en"):
        assert (done.reason, done.reason_read) == ("本人不同意", "Does not consent")
        kept = Candidate(consent_note="书面同意，由工作人员登记")
        assert (kept.consent_read, done.consent_read) == ("in writing, recorded by a worker", "电话，李军在场")
        handed = Line(verb="task_done", facts={"title": "移交印章", "late": False})
        assert line_words(handed) == "Handed over: Hand over the seals"


def test_a_home_seconds_once_and_too_few_are_refused(council: Council) -> None:
    election = opened(council, seconds_needed=2)
    made = standing.nominate(actor=council.residents[0], election_id=election.pk, now=NOW)
    second: dict[str, Any] = {"election_id": election.pk, "candidate_id": made.pk, "now": NOW}
    check: dict[str, Any] = {**second, "actor": council.worker, "met": CHECKS}

    standing.second(actor=council.residents[1], **second)
    assert standing.second(actor=council.residents[1], **second) == 1
    with refusing("few_seconds"):
        standing.check(**check)
    standing.second_for(actor=council.worker, home_id=council.homes[20].pk, **second)
    assert standing.check(**check).state == "accepted"


def test_a_condition_not_met_is_refused_with_its_article(council: Council) -> None:
    election = opened(council)
    made = standing.nominate(actor=council.residents[0], election_id=election.pk, now=NOW)
    check: dict[str, Any] = {
        "actor": council.worker,
        "election_id": election.pk,
        "candidate_id": made.pk,
        "met": ["owner", "capacity"],
        "now": NOW,
    }

    with pytest.raises(Invalid):
        standing.check(**check)
    done = standing.check(**check, reason="妻子是物业公司经理")
    told = Message.objects.filter(person_id=council.owners[0].pk).latest("pk")

    assert done.state == "refused"
    assert "本市业主大会规则第 16 条" in told.body
    assert "妻子是物业公司经理" in told.body


def test_one_stands_once_and_only_with_a_home_here(council: Council) -> None:
    election = opened(council)
    standing.nominate(actor=council.residents[0], election_id=election.pk, now=NOW)

    with refusing("stands_already"):
        standing.nominate(actor=council.residents[0], election_id=election.pk, now=NOW)
    with refusing("no_home_here"):
        standing.nominate(actor=council.cast.resident, election_id=election.pk, now=NOW)
    with refusing("not_in_time"):
        standing.nominate(actor=council.residents[1], election_id=election.pk, now=UNTIL)


def test_the_list_is_posted_when_all_are_checked_and_enough(council: Council) -> None:
    election = opened(council)
    post: dict[str, Any] = {"actor": council.worker, "election_id": election.pk}
    standing_for(council, election, 2)

    with refusing("still_open"):
        standing.post_candidates(**post, now=NOW)
    with refusing("few_candidates"):
        standing.post_candidates(**post, now=POSTED)


def test_the_vote_waits_for_objections_and_for_the_posting(council: Council) -> None:
    election = posted(council)
    result: dict[str, Any] = {"actor": council.worker, "election_id": election.pk, "votes": ["1=5"], "needed": 1, "text": "报告单"}
    first = Candidate.objects.filter(election=election).first()
    made = standing.raise_objection(actor=council.residents[6], election_id=election.pk, candidate_id=first.pk, text="他欠费", now=POSTED)  # type: ignore[union-attr]

    with refusing("objections_open"):
        voting.enter_result(**result, now=OVER)
    standing.answer_objection(
        actor=council.worker, election_id=election.pk, objection_id=made.pk, upheld=False, answer="查过，不欠费", now=POSTED
    )
    with refusing("still_posted"):
        voting.enter_result(**result, now=POSTED)
    with pytest.raises(Invalid):
        voting.enter_result(**result, now=OVER)


# --- the result ---------------------------------------------------------------------------------------------------------------
def test_the_polls_result_fills_seats_by_votes_and_quota(council: Council) -> None:
    election = elected(council)

    seats = [
        (s.candidate.number, s.kind) for s in Seat.objects.filter(election=election).select_related("candidate").order_by("kind", "order")
    ]
    assert sorted(n for n, kind in seats if kind == "member") == [1, 2, 5]
    assert [n for n, kind in seats if kind == "alternate"] == [3]
    assert election.result["by_quota"] == [{"number": 5, "quota": "q1"}]
    assert election.result["displaced"] == [3]
    assert str(election.term_until) == "2031-06-30"
    assert {t.code for t in Task.objects.filter(election=election)} == {
        "seal",
        "accounts",
        "contracts",
        "archives",
        "keys",
        "first_meeting",
    }
    posted_words = Notice.objects.latest("pk").body
    assert "邻居4按名额要求当选：女委员至少 1 人（议事规则第 8 条）。" in posted_words
    assert "因为名额要求没有当选的：邻居2。" in posted_words


def test_a_result_needs_its_proof(council: Council) -> None:
    election = posted(council)

    with pytest.raises(Invalid) as refused:
        voting.enter_result(actor=council.worker, election_id=election.pk, votes=[f"{n}=9" for n in range(1, 6)], needed=1, now=OVER)

    assert "upload" in refused.value.fields


def test_equal_votes_for_the_last_seat_leave_it_vacant(council: Council) -> None:
    election = elected(council, (30, 25, 20, 20, 10), quotas=())

    assert election.result["tied"] == [3, 4]
    assert election.result["vacant"] == 1
    assert Seat.objects.filter(election=election).count() == 2


def test_the_ballot_elects_through_the_motion(council: Council) -> None:
    matter = scheduled(council, now=NOW)
    election = posted(council, about=matter.ref)
    roll = frozen_roll(council, now=OVER)
    given: dict[str, Any] = {
        "actor": council.head,
        "election_id": election.pk,
        "roll_id": roll.pk,
        "opens_at": OVER + 20 * DAY,
        "closes_at": OVER + 40 * DAY,
    }
    with refusing("still_posted"):
        voting.set_ballot(**given, now=POSTED)
    ballot = voting.set_ballot(**given, now=OVER, secret=False)
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=OVER)
    ballot.refresh_from_db()
    assert [o["title"] for o in ballot.question["options"]] == ["邻居0", "邻居1", "邻居2", "邻居3", "邻居4"]
    with refusing("not_counted"):
        voting.take_result(actor=council.head, election_id=election.pk, now=OVER)
    setting_up.open_now(actor=council.head, ballot_id=ballot.pk, now=ballot.opens_at)
    ballot.refresh_from_db()
    for who in range(34):
        others = ["n2", "n3"] if who < 16 else ["n2", "n5"] if who < 26 else ["n3", "n5"]
        cast(council, ballot, who, {"approve": ["n1", *others]})
    setting_up.close_due(ballot.closes_at)
    counting.count(actor=council.head, ballot_id=ballot.pk, now=ballot.closes_at)
    assert publishing.build_due(ballot.closes_at) == 1

    assert voting.take_due(ballot.closes_at) == 1

    election.refresh_from_db()
    ballot.refresh_from_db()
    assert election.state == "in_office"
    assert sorted(Seat.objects.filter(election=election, kind="member").values_list("candidate__number", flat=True)) == [1, 2, 5]
    assert list(Seat.objects.filter(election=election, kind="alternate").values_list("candidate__number", flat=True)) == [3]
    assert Candidate.objects.get(election=election, number=2).votes == 26
    assert "选举" in [p.title for p in answered(panels_of(council.worker, Matter.objects.get(pk=matter.pk), OVER))]

    # The quota stood in what the notice froze, in the count, in the bundle and beside the result.
    rule = "女委员至少 1 人（议事规则第 8 条）"
    assert ballot.frozen["question"]["quotas"] == [{"code": "q1", "name": "女委员", "least": 1, "source": "议事规则第 8 条"}]
    assert rule in Notice.objects.get(pk=ballot.announcement.notice_id).body
    assert (ballot.result["by_quota"], ballot.result["displaced"]) == ([{"code": "n5", "quota": "q1"}], ["n3"])
    bundle = json.loads(publishing.file_of(ballot.pk)[0])
    assert verify_bundle.verify(bundle) == []
    assert bundle["result"]["seats"]["by_quota"] == ["n5"]
    with time_machine.travel(ballot.closes_at + DAY, tick=False):
        for address in (f"/ballots/{ballot.pk}/", f"/elections/{election.pk}/"):
            page = Client().get(address).content.decode()
            assert f"邻居4按名额要求当选：{rule}。" in page
            assert "因为名额要求没有当选的：邻居2。" in page
        told = Client().get(f"/api/v1/elections/{election.pk}").json()["allotted"]
    assert (told["by_quota"], told["displaced"], told["vacant"]) == ([{"number": 5, "quota": "q1"}], [3], 0)


# --- in office ----------------------------------------------------------------------------------------------------------------
def test_a_vacancy_is_filled_by_the_first_alternate(council: Council) -> None:
    election = elected(council)
    seat = Seat.objects.get(election=election, candidate__number=1)
    vacate: dict[str, Any] = {"actor": council.worker, "election_id": election.pk, "now": OVER + 30 * DAY}

    filled = office.vacate(**vacate, seat_id=seat.pk, reason="搬走了")
    other = Seat.objects.get(election=election, candidate__number=2, until_on=None)
    nobody = office.vacate(**vacate, seat_id=other.pk, reason="辞职")

    assert filled is not None
    assert (filled.candidate.number, filled.kind) == (3, "member")
    assert nobody is None
    assert "补选" in Notice.objects.latest("pk").body


def test_handing_over_is_warned_of_once_and_done_with_words(council: Council) -> None:
    election = elected(council)
    late = OVER + 15 * DAY
    first = Task.objects.filter(election=election).first()
    assert first

    assert office.warn_due(OVER) == 0
    assert office.warn_due(late) == 6
    assert office.warn_due(late) == 0
    with pytest.raises(Invalid):
        office.finish_task(actor=council.worker, election_id=election.pk, task_id=first.pk, text="", now=late)
    office.finish_task(actor=council.worker, election_id=election.pk, task_id=first.pk, text="上届王主任交给新任李主任，清单一份", now=late)
    page = Client().get(f"/elections/{election.pk}/").content.decode()

    assert "已完成，超期" in page
    assert Message.objects.filter(key__startswith="election:task").count() == 6


def test_the_next_election_is_remembered_in_time(council: Council) -> None:
    election = elected(council)
    Task.objects.update(done_at=OVER)
    assert election.term_until
    soon = OVER + timedelta(days=5 * 365 - 170)

    assert office.warn_due(OVER + 300 * DAY) == 0
    assert office.warn_due(soon) == 1
    assert office.warn_due(soon + DAY) == 0
    with refusing("not_over"):
        office.end_term(actor=council.worker, election_id=election.pk, now=soon)
    office.end_term(actor=council.worker, election_id=election.pk, now=OVER + timedelta(days=5 * 366))

    assert not Seat.objects.filter(until_on=None).exists()


def test_filing_has_its_number(council: Council) -> None:
    election = elected(council)
    file: dict[str, Any] = {
        "actor": council.worker,
        "election_id": election.pk,
        "number": "川业备 2026-18",
        "filed_with": "区住建局",
        "now": OVER + 5 * DAY,
    }

    with pytest.raises(Invalid):
        office.record_filing(**file, on=(OVER + 9 * DAY).date())
    office.record_filing(**file, on=(OVER + 4 * DAY).date())
    office.set_role(
        actor=council.worker, election_id=election.pk, seat_id=Seat.objects.filter(election=election)[0].pk, role="主任", now=OVER
    )
    page = Client().get(f"/elections/{election.pk}/").content.decode()

    assert "川业备 2026-18" in page
    assert "主任" in page


# --- pages, API, persons ------------------------------------------------------------------------------------------------------
def as_(username: str) -> Client:
    browser = Client()
    browser.force_login(Account.objects.get(username=username))
    return browser


def test_pages_take_few_queries(council: Council, django_assert_max_num_queries: Callable[..., Any]) -> None:
    election = elected(council)
    mine, clerk = as_("owner0"), as_("community_worker.here")
    with time_machine.travel(OVER, tick=False):
        for browser, address in (
            (mine, "/elections/"),
            (mine, f"/elections/{election.pk}/"),
            (clerk, "/desk/elections/"),
            (clerk, f"/desk/elections/{election.pk}/"),
            (clerk, f"/desk/elections/{election.pk}/candidates/"),
            (clerk, "/desk/elections/new/owners_committee/"),
        ):
            browser.get(address)
            with django_assert_max_num_queries(12):
                assert browser.get(address).status_code == 200, address


def test_the_list_of_elections_is_taken_away_with_its_terms(council: Council) -> None:
    election = elected(council)
    public, desk = (
        b"".join(browser.get(f"{address}?format=csv").streaming_content).decode("utf-8-sig").splitlines()
        for browser, address in ((Client(), "/elections/"), (as_("community_worker.here"), "/desk/elections/"))
    )

    assert len(public) == len(desk) == 2
    assert public[1].startswith(election.title)
    assert f",{election.term_from},{election.term_until}," in public[1]
    assert public[1].endswith(f"/elections/{election.pk}/")
    assert desk[1].endswith(f"/desk/elections/{election.pk}/")


def test_the_desk_takes_an_election_from_plan_to_filing(council: Council) -> None:
    typed = {
        "place": f"桂花苑 #{council.compound.pk}", "title": "换届", "jurisdiction": "CN-SH", "seats": "3", "alternates": "1", "term_months": "60",
        "nominate_from": "2026-06-11T08:00", "nominate_until": "2026-06-20T18:00", "seconds_needed": "0", "posting_days": "7", "checks": ["owner", "capacity"],
        "quota_1": "女委员", "least_1": "1", "rule_1": "议事规则第 8 条", **{f"source_{k}": v for k, v in SOURCES.items()},
    }  # fmt: skip
    with time_machine.travel("2026-06-11T09:00+08:00", tick=False):
        clerk = as_("community_worker.here")
        bad = clerk.post("/desk/elections/new/owners_committee/", {**typed, "source_owner": "", "seats": "4"})
        done = clerk.post("/desk/elections/new/owners_committee/", typed)
        election = Election.objects.get()
        base = f"/desk/elections/{election.pk}/"
        assert clerk.get(f"{base}edit/").status_code == 200
        clerk.post(f"{base}open/")
        owner = as_("owner0")
        empty = owner.post(f"/elections/{election.pk}/nominate/", {"myself": "0", "name": "", "statement": "他热心"})
        owner.post(f"/elections/{election.pk}/nominate/", {"myself": "1", "statement": "我来"})
        owner.post(f"/elections/{election.pk}/nominate/", {"myself": "0", "name": "邻居1", "home": f"#{council.homes[1].pk}"})
        asked = Candidate.objects.get(number=2)
        as_("owner1").post(f"/elections/{election.pk}/do/consent/", {"candidate_id": asked.pk, "agree": "1"})
        owner.post(f"/elections/{election.pk}/do/second/", {"candidate_id": asked.pk})
        clerk.post(f"{base}nominate/", {"name": "邻居20", "home": f"#{council.homes[20].pk}", "origin": "self"})
        first = clerk.get(f"{base}candidates/").content.decode()
        for c in Candidate.objects.all():
            clerk.post(
                f"{base}check/",
                {"candidate_id": c.pk, "met": ["owner", "capacity"], "groups": ["q1"] if c.number == 3 else [], "back": "candidates/"},
            )
    with time_machine.travel("2026-06-21T09:00+08:00", tick=False):
        clerk = as_("community_worker.here")
        clerk.post(f"{base}post/")
        clerk.post(f"{base}object/", {"name": "王师傅", "text": "邻居1 欠费"})
        clerk.post(f"{base}answer-objection/", {"objection_id": Objection.objects.get().pk, "upheld": "0", "answer": "不欠"})
    with time_machine.travel("2026-07-02T09:00+08:00", tick=False):
        clerk = as_("community_worker.here")
        wrong = clerk.post(
            f"{base}enter-result/", {"votes_1": "30", "votes_2": "x", "votes_3": "20", "needed": "10", "text": "报告单 7 号"}
        )
        clerk.post(f"{base}enter-result/", {"votes_1": "30", "votes_2": "25", "votes_3": "20", "needed": "10", "text": "报告单 7 号"})
        clerk.post(f"{base}file/", {"number": "备 18", "on": "2026-07-02", "filed_with": "住建局"})
        shown = clerk.get(base).content.decode()
        sheets = [Client().get(f"/elections/{election.pk}/print/{s}/") for s in ("call", "form", "candidates", "result", "none")]
        listed = b"".join(clerk.get(f"{base}candidates/?format=xlsx").streaming_content)  # type: ignore[attr-defined]

    election.refresh_from_db()
    assert (bad.status_code, done.status_code, empty.status_code) == (422, 302, 422)
    assert "他热心" in empty.content.decode()
    assert "档案里符合" in first
    assert wrong.status_code == 422
    assert 'value="30"' in wrong.content.decode()
    assert (election.state, election.filing_number) == ("in_office", "备 18")
    assert re.search("备 18", shown)
    assert [sheet.status_code for sheet in sheets] == [200, 200, 200, 200, 404]
    signed = [bool(re.search(r'official-sign">[^<]+<br>2026年\d+月\d+日</p>', sheet.content.decode())) for sheet in sheets]
    assert signed == [True, False, True, True, False]
    assert listed.startswith(b"PK")


def test_a_nomination_without_consent_is_not_public(council: Council) -> None:
    election = opened(council)
    standing.nominate(actor=council.residents[0], election_id=election.pk, myself=False, name="邻居1", home_id=council.homes[1].pk, now=NOW)

    assert "邻居1" not in Client().get(f"/elections/{election.pk}/").content.decode()
    assert Client().get(f"/api/v1/elections/{election.pk}").json()["candidates"] == []
    assert [c.title for c in answered(cards_for(council.residents[1], council.compound, NOW)) if c.urgent] == ["等您答复"]


def test_the_api_plans_and_opens(council: Council) -> None:
    _token, secret = make_token(actor=HOUSE, account=Account.objects.get(username="community_worker.here"), name="t", scopes=["*"], now=NOW)
    browser = Client(headers={"Authorization": f"Bearer {secret}"})
    plan = {
        "place": council.compound.pk, "body": "owners_committee", "title": "换届", "seats": 3, "jurisdiction": "CN-SH", "term_months": 60, "nominate_from": "2026-06-11T00:00:00Z",
        "nominate_until": "2026-06-20T00:00:00Z", "checks": ["owner"], "sources": SOURCES,
    }  # fmt: skip
    with time_machine.travel(NOW + DAY, tick=False):
        bad = browser.post("/api/v1/elections", {**plan, "sources": {}}, content_type="application/json")
        made = browser.post("/api/v1/elections", plan, content_type="application/json")
        pk = made.json()["id"]
        done = browser.post(f"/api/v1/elections/{pk}/open", {}, content_type="application/json")
        early = browser.post(f"/api/v1/elections/{pk}/post", {}, content_type="application/json")

    assert (bad.status_code, made.status_code, done.status_code) == (422, 201, 200)
    assert "source_seats" in bad.json()["errors"]
    assert early.json()["code"] == "still_open"


def test_an_erased_candidate_leaves_a_number_unless_elected(council: Council) -> None:
    election = elected(council)
    for who in (0, 3):
        Ownership.objects.filter(person=council.owners[who]).delete()
    told = [found for _receiver, found in person_exported.send(sender=None, person=council.owners[0]) if found and "candidatures" in found]
    assert len(told) == 1

    for who in (0, 3):
        erase_person(actor=HOUSE, person=council.owners[who], reason="本人要求", now=OVER + DAY)

    names = dict(Candidate.objects.filter(election=election).values_list("number", "name"))
    assert (names[1], names[4]) == ("邻居0", "—")
