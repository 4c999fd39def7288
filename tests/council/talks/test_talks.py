"""A talk from its opening to its end: who may, what is refused and why, repeated, at once; erased and exported; checked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.kernel.access.actor import ANONYMOUS, Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, NotFound, Refused
from linli.kernel.access.together import answered
from linli.kernel.matters.models import Entry, Matter
from linli.kernel.notices.models import Message, Notice
from linli.kernel.people.actions import erase_person, export_person, register_person
from linli.kernel.people.models import Person
from linli.loops.council.talks import checks
from linli.loops.council.talks.actions import answering, moderating, opening, saying
from linli.loops.council.talks.models import Answer, Contribution, Expert, Mark, Participant, Report, Ruling, Talk
from linli.loops.council.talks.panels import panel
from linli.loops.council.talks.queries import talk_list, waiting
from linli.loops.council.talks.wording import author_words
from tests.council.factories import Council, banked, drafted
from tests.council.talks.scene import ENDS, WORDS, Scene, build_scene
from tests.factories import DAY, HOUSE, NOW


# --- opening -----------------------------------------------------------------------------------------------------------------
def test_a_talk_belongs_to_its_matter_and_is_told_on_its_timeline(scene: Scene) -> None:
    assert (scene.talk.place, scene.talk.names, scene.talk.closes_at) == (scene.council.compound, "building", ENDS)
    assert Entry.objects.filter(matter=scene.matter, verb="talk_opened").count() == 1
    notice = Notice.objects.get(facts__talk=scene.talk.pk)
    assert (notice.place, notice.until_at) == (scene.council.compound, ENDS)


def test_what_not_everybody_may_read_is_not_posted(council: Council) -> None:
    matter = banked(council)
    Matter.objects.filter(pk=matter.pk).update(visibility="neighbours")
    build_scene(council, matter=matter)

    assert not Notice.objects.filter(title__contains="电梯修还是换").exists()


def test_a_request_is_talked_about_too(council: Council) -> None:
    from tests.factories import raised

    matter = raised(council.cast, title="路灯不亮")
    talk = opening.open_talk(actor=council.worker, matter_id=matter.pk, question="路灯装在哪里", closes_at=ENDS, now=NOW)

    assert talk.matter_id == matter.pk


@pytest.mark.parametrize("who", ["resident", "property_manager", "grid_worker", "auditor"])
def test_others_do_not_open_talks(council: Council, who: str) -> None:
    actor = council.residents[0] if who == "resident" else getattr(council.cast, who)
    with pytest.raises(NotAllowed):
        build_scene(council, actor=actor)


def test_drafts_closed_matters_and_second_talks_are_refused(council: Council, scene: Scene) -> None:
    with pytest.raises(Refused, match="正在交流"):
        build_scene(council, matter=scene.matter)
    draft = drafted(council, actor=council.worker)
    with pytest.raises(Refused, match="草稿"):
        build_scene(council, matter=draft)
    Matter.objects.filter(pk=draft.pk).update(state="closed", is_open=False)
    with pytest.raises(Refused, match="已经结束"):
        build_scene(council, matter=draft)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": "？"}, "question"),
        ({"closes_at": NOW + timedelta(hours=3)}, "closes_at"),
        ({"closes_at": NOW + 200 * DAY}, "closes_at"),
        ({"most_statements": 99}, "most_statements"),
    ],
)
def test_a_bad_plan_says_what_to_mend(council: Council, change: dict, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        build_scene(council, **change)
    assert list(caught.value.fields) == [field]


# --- names -------------------------------------------------------------------------------------------------------------------
def test_a_talk_keeps_the_names_it_began_with(council: Council, scene: Scene) -> None:
    rule = opening.set_names(actor=council.head, place=council.compound, names="name", reason="小区议事会定的", since_at=NOW + DAY, now=NOW)
    opening.set_names(actor=council.head, place=council.cast.here.community, names="anonymous", reason="居委会定的", since_at=NOW, now=NOW)

    assert opening.names_at(council.compound.path, NOW) == "anonymous"
    assert opening.names_at(council.compound.path, rule.since_at) == "name"
    assert opening.names_at(council.cast.there.compound.path, NOW) == "building"
    assert scene.fresh().names == "building"


def test_names_are_decided_by_who_may_and_not_for_the_past(council: Council) -> None:
    with pytest.raises(NotAllowed):
        opening.set_names(actor=council.worker, place=council.compound, names="name", reason="自己定的", since_at=NOW, now=NOW)
    with pytest.raises(Invalid) as caught:
        opening.set_names(actor=council.head, place=council.compound, names="x", reason="", since_at=NOW - DAY, now=NOW)
    assert set(caught.value.fields) == {"names", "reason", "since_at"}


@pytest.mark.parametrize(("names", "shown"), [("name", "邻居0"), ("building", "1 栋的邻居"), ("anonymous", "一位邻居")])
def test_who_wrote_is_shown_as_the_place_decides(scene: Scene, names: str, shown: str) -> None:
    said = scene.say()
    buildings = {said.participant.building_id: "1 栋"}

    assert author_words(names, said, buildings) == shown
    assert author_words(names, scene.say("主办方先说一句话", actor=scene.worker, office=True), {}) == "主办方"


# --- saying and voting ---------------------------------------------------------------------------------------------------------
def test_who_states_something_agrees_with_it_and_counts_once(scene: Scene) -> None:
    said = scene.say()

    said.refresh_from_db()
    assert (said.number, said.agrees, said.disagrees, said.passes) == (1, 1, 0, 0)
    assert scene.fresh().participant_count == 1


def test_a_vote_is_changed_any_time_and_stands_once(scene: Scene) -> None:
    said = scene.say()
    for choice in ("agree", "disagree", "disagree", "pass"):
        found = scene.mark(said, choice, who=1)

    assert (found.agrees, found.disagrees, found.passes) == (1, 0, 1)
    assert Mark.objects.filter(contribution=said).count() == 2
    assert scene.mark(said, "", who=1).seen == 1


def test_the_same_form_sent_twice_says_it_once(scene: Scene) -> None:
    first, again = scene.say(once="a"), scene.say(once="a")

    assert first.pk == again.pk
    assert Contribution.objects.count() == 1


def test_limits_hold_for_each_kind_and_person(council: Council) -> None:
    scene = build_scene(council, most_statements=2, most_questions=1)
    scene.say(WORDS[0])
    scene.say(WORDS[1])
    with pytest.raises(Refused, match="最多写 2 条") as caught:
        scene.say(WORDS[2])
    assert caught.value.code == "enough"
    scene.say(WORDS[2], who=1)
    scene.ask()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"text": "好"}, "完整的一句话"),
        ({"text": "长" * 141}, "最多 140 个字"),
        ({"text": "电梯为什么总是坏？"}, "提问"),
        ({"text": "电梯先修再换", "source": "https://example.cn"}, "只有理由才写出处"),
        ({"text": "电梯先修再换", "kind": "argument"}, "赞成的理由还是反对的理由"),
        ({"text": "电梯先修再换", "kind": "poem"}, "看法、理由还是提问"),
    ],
)
def test_words_that_cannot_be_taken_say_how_to_mend(scene: Scene, more: dict, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        scene.say(**more)


def test_what_was_said_already_leads_to_it(scene: Scene) -> None:
    scene.say()
    with pytest.raises(Invalid, match="第 1 条已经这样说了"):
        scene.say(who=1)


def test_telephone_numbers_are_taken_out(scene: Scene) -> None:
    assert "13800138000" not in scene.say("找物业秦经理 13800138000 问清楚").text


@pytest.mark.parametrize(("actor", "code"), [("outside", "lives_elsewhere"), ("staff", "no_person")])
def test_only_who_lives_or_owns_there_takes_part(scene: Scene, actor: str, code: str) -> None:
    who = scene.council.cast.raiser if actor == "outside" else scene.worker
    with pytest.raises(Refused) as caught:
        scene.say(actor=who)
    assert caught.value.code == code
    with pytest.raises(NotAllowed):
        scene.say(actor=ANONYMOUS)


def test_an_owner_who_lives_elsewhere_takes_part(scene: Scene) -> None:
    owner = scene.council.owners[0]
    owner.home_place, owner.home_path = None, ""
    owner.save()

    assert scene.say().participant.person == owner


def test_after_the_end_nothing_is_said(scene: Scene) -> None:
    said = scene.say()
    for act in (lambda: scene.say(WORDS[1], now=ENDS), lambda: scene.mark(said, who=1, now=ENDS)):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "closed"


def test_arguments_and_questions_are_supported_but_not_ones_own(scene: Scene) -> None:
    argument, question = scene.argue(source="物业报价单"), scene.ask()

    assert scene.mark(argument, who=1).agrees == 1
    assert scene.mark(question, who=2).agrees == 1
    assert scene.mark(question, "", who=2).agrees == 0
    with pytest.raises(Refused, match="自己写的"):
        scene.mark(argument)
    with pytest.raises(Invalid):
        scene.mark(argument, "disagree", who=1)


def test_a_worker_speaks_for_others_and_it_is_recorded_so(scene: Scene) -> None:
    person = scene.council.owners[20]
    said = scene.say(actor=scene.worker.through("desk"), person_id=person.pk)

    assert (said.participant.person, said.channel, said.by_id) == (person, "desk", scene.worker.account_id)
    with pytest.raises(NotAllowed):
        scene.say(WORDS[1], who=0, person_id=person.pk)
    with pytest.raises(Refused, match="不住在"):
        scene.say(WORDS[1], actor=scene.worker, person_id=scene.council.cast.person.pk)


def test_a_sheet_is_entered_whole_or_not_at_all(scene: Scene) -> None:
    found = scene.seeded()
    person = scene.council.owners[20].pk
    with pytest.raises(NotFound):
        saying.mark_all(
            actor=scene.worker, talk_id=scene.talk.pk, choices={found[0].pk: "agree", 999_999: "agree"}, now=NOW, person_id=person
        )

    assert not Mark.objects.exists()
    same = {"actor": scene.worker, "talk_id": scene.talk.pk, "now": NOW, "person_id": person}
    assert saying.mark_all(choices={found[0].pk: "agree", found[1].pk: "pass"}, **same) == 2
    assert saying.mark_all(choices={found[0].pk: "agree", found[1].pk: "agree"}, **same) == 1


def test_the_least_seen_comes_first_and_nothing_twice(scene: Scene) -> None:
    found = scene.seeded()
    for n in range(3):
        scene.mark(found[0], who=n)
        scene.mark(found[1], who=n)
    rows = list(Contribution.objects.order_by("number"))

    left = waiting(rows, {found[2].pk}, 5)

    assert {c.pk for c in left[:3]} == {c.pk for c in found[3:]}
    assert {c.pk for c in left[3:]} == {found[0].pk, found[1].pk}
    assert [c.pk for c in left] == [c.pk for c in waiting(rows, {found[2].pk}, 5)]


# --- questions -------------------------------------------------------------------------------------------------------------------
def test_experts_answer_under_their_name_and_who_waits_is_told(scene: Scene) -> None:
    question = scene.ask()
    scene.mark(question, who=1)
    unit = scene.council.cast.here.units["housing"]
    expert = answering.invite(actor=scene.worker, talk_id=scene.talk.pk, unit_id=unit.pk, capacity="管维修资金", now=NOW)
    assert answering.invite(actor=scene.worker, talk_id=scene.talk.pk, unit_id=unit.pk, now=NOW).pk == expert.pk

    said = {"talk_id": scene.talk.pk, "contribution_id": question.pk, "text": "还剩三十一万元。"}
    made = answering.answer(actor=scene.council.cast.department_handler, now=NOW + DAY, **said)

    assert (made.who, made.expert) == (f"{unit.name}（管维修资金）", expert)
    assert answering.answer(actor=scene.council.cast.department_handler, now=NOW + 2 * DAY, **said).pk == made.pk
    told = Message.objects.filter(key__startswith=f"talk-answer-{made.pk}:")
    assert {m.person_id for m in told} == {scene.council.owners[0].pk, scene.council.owners[1].pk}


def test_a_worker_writes_down_what_an_expert_said_also_after_the_end(scene: Scene) -> None:
    question = scene.ask()
    expert = answering.invite(actor=scene.worker, talk_id=scene.talk.pk, name="秦工", capacity="电梯公司", now=NOW)
    said = {"talk_id": scene.talk.pk, "contribution_id": question.pk, "text": "轴承一个月能换好。", "now": ENDS + DAY}

    with pytest.raises(Invalid, match="谁回答"):
        answering.answer(actor=scene.worker, **said)
    with pytest.raises(NotAllowed):
        answering.answer(actor=scene.resident(), expert_id=expert.pk, **said)
    assert answering.answer(actor=scene.worker, expert_id=expert.pk, **said).who == "秦工（电梯公司）"
    answering.uninvite(actor=scene.worker, talk_id=scene.talk.pk, expert_id=expert.pk, now=NOW)
    with pytest.raises(Invalid):
        answering.answer(actor=scene.worker, expert_id=expert.pk, **said)
    assert Answer.objects.count() == 1


def test_an_expert_needs_a_name_and_known_ones(scene: Scene) -> None:
    with pytest.raises(Invalid) as caught:
        answering.invite(actor=scene.worker, talk_id=scene.talk.pk, unit_id=999_999, username="nobody", now=NOW)
    assert set(caught.value.fields) == {"unit_id", "username", "name"}
    assert not Expert.objects.exists()


# --- moderation ------------------------------------------------------------------------------------------------------------------
def hidden(scene: Scene, said: Contribution, **more: object) -> Ruling:
    more.setdefault("rule", "insult")
    more.setdefault("reason", "用词伤人，请换种说法")
    return moderating.hide(actor=scene.worker, talk_id=scene.talk.pk, contribution_id=said.pk, now=NOW, **more)


def test_reports_count_once_a_reader_and_hide_nothing(scene: Scene) -> None:
    said = scene.say("物业的人都是一群废物吧")
    for who in (1, 1, 2):
        moderating.report(actor=scene.resident(who), talk_id=scene.talk.pk, contribution_id=said.pk, rule="insult", now=NOW)
    said.refresh_from_db()
    assert (said.reports, said.hidden_at) == (2, None)

    moderating.keep(actor=scene.worker, talk_id=scene.talk.pk, contribution_id=said.pk, now=NOW)
    said.refresh_from_db()
    assert said.reports == 0
    assert not Report.objects.filter(settled_at=None).exists()
    with pytest.raises(NotAllowed):
        moderating.report(actor=ANONYMOUS, talk_id=scene.talk.pk, contribution_id=said.pk, rule="insult", now=NOW)


def test_hiding_tells_the_author_and_cannot_be_voted_on(scene: Scene) -> None:
    said = scene.say("物业的人都是一群废物吧")
    ruling = hidden(scene, said)

    message = Message.objects.get(key__startswith=f"talk-ruling-{ruling.pk}:")
    assert message.person_id == scene.council.owners[0].pk
    assert "申诉" in message.body
    with pytest.raises(NotFound):
        scene.mark(said, who=1)
    with pytest.raises(Conflict):
        hidden(scene, said)


@pytest.mark.parametrize(
    ("more", "field"),
    [({"rule": "because"}, "rule"), ({"reason": ""}, "reason"), ({"reason": "因为写了“物业的人都是一群废物吧”"}, "reason")],
)
def test_hiding_needs_a_rule_and_a_reason_that_does_not_quote(scene: Scene, more: dict, field: str) -> None:
    said = scene.say("物业的人都是一群废物吧")
    with pytest.raises(Invalid) as caught:
        hidden(scene, said, **more)
    assert list(caught.value.fields) == [field]


def test_residents_and_building_leaders_do_not_moderate(scene: Scene) -> None:
    said = scene.say()
    for actor in (scene.resident(1), scene.council.cast.building_leader, scene.council.cast.outside["community_head"]):
        with pytest.raises(NotAllowed):
            moderating.hide(actor=actor, talk_id=scene.talk.pk, contribution_id=said.pk, rule="advert", reason="这是一条广告", now=NOW)


def appealed(scene: Scene, ruling: Ruling, **more: object) -> Ruling:
    who = more.pop("actor", scene.resident())
    return moderating.appeal(actor=who, talk_id=scene.talk.pk, ruling_id=ruling.pk, text="我说的是事实", now=more.pop("now", NOW), **more)


def test_an_appeal_is_decided_by_somebody_else(scene: Scene) -> None:
    said = scene.say("物业的人都是一群废物吧")
    ruling = appealed(scene, hidden(scene, said))
    how = {"talk_id": scene.talk.pk, "ruling_id": ruling.pk, "reason": "这不算骂人，恢复", "now": NOW}

    with pytest.raises(Refused, match="另一位"):
        moderating.decide(actor=scene.worker, outcome="upheld", **how)
    done = moderating.decide(actor=scene.head, outcome="restored", **how)

    assert (done.outcome, Contribution.objects.get(pk=said.pk).hidden_at) == ("restored", None)
    assert moderating.decide(actor=scene.head, outcome="restored", **how).pk == done.pk
    with pytest.raises(Conflict):
        moderating.decide(actor=scene.head, outcome="upheld", **how)
    hidden(scene, said)


def test_an_appeal_is_the_authors_once_and_in_time(scene: Scene) -> None:
    said = scene.say("物业的人都是一群废物吧")
    ruling = hidden(scene, said)
    scene.say(WORDS[1], who=1)

    with pytest.raises(NotAllowed):
        appealed(scene, ruling, actor=scene.resident(1))
    with pytest.raises(Refused, match="15 天"):
        appealed(scene, ruling, now=NOW + 16 * DAY)
    appealed(scene, ruling)
    with pytest.raises(Refused, match="已经申诉过"):
        appealed(scene, ruling)
    how = {"talk_id": scene.talk.pk, "ruling_id": ruling.pk, "now": NOW}
    assert moderating.decide(actor=scene.head, outcome="upheld", reason="还是伤人", **how).outcome == "upheld"


# --- the end ----------------------------------------------------------------------------------------------------------------------
def test_what_was_heard_is_told_to_everybody_who_took_part(scene: Scene) -> None:
    scene.say()
    scene.say(WORDS[1], who=1)
    how = {"actor": scene.worker, "talk_id": scene.talk.pk, "now": NOW + DAY}
    with pytest.raises(Invalid):
        opening.end(heard="好", **how)
    talk = opening.end(heard="大家都要先检测，下周请检测单位来看。", **how)

    assert (talk.closed_at, opening.end(heard=talk.heard, **how).pk) == (NOW + DAY, talk.pk)
    assert Message.objects.filter(key__startswith=f"talk-{talk.pk}-heard:").count() == 2
    assert Entry.objects.filter(matter=scene.matter, verb="talk_closed").count() == 1
    with pytest.raises(Conflict):
        opening.end(heard="另一个人又写了别的内容。", **how)


def test_talks_that_run_out_are_told_once(scene: Scene) -> None:
    scene.say()

    assert opening.end_due(ENDS - DAY) == 0
    assert [opening.end_due(ENDS + DAY), opening.end_due(ENDS + DAY)] == [1, 0]
    assert scene.fresh().closed_at == ENDS
    assert Message.objects.filter(key__startswith=f"talk-{scene.talk.pk}-ended:").count() == 1


def test_an_end_is_only_moved_later(scene: Scene) -> None:
    how = {"actor": scene.worker, "talk_id": scene.talk.pk, "now": NOW}

    assert opening.extend(closes_at=ENDS + DAY, **how).closes_at == ENDS + DAY
    for when in (ENDS, NOW + 100 * DAY):
        with pytest.raises(Invalid):
            opening.extend(closes_at=when, **how)
    with pytest.raises(Refused):
        opening.extend(actor=scene.worker, talk_id=scene.talk.pk, now=ENDS + 2 * DAY, closes_at=ENDS + 9 * DAY)


# --- who sees it ------------------------------------------------------------------------------------------------------------------
def test_a_talk_is_read_by_those_who_read_its_matter(scene: Scene) -> None:
    def sees(actor: Actor) -> bool:
        return bool(talk_list(actor, NOW, under=[""]).running)

    everybody = [ANONYMOUS, scene.resident(), scene.worker, scene.council.cast.outside["community_worker"]]
    assert [sees(a) for a in everybody] == [True] * 4
    Matter.objects.filter(pk=scene.matter.pk).update(visibility="neighbours")
    assert [sees(a) for a in everybody] == [False, True, True, False]
    Matter.objects.filter(pk=scene.matter.pk).update(visibility="private")
    assert [sees(a) for a in everybody] == [False, True, True, False]  # the first resident raised it
    assert not sees(scene.resident(3))


def test_a_panel_leads_in_and_at_the_desk_to_a_new_one(scene: Scene) -> None:
    matter = Matter.objects.get(pk=scene.matter.pk)
    shown = answered(panel(scene.resident(), matter, NOW))
    assert shown is not None
    assert (shown.href, shown.context["open_href"]) == (f"/talks/{scene.talk.pk}/", "")
    assert answered(panel(scene.worker, matter, NOW, desk=True)).context["open_href"] == ""
    assert answered(panel(scene.worker, matter, ENDS + DAY, desk=True)).context["open_href"] == f"/desk/talks/new/?matter={matter.ref}"
    other = Matter.objects.get(pk=banked(scene.council, title="另一件").pk)
    assert answered(panel(scene.resident(), other, NOW)) is None


# --- persons ----------------------------------------------------------------------------------------------------------------------
def test_an_erased_person_leaves_votes_that_lead_to_nobody(scene: Scene) -> None:
    person, _new = register_person(actor=HOUSE, name="租客", now=NOW, home_place=scene.council.homes[20])
    person = Person.objects.get(pk=person.pk)
    said = scene.say(actor=scene.worker, person_id=person.pk)
    exported = export_person(actor=scene.head, person=person, now=NOW)
    assert exported["talks"][0]["said"][0]["text"] == WORDS[0]

    erase_person(actor=scene.head, person=person, now=NOW, reason="本人要求")

    seat = Participant.objects.get(pk=said.participant_id)
    assert (seat.person, seat.home_path, seat.building) == (None, "", None)
    said.refresh_from_db()
    assert said.agrees == 1


def test_checks_find_counts_that_do_not_add_up(scene: Scene) -> None:
    said, other = scene.say(), scene.say(WORDS[1], who=1)
    hidden(scene, other)
    every = (checks.marks, checks.seats, checks.rulings)
    assert [list(check()) for check in every] == [[], [], []]

    Contribution.objects.filter(pk=said.pk).update(agrees=7, hidden_at=NOW)
    Contribution.objects.filter(pk=other.pk).update(hidden_at=None)
    Talk.objects.update(participant_count=9)

    assert [len(list(check())) for check in every] == [1, 1, 2]
