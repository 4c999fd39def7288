"""Objection voting (OWN-018) as a rule of its own, and service by announcement with every attempt and nobody's name."""

from __future__ import annotations

import json
from typing import Any

import pytest
import time_machine

from linli.insight.choice import verify_bundle
from linli.kernel.access.refusals import Invalid
from linli.kernel.notices.models import Notice
from linli.kernel.notices.screens import screens
from linli.kernel.rolls.models import Voter
from linli.loops.council.ballots.actions import delivering
from linli.loops.council.ballots.actions.publishing import build_due, file_of
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.motions.figures import figures_of
from linli.loops.council.motions.models import Decision
from tests.council.factories import HOMES, OPENS, Council, announced, cast, counted, frozen_roll, opened, scheduled
from tests.factories import DAY
from tests.loops.square_reader import reader

pytestmark = [pytest.mark.django_db]
TERMS: dict[str, Any] = {
    "profile": "owners.henan_fund_objection", "jurisdiction": "CN-41", "silent_clause": "2026 年 3 月业主大会第 2 号决议",
    "question": {"options": []},
}  # fmt: skip


def objected(council: Council, objecting: int, agreeing: int = 0) -> Ballot:
    ballot = opened(council, **TERMS)
    for who in range(objecting):
        cast(council, ballot, who, "against")
    for who in range(objecting, objecting + agreeing):
        cast(council, ballot, who, "agree")
    return counted(council, ballot)


def test_silence_is_no_objection_and_too_many_objections_stop_it(council: Council) -> None:
    assert HOMES == 40
    passed = objected(council, 13)
    assert passed.passed
    assert passed.result["law"]["tests"][0]["kind"] == "object"


def test_one_objection_more_than_a_third_and_it_has_failed(council: Council) -> None:
    failed = objected(council, 14, agreeing=20)
    assert failed.passed is False
    rows = figures_of(Decision.objects.get(motion=failed.motion).figures, failed.profile)
    heads = next(row for row in rows if row.label == "持异议（业主人数）")
    assert (heads.value, heads.needed, heads.met, heads.gap) == ("14，占 35.0%", "不能超过 1/3", False, "超出 1")


def test_the_bundle_recomputes_an_objection(council: Council) -> None:
    ballot = objected(council, 5)
    build_due(ballot.closes_at)
    content, _digest = file_of(ballot.pk)
    bundle = json.loads(content)
    assert verify_bundle.verify(bundle) == []
    bundle["votes"].pop()
    assert verify_bundle.verify(bundle)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"silent_clause": " "}, "silent_clause"),
        ({"secrecy": "secret"}, "secrecy"),
        ({"kind": "approval", "question": {"options": [{"code": "A", "title": "甲"}, {"code": "B", "title": "乙"}]}}, "kind"),
        ({"policies": {"silent": "delivered_participates"}}, "silent"),
        ({"jurisdiction": "CN-SH"}, "thresholds"),
    ],
)
def test_without_its_basis_it_cannot_be_set_up(council: Council, wrong: dict[str, Any], field: str) -> None:
    matter, roll = scheduled(council), frozen_roll(council)
    with pytest.raises(Invalid) as refused:
        announced(council, matter=matter, roll=roll, **{**TERMS, **wrong})
    assert field in refused.value.fields


def test_notice_page_and_paper_ask_for_objections_and_say_what_silence_means(council: Council) -> None:
    ballot = opened(council, **TERMS)
    notice = Notice.objects.get(form="ballot")
    assert "没有交回的票视为没有异议" in notice.body
    assert "2026 年 3 月业主大会第 2 号决议" in notice.body
    with time_machine.travel(OPENS + DAY, tick=False):
        page = reader(council.residents[0]).get(f"/ballots/{ballot.pk}/").content.decode()
        assert "持异议的：占全体的" in page
        assert "没有投票的视为没有异议" in page
    from linli.loops.council.ballots.desk.sheets import face_of

    face = face_of(ballot)
    assert face["answers"] == ["没有异议", "有异议", "弃权"]
    assert "没有交回的票视为没有异议" in face["warning"]


# --- service by announcement --------------------------------------------------------------------------------------
def test_the_public_list_of_the_unreached_names_doors_and_attempts_and_no_person(council: Council) -> None:
    ballot = opened(council)
    voter = Voter.objects.get(roll=ballot.roll, seq=2)
    for n, how in enumerate(("door", "phone", "post")):
        delivering.record_delivery(
            actor=council.worker, ballot_id=ballot.pk, seq=2, how=how, outcome="unreachable", note="邻居王大妈说搬走了", now=OPENS + n * DAY
        )
    assert delivering.announce_instead(actor=council.head, ballot_id=ballot.pk, now=OPENS + 3 * DAY) == 1

    notice = Notice.objects.get(form="delivery")
    line = next(line for line in notice.body.splitlines() if voter.door in line)
    assert line.count("找不到人") == 3
    assert "2026年6月30日上门留置（找不到人）" in line
    for hidden in (voter.name, "王大妈", council.worker.name):
        assert hidden not in notice.body
    assert notice.paper["to"] == "有关业主"
    shown = [s for s in screens(council.compound, OPENS + 3 * DAY) if s.kicker.startswith("公告送达")]
    assert len(shown) == 1
    assert voter.door not in str(shown)
    assert "有 1 户" in shown[0].words


def test_a_roll_on_the_screen_shows_sums_and_no_door(council: Council) -> None:
    roll = frozen_roll(council)
    shown = next(s for s in screens(council.compound, roll.frozen_at + DAY) if s.kicker.startswith("名册公示"))  # type: ignore[operator]  # frozen
    assert "40 人" in str(shown.facts)
    assert council.homes[0].name not in str(shown)
    assert council.owners[0].name not in str(shown)
