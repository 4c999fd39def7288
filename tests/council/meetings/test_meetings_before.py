"""Before the meeting: planned, noticed the lawful days ahead, changed, registered, cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from linli.kernel.access.actor import ANONYMOUS
from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, NotFound, Refused
from linli.kernel.notices.models import Message, Notice
from linli.kernel.places.models import Place
from linli.loops.council.meetings.actions import noticing, planning, registering, running
from linli.loops.council.meetings.actions.planning import Topic
from linli.loops.council.meetings.actions.registering import Expected
from linli.loops.council.meetings.models import AgendaItem, Attendee, Line, Meeting, State
from linli.loops.council.meetings.queries import meeting_for, meeting_list
from tests import factories as f
from tests.council.meetings.scene import NOW, START, Scene, plan_of
from tests.factories import DAY, Cast


def test_a_plan_ties_its_topics_to_matters_of_any_kind(cast: Cast) -> None:
    matter = f.raised(cast, title="电梯异响")

    meeting = planning.plan_meeting(actor=cast.community_worker, plan=plan_of(cast, topics=(Topic("", ref=matter.ref.lower()),)), now=NOW)

    item = AgendaItem.objects.get(meeting=meeting)
    assert (item.title, item.matter_id) == ("电梯异响", matter.pk)
    assert [line.verb for line in Line.objects.filter(meeting=meeting)] == ["plan"]


def test_a_plan_says_everything_that_must_be_mended_at_once(cast: Cast) -> None:
    bad = plan_of(
        cast,
        title="",
        venue=" ",
        starts_at=NOW,
        speak_seconds=5,
        entitled=0,
        quorum_numerator=3,
        topics=(),
        online="ftp://x",
        notice_days=99,
    )

    with pytest.raises(Invalid) as refused:
        planning.plan_meeting(actor=cast.community_worker, plan=bad, now=NOW)

    assert set(refused.value.fields) == {
        "title", "venue", "starts_at", "speak_seconds", "entitled", "quorum_numerator", "topics", "online", "notice_days",
    }  # fmt: skip
    assert Meeting.objects.count() == 0


def test_a_matter_nobody_may_read_cannot_come_on_an_agenda(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        planning.plan_meeting(actor=cast.community_worker, plan=plan_of(cast, topics=(Topic("x", ref="R999999"),)), now=NOW)

    assert "topics" in refused.value.fields


@pytest.mark.parametrize("who", ["resident", "grid_worker", "department_handler", "auditor"])
def test_only_those_who_plan_may_plan(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        planning.plan_meeting(actor=cast.inside[who], plan=plan_of(cast), now=NOW)


def test_a_worker_of_another_street_may_not_plan_here(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        planning.plan_meeting(actor=cast.outside["community_worker"], plan=plan_of(cast), now=NOW)


def test_a_notice_too_late_is_refused_with_the_first_lawful_day(cast: Cast) -> None:
    meeting = planning.plan_meeting(actor=cast.community_worker, plan=plan_of(cast, starts_at=f.at("2026-06-25 19:00")), now=NOW)

    with pytest.raises(Refused) as refused:
        noticing.give_notice(actor=cast.community_worker, meeting_id=meeting.pk, now=NOW)

    # 15 days after 10 June end on Thursday 25 June 2026.
    assert refused.value.details["first"] == "2026-06-26"
    assert refused.value.rule == "《物业管理条例》第十四条"


def test_the_caller_may_ask_for_more_days_but_never_fewer(scene: Scene) -> None:
    with pytest.raises(Refused):
        noticing.give_notice(actor=scene.worker, meeting_id=scene.pk, now=NOW, days=30, rule="管理规约")

    noticing.give_notice(actor=scene.worker, meeting_id=scene.pk, now=NOW, days=7)
    assert scene.fresh().notice_days == 15


def test_a_notice_stands_on_the_board_and_reaches_the_register(scene: Scene) -> None:
    registering.register(actor=scene.worker, meeting_id=scene.pk, expected=[Expected("林素珍", person=scene.cast.person)], now=NOW)

    scene.noticed()

    notice = Notice.objects.get()
    assert scene.fresh().state == State.NOTICED
    assert "1. 电梯大修" in notice.body
    assert "2026" not in notice.title
    assert Message.objects.get().address == f"/meetings/{scene.pk}/"


def test_giving_notice_twice_by_one_form_gives_it_once(scene: Scene) -> None:
    for _again in range(2):
        noticing.give_notice(actor=scene.worker, meeting_id=scene.pk, now=NOW, once="form-1")

    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    "change", [{"topics": (Topic("电梯大修", detail="修还是换"), Topic("停车位"))}, {"starts_at": START + DAY}, {"venue": "门卫室"}]
)
def test_changing_what_was_announced_is_refused_unless_the_notice_restarts(scene: Scene, change: dict[str, object]) -> None:
    scene.noticed()
    plan = plan_of(scene.cast, **change)

    with pytest.raises(Refused) as refused:
        planning.change_plan(actor=scene.worker, meeting_id=scene.pk, plan=plan, now=NOW)
    assert refused.value.code == "noticed"
    assert scene.fresh().state == State.NOTICED

    planning.change_plan(actor=scene.worker, meeting_id=scene.pk, plan=plan, now=NOW, restart=True)
    assert scene.fresh().state == State.PLANNED
    assert scene.meeting.noticed_at is None
    assert Notice.objects.filter(title__contains="收回").count() == 1


def test_what_the_notice_does_not_announce_may_change_quietly(scene: Scene) -> None:
    scene.noticed()

    planning.change_plan(actor=scene.worker, meeting_id=scene.pk, plan=plan_of(scene.cast, recorder_name="小张"), now=NOW)

    assert (scene.fresh().state, scene.meeting.recorder_name) == (State.NOTICED, "小张")


def test_two_planners_at_once_notice_each_other(scene: Scene) -> None:
    seen = scene.meeting.plan_version
    planning.change_plan(actor=scene.worker, meeting_id=scene.pk, plan=plan_of(scene.cast, venue="一楼"), now=NOW, seen=seen)

    with pytest.raises(Conflict):
        planning.change_plan(
            actor=scene.cast.community_head, meeting_id=scene.pk, plan=plan_of(scene.cast, venue="二楼"), now=NOW, seen=seen
        )

    assert scene.fresh().venue == "一楼"


def test_items_may_change_places_and_keep_who_they_are(scene: Scene) -> None:
    first, second = scene.items
    topics = (Topic(second.title, item_id=second.pk), Topic(first.title, detail="新", item_id=first.pk), Topic("绿化"))

    planning.change_plan(actor=scene.worker, meeting_id=scene.pk, plan=plan_of(scene.cast, topics=topics), now=NOW)

    assert [(i.pk, i.seq) for i in scene.items[:2]] == [(second.pk, 1), (first.pk, 2)]


def test_a_cancelled_meeting_says_why_to_everybody_who_was_told(scene: Scene) -> None:
    registering.register(actor=scene.worker, meeting_id=scene.pk, expected=[Expected("林素珍", person=scene.cast.person)], now=NOW)
    scene.noticed()
    with pytest.raises(Invalid):
        noticing.cancel(actor=scene.worker, meeting_id=scene.pk, reason=" ", now=NOW)

    noticing.cancel(actor=scene.worker, meeting_id=scene.pk, reason="台风", now=NOW)

    assert scene.fresh().state == State.CANCELLED
    assert Message.objects.filter(title__contains="取消").count() == 1
    with pytest.raises(Refused):
        noticing.give_notice(actor=scene.worker, meeting_id=scene.pk, now=NOW)


def test_the_register_counts_each_voter_once_and_says_how_many_are_entitled(scene: Scene) -> None:
    rows = [Expected("甲", voter_id=1), Expected("乙", voter_id=2), Expected("甲", voter_id=1), Expected("旁听", entitled=False)]

    assert registering.register(actor=scene.worker, meeting_id=scene.pk, expected=rows, now=NOW, roll_id=7) == 3
    assert registering.register(actor=scene.worker, meeting_id=scene.pk, expected=rows[:2], now=NOW, roll_id=7) == 0
    assert scene.fresh().entitled == 2
    assert list(Attendee.objects.values_list("seat", "voter_id")) == [(1, 1), (2, 2), (3, None)]


def test_a_plan_is_for_planners_until_it_is_noticed(scene: Scene) -> None:
    with pytest.raises(NotFound):
        meeting_for(ANONYMOUS, scene.pk)
    assert meeting_list(ANONYMOUS).coming == []

    scene.noticed()

    assert meeting_for(ANONYMOUS, scene.pk).pk == scene.pk
    assert [m.pk for m in meeting_list(ANONYMOUS).coming] == [scene.pk]


@pytest.mark.parametrize("openness", ["public", "neighbours", "members"])
def test_the_list_shows_exactly_what_may_be_opened(cast: Cast, openness: str) -> None:
    meeting = planning.plan_meeting(actor=cast.community_worker, plan=plan_of(cast, openness=openness), now=NOW)
    registering.register(actor=cast.community_worker, meeting_id=meeting.pk, expected=[Expected("林素珍", person=cast.person)], now=NOW)
    noticing.give_notice(actor=cast.community_worker, meeting_id=meeting.pk, now=NOW)
    everybody = [ANONYMOUS, cast.raiser, *cast.inside.values(), *cast.outside.values()]

    for actor in everybody:
        listed = bool(meeting_list(actor).coming)
        try:
            opened = bool(meeting_for(actor, meeting.pk))
        except NotFound:
            opened = False
        assert listed == opened, (actor.name, openness)
    assert bool(meeting_list(cast.raiser).coming)
    assert bool(meeting_list(ANONYMOUS).coming) == (openness == "public")
    assert bool(meeting_list(cast.outside["resident"]).coming) == (openness == "public")
    assert bool(meeting_list(cast.inside["resident"]).coming) == (openness != "members")


def test_a_paper_is_a_picture_or_a_link(scene: Scene) -> None:
    for wrong in ("javascript:alert(1)", "//evil.example/", "/\\evil.example/"):
        with pytest.raises(Invalid) as refused:
            planning.add_paper(actor=scene.worker, meeting_id=scene.pk, title="预算", now=NOW, link=wrong)
        assert "link" in refused.value.fields

    made = planning.add_paper(actor=scene.worker, meeting_id=scene.pk, title="预算", now=NOW + timedelta(hours=1), link="https://x.cn/1")
    assert made is not None


def test_an_owners_assembly_meets_no_earlier_than_the_law_of_its_place_lets_it(cast: Cast) -> None:
    """OWN-020 everywhere, OWN-021 in Hangzhou: fifteen days from 10 June end on Thursday 25 June, whatever the plan said."""
    for code, article in (("", "物业管理条例"), ("330100", "杭州")):
        Place.objects.filter(pk=cast.here.compound.pk).update(code=code)
        plan = plan_of(cast, body="owners_assembly", notice_days=3, notice_rule="", starts_at=f.at("2026-06-25 19:00"))
        plan = replace(plan, place=Place.objects.get(pk=cast.here.compound.pk))
        meeting = planning.plan_meeting(actor=cast.community_worker, plan=plan, now=NOW)
        assert meeting.notice_days == 15 and article in meeting.notice_rule

        with pytest.raises(Refused) as early:
            noticing.give_notice(actor=cast.community_worker, meeting_id=meeting.pk, now=NOW)

        assert (early.value.code, early.value.details["first"]) == ("too_early", "2026-06-26")
        assert article in str(early.value.rule) and "2026-06-26" in str(early.value.text)
    planning.change_plan(
        actor=cast.community_worker, meeting_id=meeting.pk, plan=replace(plan, starts_at=f.at("2026-06-26 19:00")), now=NOW
    )
    assert noticing.give_notice(actor=cast.community_worker, meeting_id=meeting.pk, now=NOW).state == State.NOTICED

    with pytest.raises(Refused) as before:
        running.open_meeting(actor=cast.community_worker, meeting_id=meeting.pk, now=NOW + DAY, without_quorum=True)
    assert before.value.code == "too_early" and article in str(before.value.rule)


def test_a_committees_meeting_is_held_to_the_law_of_its_place(cast: Cast) -> None:
    """OWN-048: seven days' notice, more than half present; Zibo (OWN-050) asks for two thirds."""
    with pytest.raises(Invalid) as refused:
        planning.plan_meeting(
            actor=cast.community_worker, plan=plan_of(cast, body="owners_committee", quorum_numerator=1, quorum_strict=False), now=NOW
        )
    assert "过半数" in str(refused.value.fields["quorum_numerator"])
    assert "指导规则" in str(refused.value.fields["quorum_numerator"])

    Place.objects.filter(pk=cast.here.compound.pk).update(code="370300")
    plan = plan_of(cast, body="owners_committee", notice_days=0, notice_rule="", starts_at=NOW + 5 * DAY, quorum_numerator=1)
    plan = replace(plan, place=Place.objects.get(pk=cast.here.compound.pk))
    with pytest.raises(Invalid) as local:
        planning.plan_meeting(actor=cast.community_worker, plan=plan, now=NOW)
    assert "淄博市物业管理条例" in str(local.value.fields["quorum_numerator"])
    plan = replace(plan, quorum_numerator=2, quorum_denominator=3, quorum_strict=False)
    meeting = planning.plan_meeting(actor=cast.community_worker, plan=plan, now=NOW)

    with pytest.raises(Refused) as early:
        noticing.give_notice(actor=cast.community_worker, meeting_id=meeting.pk, now=NOW)

    assert early.value.code == "too_early"
    assert "7 天" in str(early.value.text)
    assert "指导规则" in str(early.value.rule)
