"""Raising, merging, rating, reopening, closing, leaving out: who may, what follows, and who stays told."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, NotFound, Refused
from linli.kernel.matters import actions as matters
from linli.kernel.matters.models import Clock, Exclusion, Link, Matter, Party, Rating, WorkOrder
from linli.kernel.matters.queries import matter_for
from linli.kernel.matters.verify import verify_timelines
from linli.kernel.notices.models import Message
from linli.kernel.people.actions import link_helper, register_person
from linli.law.packs import exclusions
from linli.loops.requests.actions import dispatch, handling, intake, judging
from linli.loops.requests.queries import Filter, request_page, whole_request
from tests.factories import DAY, HOUR, HOUSE, NOW, Cast, accepted, category, in_progress, raised, resident_at, resolved, suspended, waiting

YES: dict[str, Any] = {"answered": True, "solved": True, "satisfied": True}
NO: dict[str, Any] = {"answered": True, "solved": False, "satisfied": False}
CLASSES = frozenset(e.code for e in exclusions())


def rate(actor: Actor, matter: Matter, **said: Any) -> Matter:
    return judging.rate(actor=actor, matter_id=matter.pk, now=NOW, **{**YES, **said})


def record(actor: Actor, matter: Matter, **said: Any) -> Matter:
    return judging.record_rating(actor=actor, matter_id=matter.pk, now=NOW, **{**YES, **said})


def on_behalf(cast: Cast, **more: Any) -> Matter:
    """The community worker writes down what a caller without an account says."""
    caller, _new = register_person(actor=HOUSE, name="周国强", phone="13900139002", now=NOW, home_place=cast.here.homes[1])
    more.setdefault("actor", cast.community_worker)
    return raised(cast, raised_for=caller, channel="phone", **more)


def done(cast: Cast, matter: Matter) -> Matter:
    dispatch.dispatch(actor=cast.community_head, matter_id=matter.pk, now=NOW, unit=cast.here.units["housing"])
    return handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="好了")


# --- coming in -----------------------------------------------------------------------------------------------------------------------------
def test_a_request_lands_with_the_unit_that_serves_the_place_and_follows_it_to_the_end(cast: Cast) -> None:
    matter = raised(cast)

    assert matter.owner_unit == matter.holder == cast.here.units["community"]
    assert WorkOrder.objects.get(matter=matter).task == "accept"
    assert done(cast, matter).owner_unit == cast.here.units["community"]
    assert WorkOrder.objects.get(matter=matter, state="open").unit == cast.here.units["community"]


def test_what_the_public_reads_has_no_number_in_it(cast: Cast) -> None:
    matter = raised(cast, title="请打 13800138001", body="我是 510107195203040022，微信同号")

    assert "13800138001" not in matter.public_title
    assert "510107195203040022" not in matter.public_body
    assert matter.title == "请打 13800138001"


def test_the_same_request_sent_twice_is_one(cast: Cast) -> None:
    assert raised(cast, external_id="patrol-7").pk == raised(cast, external_id="patrol-7", title="再来一次").pk
    assert Matter.objects.count() == 1


@pytest.mark.parametrize("channel", ["phone", "counter", "patrol", "paper"])
def test_a_resident_does_not_write_for_strangers(cast: Cast, channel: str) -> None:
    with pytest.raises(NotAllowed):
        raised(cast, channel=channel)
    with pytest.raises(NotAllowed):
        on_behalf(cast, actor=cast.neighbour)


def test_a_helper_raises_for_the_person_they_help_and_follows_it(cast: Cast) -> None:
    grandchild, _new = register_person(actor=HOUSE, name="林小雨", phone="13900139003", now=NOW)
    helper = resident_at(cast, "lin.xiaoyu")
    grandchild.account_id = helper.account_id
    grandchild.save()
    helper = Actor(account_id=helper.account_id, person_id=grandchild.pk, name="林小雨", standings=helper.standings)
    link_helper(actor=HOUSE, person=cast.person, helper=grandchild, kind="helper", since_on=NOW.date(), now=NOW)

    matter = raised(cast, actor=helper, raised_for=cast.person, visibility="private", body="老人不会用手机")

    assert matter_for(helper, matter.pk) == matter
    whole = whole_request(helper, matter, NOW)
    assert whole.is_party
    assert whole.inside
    assert "withdraw" in {m.verb for m in whole.moves}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "长" * 81}, "title"),
        ({"body": "长" * 4001}, "body"),
        ({"visibility": "nobody"}, "visibility"),
        ({"urgency": "very"}, "urgency"),
        ({"channel": "pigeon"}, "channel"),
    ],
)
def test_bad_input_names_its_field_and_stores_nothing(cast: Cast, wrong: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as invalid:
        raised(cast, **wrong)

    assert field in invalid.value.fields
    assert Matter.objects.count() == 0


def test_a_category_private_by_nature_makes_it_private_however_it_was_chosen(cast: Cast) -> None:
    quarrel = category("neighbours")
    assert quarrel.private

    assert raised(cast, category=quarrel, visibility="public").visibility == "private"
    plain = raised(cast, title="另一件")
    assert dispatch.accept(actor=cast.community_worker, matter_id=plain.pk, now=NOW, category=quarrel).visibility == "private"
    third = raised(cast, title="第三件")
    unit = cast.here.units["mediation"]
    assert dispatch.dispatch(actor=cast.community_worker, matter_id=third.pk, now=NOW, unit=unit, category=quarrel).visibility == "private"
    fourth = raised(cast, title="第四件")
    assert dispatch.recategorise(actor=cast.community_worker, matter_id=fourth.pk, now=NOW, category=quarrel).visibility == "private"


# --- who reads what -----------------------------------------------------------------------------------------------------------------------
def test_a_neighbour_who_met_the_same_reads_no_more_than_the_public(cast: Cast) -> None:
    matter = in_progress(cast, body="我的电话 13800138001，家里只有我一个人")
    handling.note(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="内部：住户情绪激动")
    matters.add_me_too(actor=cast.neighbour, matter_id=matter.pk, now=NOW)

    seen = whole_request(cast.neighbour, matter_for(cast.neighbour, matter.pk), NOW)

    assert seen.is_party
    assert not seen.inside
    assert not any("13800138001" in line.text or "内部" in line.text for line in seen.lines)
    assert seen.raiser is None


def test_whoever_raised_it_reads_their_own_words_and_no_internal_note(cast: Cast) -> None:
    matter = in_progress(cast, body="我的电话 13800138001")
    handling.note(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="内部：住户情绪激动")
    handling.add(actor=cast.raiser, matter_id=matter.pk, now=NOW, text="晚上在家")

    seen = whole_request(cast.raiser, matter_for(cast.raiser, matter.pk), NOW)

    assert seen.inside
    assert {"raise", "add"} <= {line.entry.verb for line in seen.lines}
    assert "note" not in {line.entry.verb for line in seen.lines}
    assert seen.suggestions == []


def test_messages_to_neighbours_carry_the_title_as_the_public_reads_it(cast: Cast) -> None:
    matter = raised(cast, title="请打 13800138001")
    matters.add_me_too(actor=cast.neighbour, matter_id=matter.pk, now=NOW)

    dispatch.accept(actor=cast.community_worker, matter_id=matter.pk, now=NOW)

    assert Message.objects.filter(about=matter.ref, account_id=cast.neighbour.account_id).count() == 1
    assert not Message.objects.filter(title__contains="13800138001", unit_id=None).exists()


@pytest.mark.parametrize("visibility", ["public", "neighbours", "private"])
@pytest.mark.parametrize(
    "who",
    [
        "raiser",
        "inside.resident",
        "outside.resident",
        "inside.community_worker",
        "outside.community_worker",
        "outside.street_officer",
        "inside.department_handler",
        "inside.auditor",
        "inside.security_admin",
        "inside.building_leader",
    ],
)
def test_the_list_and_the_page_agree_on_who_may_read(cast: Cast, visibility: str, who: str) -> None:
    matter = raised(cast, visibility=visibility)
    side, _dot, role = who.partition(".")
    actor = getattr(cast, side)[role] if role else cast.raiser

    listed = matter.pk in {row.matter.pk for row in request_page(actor, Filter(), NOW).rows}
    try:
        readable = bool(matter_for(actor, matter.pk))
    except NotFound:
        readable = False

    assert listed == readable
    reads_private = who in ("raiser", "inside.community_worker", "inside.auditor")
    neighbour = who in ("inside.resident", "inside.building_leader")
    assert readable is (visibility == "public" or reads_private or (visibility == "neighbours" and neighbour))


# --- merging -------------------------------------------------------------------------------------------------------------------------------
def merged(cast: Cast) -> tuple[Matter, Matter]:
    source, target = in_progress(cast, title="电梯响"), accepted(cast, title="电梯异响", actor=resident_at(cast, "target.raiser"))
    matters.add_me_too(actor=cast.neighbour, matter_id=source.pk, now=NOW)
    matters.merge(actor=cast.community_worker, source_id=source.pk, target_id=target.pk, now=NOW + HOUR)
    return Matter.objects.get(pk=source.pk), Matter.objects.get(pk=target.pk)


def test_every_reporter_of_a_merged_matter_becomes_a_party_of_the_other(cast: Cast) -> None:
    source, target = merged(cast)

    assert (source.state, source.merged_into, source.is_open) == ("merged", target, False)
    assert target.me_too == 2
    accounts = set(Party.objects.filter(matter=target, role="me_too").values_list("account_id", flat=True))
    assert accounts == {cast.raiser.account_id, cast.neighbour.account_id}
    assert not Clock.objects.filter(matter=source, met_at=None, cancelled_at=None).exists()
    assert not WorkOrder.objects.filter(matter=source, state="open").exists()
    assert list(verify_timelines()) == []


def test_every_reporter_of_a_merged_matter_is_told_and_may_rate(cast: Cast) -> None:
    _source, target = merged(cast)

    handling.resolve(actor=cast.community_worker, matter_id=target.pk, now=NOW + HOUR, text="好了")

    for actor in (cast.raiser, cast.neighbour):
        assert Message.objects.filter(about=target.ref, account_id=actor.account_id, title__startswith="已办结").count() == 1
        rate(actor, target)
    assert Rating.objects.filter(matter=target, outcome="rated").count() == 2


def test_unmerging_puts_everything_back(cast: Cast) -> None:
    source, target = merged(cast)

    back = matters.unmerge(actor=cast.community_worker, source_id=source.pk, now=NOW + 2 * HOUR)

    target.refresh_from_db()
    assert (back.state, back.merged_into, back.closed_at, back.is_open) == ("in_progress", None, None, True)
    assert target.me_too == 0
    assert set(Party.objects.filter(matter=target).values_list("role", flat=True)) == {"raiser"}
    assert WorkOrder.objects.get(matter=source, state="open").unit == cast.here.units["housing"]
    assert Link.objects.get(source=source).ended_at == NOW + 2 * HOUR
    assert list(verify_timelines()) == []
    with pytest.raises(Refused):
        matters.unmerge(actor=cast.community_worker, source_id=source.pk, now=NOW)


def test_somebody_who_reported_both_is_one_party(cast: Cast) -> None:
    source, target = accepted(cast, title="电梯响"), accepted(cast, title="电梯异响")

    matters.merge(actor=cast.community_worker, source_id=source.pk, target_id=target.pk, now=NOW)

    target.refresh_from_db()
    assert target.me_too == 0
    assert Party.objects.filter(matter=target).count() == 1


def test_somebody_known_once_by_account_and_once_by_name_is_one_party(cast: Cast) -> None:
    source, target = raised(cast, title="电梯响"), raised(cast, title="电梯异响", actor=cast.neighbour)
    Party.objects.create(matter=target, account_id=cast.raiser.account_id, role="me_too", joined_at=NOW)

    matters.merge(actor=cast.community_worker, source_id=source.pk, target_id=target.pk, now=NOW)

    assert Party.objects.filter(matter=target, account_id=cast.raiser.account_id).count() == 1


def test_a_matter_is_not_merged_into_itself_nor_into_one_that_is_over_nor_across_streets(cast: Cast) -> None:
    one, over = accepted(cast), handling.withdraw(actor=cast.raiser, matter_id=raised(cast, title="撤了").pk, now=NOW)
    foreign = raised(cast, title="别处的", place=cast.there.buildings[0])

    for target, actor, kind in (
        (one, cast.community_worker, Invalid),
        (over, cast.community_worker, Refused),
        (foreign, cast.community_worker, NotAllowed),
    ):
        with pytest.raises(kind):
            matters.merge(actor=actor, source_id=one.pk, target_id=target.pk, now=NOW)
    one.refresh_from_db()
    assert one.state == "accepted"


# --- withdrawing --------------------------------------------------------------------------------------------------------------------------
def test_whoever_raised_it_takes_it_back(cast: Cast) -> None:
    matter = handling.withdraw(actor=cast.raiser, matter_id=suspended(cast).pk, now=NOW)

    assert (matter.state, matter.is_open, matter.closed_at) == ("withdrawn", False, NOW)
    assert not Clock.objects.filter(matter=matter, met_at=None, cancelled_at=None).exists()
    assert not WorkOrder.objects.filter(matter=matter, state="open").exists()


def test_it_is_not_taken_back_from_neighbours_who_met_it_too(cast: Cast) -> None:
    matter = raised(cast)
    matters.add_me_too(actor=cast.neighbour, matter_id=matter.pk, now=NOW)

    with pytest.raises(Refused) as refused:
        handling.withdraw(actor=cast.raiser, matter_id=matter.pk, now=NOW)

    assert refused.value.code == "others_too"


@pytest.mark.parametrize("who", ["neighbour", "community_worker", "department_handler", "street_officer"])
def test_nobody_else_takes_it_back(cast: Cast, who: str) -> None:
    matter = in_progress(cast)

    with pytest.raises(NotAllowed):
        handling.withdraw(actor=getattr(cast, who), matter_id=matter.pk, now=NOW)


# --- rating --------------------------------------------------------------------------------------------------------------------------------
def test_a_good_rating_closes(cast: Cast) -> None:
    matter = rate(cast.raiser, resolved(cast))

    assert (matter.state, matter.stage, matter.rated_solved, matter.called_back) == ("closed", 7, True, "rated")
    assert matter.closed_at == NOW
    assert not Clock.objects.filter(matter=matter, met_at=None, cancelled_at=None).exists()


@pytest.mark.parametrize("said", [{"solved": False}, {"satisfied": False}, NO])
def test_a_bad_rating_reopens_once_by_itself_and_then_a_person_decides(cast: Cast, said: dict[str, Any]) -> None:
    matter = rate(cast.raiser, resolved(cast), **said)
    assert (matter.state, matter.reopened, matter.is_open, matter.rated_solved) == ("in_progress", 1, True, None)
    assert WorkOrder.objects.get(matter=matter, state="open").unit == cast.here.units["housing"]
    assert matter.entries.get(verb="reopen").facts["by_rule"] is True

    handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="又修了")
    matter = rate(cast.raiser, matter, **said)
    assert (matter.state, matter.reopened) == ("closed", 1)

    with pytest.raises(NotAllowed):
        judging.reopen(actor=cast.community_worker, matter_id=matter.pk, now=NOW, text="再修")
    matter = judging.reopen(actor=cast.community_head, matter_id=matter.pk, now=NOW, text="再修")
    assert (matter.state, matter.reopened) == ("in_progress", 2)
    assert Rating.objects.filter(matter=matter).count() == 2


def test_one_neighbour_left_unserved_is_not_outvoted(cast: Cast) -> None:
    matter = raised(cast)
    matters.add_me_too(actor=cast.neighbour, matter_id=matter.pk, now=NOW)
    matter = done(cast, matter)
    Matter.objects.filter(pk=matter.pk).update(reopened=1)

    rate(cast.neighbour, matter, solved=False)
    matter = rate(cast.raiser, matter)

    assert matter.rated_solved is False


def test_each_rates_a_round_once(cast: Cast) -> None:
    matter = raised(cast)
    matters.add_me_too(actor=cast.neighbour, matter_id=matter.pk, now=NOW)
    matter = done(cast, matter)
    rate(cast.neighbour, matter)

    with pytest.raises(Refused) as refused:
        rate(cast.neighbour, matter, solved=False)

    assert refused.value.code == "already_rated"


def test_no_answer_at_all_is_no_rating(cast: Cast) -> None:
    with pytest.raises(Invalid):
        rate(cast.raiser, resolved(cast), answered=None, solved=None, satisfied=None)


def test_whoever_filed_on_behalf_may_neither_rate_nor_record(cast: Cast) -> None:
    matter = done(cast, on_behalf(cast))

    for act in (rate, record):
        with pytest.raises(Refused) as refused:
            act(cast.community_worker, matter)
        assert refused.value.code == "filed_on_behalf", act
    assert Rating.objects.count() == 0
    assert record(cast.community_head, matter).state == "closed"


def test_whoever_did_the_work_records_no_rating_of_it(cast: Cast) -> None:
    matter = accepted(cast)
    matter = handling.resolve(actor=cast.community_worker, matter_id=matter.pk, now=NOW, text="自己修好了")

    with pytest.raises(Refused) as refused:
        record(cast.community_worker, matter)
    assert refused.value.code == "handled_it"
    with pytest.raises(Refused):
        judging.record_unreachable(actor=cast.community_worker, matter_id=matter.pk, now=NOW)


def test_one_voice_is_recorded_once(cast: Cast) -> None:
    matter = record(cast.community_head, done(cast, on_behalf(cast)))

    with pytest.raises(Refused) as refused:
        record(cast.community_head, matter, solved=False)

    assert refused.value.code == "already_said"
    assert Rating.objects.count() == 1


@pytest.mark.parametrize("who", ["neighbour", "community_worker", "department_handler", "street_officer"])
def test_nobody_rates_what_they_have_no_part_in(cast: Cast, who: str) -> None:
    with pytest.raises(Refused) as refused:
        rate(getattr(cast, who), resolved(cast))

    assert refused.value.code in ("not_allowed", "not_a_party")
    assert Rating.objects.count() == 0


def test_a_stranger_does_not_learn_of_a_private_matter_by_rating(cast: Cast) -> None:
    matter = resolved(cast, visibility="private")

    with pytest.raises(NotFound):
        rate(cast.neighbour, matter)


# --- closing ------------------------------------------------------------------------------------------------------------------------------
def test_silence_is_not_consent(cast: Cast) -> None:
    matter = resolved(cast)
    with pytest.raises(Refused) as refused:
        judging.close(actor=cast.community_worker, matter_id=matter.pk, now=NOW)
    assert refused.value.code == "not_asked"

    judging.record_unreachable(actor=cast.community_worker, matter_id=matter.pk, now=NOW, text="三次未接")
    matter = judging.close(actor=cast.community_worker, matter_id=matter.pk, now=NOW)

    assert (matter.state, matter.called_back, matter.rated_solved) == ("closed", "unreachable", None)
    assert Rating.objects.get().outcome == "unreachable"


def test_a_late_rating_of_a_closed_matter_still_counts(cast: Cast) -> None:
    matter = resolved(cast)
    judging.record_unreachable(actor=cast.community_worker, matter_id=matter.pk, now=NOW)
    judging.close(actor=cast.community_worker, matter_id=matter.pk, now=NOW)

    assert rate(cast.raiser, matter, solved=False).state == "in_progress"


# --- declining and leaving out -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("missing", ["text", "reason", "turn_to"])
def test_declining_needs_a_lawful_reason_a_reply_and_where_to_turn(cast: Cast, missing: str) -> None:
    given = {"text": "不在职责内", "reason": "outside_duty", "turn_to": "12345", missing: ""}
    matter = raised(cast)

    with pytest.raises(Invalid) as invalid:
        dispatch.decline(actor=cast.community_worker, matter_id=matter.pk, now=NOW, **given)

    assert set(invalid.value.fields) == {missing}
    matter.refresh_from_db()
    assert matter.state == "raised"


def test_a_declined_request_says_where_to_turn_and_can_be_taken_up_again(cast: Cast) -> None:
    matter = dispatch.decline(
        actor=cast.community_worker, matter_id=raised(cast).pk, now=NOW, text="不在职责内", reason="outside_duty", turn_to="12345"
    )
    assert (matter.state, matter.excluded, matter.is_open) == ("declined", "outside_duty", False)
    assert "12345" in Message.objects.get(about=matter.ref, account_id=cast.raiser.account_id).body
    assert not Clock.objects.filter(matter=matter, met_at=None, cancelled_at=None).exists()

    matter = judging.reopen(actor=cast.street_officer, matter_id=matter.pk, now=NOW, text="确属我街道职责")
    assert (matter.state, matter.excluded, matter.is_open) == ("in_progress", "", True)


@pytest.mark.parametrize("lawful", sorted(CLASSES))
def test_a_matter_leaves_the_rates_for_a_lawful_class_with_a_reply(cast: Cast, lawful: str) -> None:
    matter = resolved(cast)

    matters.exclude(actor=cast.street_officer, matter_id=matter.pk, lawful_class=lawful, reply="已答复", now=NOW, classes=CLASSES)

    matter.refresh_from_db()
    assert matter.excluded == lawful
    assert Exclusion.objects.get(matter=matter).reply == "已答复"


@pytest.mark.parametrize(("lawful", "reply"), [("", "已答复"), ("unreasonable", "已答复"), ("emergency", ""), ("emergency", "  ")])
def test_no_other_class_and_no_silence_takes_it_out(cast: Cast, lawful: str, reply: str) -> None:
    matter = resolved(cast)

    with pytest.raises(Invalid):
        matters.exclude(actor=cast.street_officer, matter_id=matter.pk, lawful_class=lawful, reply=reply, now=NOW, classes=CLASSES)

    matter.refresh_from_db()
    assert matter.excluded == ""


@pytest.mark.parametrize("who", ["community_worker", "community_head", "department_handler", "auditor", "resident", "system_admin"])
def test_nobody_below_the_street_leaves_anything_out(cast: Cast, who: str) -> None:
    matter = resolved(cast)

    with pytest.raises(NotAllowed):
        matters.exclude(actor=cast.inside[who], matter_id=matter.pk, lawful_class="emergency", reply="已答复", now=NOW, classes=CLASSES)


def test_there_are_exactly_six_lawful_classes() -> None:
    assert len(CLASSES) == 6


# --- replaying from elsewhere -----------------------------------------------------------------------------------------------------------------
def test_a_replayed_request_keeps_its_times_and_says_that_it_was_replayed(cast: Cast) -> None:
    given: dict[str, Any] = {
        "actor": cast.community_head,
        "title": "旧事",
        "body": "",
        "place": cast.here.buildings[0],
        "external_id": "311-1",
    }
    matter, new = intake.replay_request(raised_at=NOW - 30 * DAY, closed_at=NOW - 20 * DAY, now=NOW, answer="已处理", **given)
    again, new_again = intake.replay_request(raised_at=NOW - 30 * DAY, now=NOW, **given)

    assert (new, new_again, again.pk) == (True, False, matter.pk)
    assert (matter.raised_at, matter.closed_at, matter.state) == (NOW - 30 * DAY, NOW - 20 * DAY, "closed")
    assert "replayed" in matter.entries.get(seq=1).facts
    assert not Clock.objects.filter(matter=matter, met_at=None, cancelled_at=None).exists()
    assert list(verify_timelines()) == []


@pytest.mark.parametrize(("raised_at", "closed_at"), [(NOW + HOUR, None), (NOW - DAY, NOW + HOUR), (NOW - DAY, NOW - 2 * DAY)])
def test_impossible_times_are_refused(cast: Cast, raised_at: Any, closed_at: Any) -> None:
    with pytest.raises(Invalid):
        intake.replay_request(
            actor=cast.community_head,
            title="旧事",
            body="",
            place=cast.here.buildings[0],
            raised_at=raised_at,
            closed_at=closed_at,
            now=NOW,
            external_id="x",
        )


@pytest.mark.parametrize("who", ["community_worker", "grid_worker", "resident", "department_handler", "auditor"])
def test_nobody_else_writes_into_the_past(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        intake.replay_request(
            actor=cast.inside[who], title="旧事", body="", place=cast.here.buildings[0], raised_at=NOW - DAY, now=NOW, external_id="x"
        )


def test_two_who_look_at_the_same_version_do_not_overwrite_each_other(cast: Cast) -> None:
    matter = waiting(cast)
    handling.resume(actor=cast.department_handler, matter_id=matter.pk, now=NOW, seen=matter.version)

    with pytest.raises(Conflict):
        handling.resume(actor=cast.community_worker, matter_id=matter.pk, now=NOW, seen=matter.version)


assert timezone.is_aware(NOW)
