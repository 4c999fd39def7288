"""The record: chained entries, one turn at a time, and every way of tampering named by the verifier."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection, connections, transaction
from django.db.models import F

from linli.kernel.access.refusals import Conflict, NotFound, Refused
from linli.kernel.matters.actions import add_me_too, redact
from linli.kernel.matters.commands import verify as verify_command
from linli.kernel.matters.models import DayRoot, Entry, Matter, Party
from linli.kernel.matters.turn import chained_fields, turn
from linli.kernel.matters.verify import Fault, publish_root, verify_days, verify_timelines
from linli.kernel.notices.models import Notice
from linli.lib.chain import entry_hash, text_digest
from linli.loops.requests.actions import dispatch, handling
from tests.factories import DAY, HOUSE, NOW, Cast, build_cast, in_progress, raised, resident_at, resolved


def faults(matter: Matter | None = None) -> list[Fault]:
    return list(verify_timelines(Matter.objects.filter(pk=matter.pk) if matter else None))


def kinds(matter: Matter) -> set[str]:
    return {f.kind for f in faults(matter)}


def entries(matter: Matter) -> list[Entry]:
    return list(Entry.objects.filter(matter=matter).order_by("seq"))


# --- the chain --------------------------------------------------------------------------------------------------------------------------
def test_each_entry_carries_the_hash_of_the_one_before(cast: Cast) -> None:
    matter = resolved(cast)
    found = entries(matter)

    assert [e.verb for e in found] == ["raise", "dispatch", "start", "resolve"]
    assert [e.seq for e in found] == [1, 2, 3, 4]
    assert [e.previous_hash for e in found] == ["", *[e.hash for e in found[:-1]]]
    matter.refresh_from_db()
    assert (matter.entry_count, matter.head_hash) == (4, found[-1].hash)
    assert faults() == []


def test_the_same_words_twice_have_different_digests(cast: Cast) -> None:
    matter = in_progress(cast)
    for _again in range(2):
        handling.answer(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="正在修")

    one, other = entries(matter)[-2:]

    assert one.text_digest != other.text_digest


def test_what_is_hashed_holds_no_words_as_given(cast: Cast) -> None:
    matter = raised(cast, title="请联系 13800138001", body="身份证 510107195203040022")

    entry = entries(matter)[0]

    assert "13800138001" not in str(chained_fields(entry))
    assert "510107195203040022" not in str(chained_fields(entry))


def test_the_chain_is_made_with_sm3_where_the_national_suite_is_set(cast: Cast, settings: Any) -> None:
    settings.CRYPTO_SUITE = "national"
    matter = resolved(cast)

    assert all(e.hash.startswith("sm3:") for e in entries(matter))
    assert faults() == []
    publish_root(NOW + DAY)
    assert list(verify_days()) == []
    assert DayRoot.objects.get().root.startswith("sm3:")
    Entry.objects.filter(matter=matter, seq=2).update(who="别人")
    assert ("edited", 2) in {(f.kind, f.seq) for f in faults()}


def test_a_chain_may_change_its_suite_and_still_be_verified(cast: Cast, settings: Any) -> None:
    matter = in_progress(cast)
    settings.CRYPTO_SUITE = "national"
    handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="换了")

    assert {e.hash.partition(":")[0] for e in entries(matter)} == {"sha256", "sm3"}
    assert faults() == []


# --- one at a time --------------------------------------------------------------------------------------------------------------------------
def test_whoever_comes_second_with_an_old_view_is_told_and_writes_nothing(cast: Cast) -> None:
    matter = raised(cast)
    seen = matter.version
    dispatch.accept(actor=cast.community_worker, matter_id=matter.pk, now=NOW, seen=seen)
    before = (Matter.objects.filter(pk=matter.pk).values().get(), Entry.objects.count())

    with pytest.raises(Conflict) as conflict:
        dispatch.decline(
            actor=cast.community_head, matter_id=matter.pk, now=NOW, seen=seen, text="不", reason="outside_duty", turn_to="12345"
        )

    assert "芳草居委会" in str(conflict.value)
    assert conflict.value.details["current_version"] == seen + 1
    assert (Matter.objects.filter(pk=matter.pk).values().get(), Entry.objects.count()) == before


def test_a_turn_that_fails_half_way_leaves_nothing(cast: Cast) -> None:
    matter = raised(cast)

    # As in every action: the savepoint is the action's own.
    with pytest.raises(RuntimeError), transaction.atomic(), turn(actor=cast.community_worker, matter_id=matter.pk, now=NOW) as t:
        t.move("accept")
        raise RuntimeError("power cut")

    matter.refresh_from_db()
    assert (matter.state, matter.version, len(entries(matter))) == ("raised", 1, 1)


def test_a_turn_on_nothing_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound), turn(actor=HOUSE, matter_id=987654, now=NOW):
        pass


def test_a_neighbour_who_meets_it_too_throws_no_handlers_work_away(cast: Cast) -> None:
    matter = raised(cast)

    add_me_too(actor=cast.neighbour, matter_id=matter.pk, now=NOW)

    assert dispatch.accept(actor=cast.community_worker, matter_id=matter.pk, now=NOW, seen=matter.version).state == "accepted"
    assert faults() == []


def test_me_too_twice_counts_once_and_writes_nothing_the_second_time(cast: Cast) -> None:
    matter = raised(cast)
    add_me_too(actor=cast.neighbour, matter_id=matter.pk, now=NOW)
    before = Matter.objects.filter(pk=matter.pk).values().get()

    again = add_me_too(actor=cast.neighbour, matter_id=matter.pk, now=NOW + DAY)

    assert again.me_too == 1
    assert Matter.objects.filter(pk=matter.pk).values().get() == before
    assert [e.verb for e in entries(matter)] == ["raise", "me_too"]


def test_whoever_raised_it_has_met_it_already(cast: Cast) -> None:
    matter = raised(cast)

    assert add_me_too(actor=cast.raiser, matter_id=matter.pk, now=NOW).me_too == 0


def test_nobody_joins_what_is_over(cast: Cast) -> None:
    matter = handling.withdraw(actor=cast.raiser, matter_id=raised(cast).pk, now=NOW)

    with pytest.raises(Refused) as refused:
        add_me_too(actor=cast.neighbour, matter_id=matter.pk, now=NOW)

    assert refused.value.code == "not_open"


def test_me_too_opens_no_private_matter_to_a_stranger(cast: Cast) -> None:
    matter = raised(cast, visibility="private")

    with pytest.raises(NotFound):
        add_me_too(actor=cast.neighbour, matter_id=matter.pk, now=NOW)

    assert not Party.objects.filter(matter=matter, account_id=cast.neighbour.account_id).exists()


@pytest.fixture
def committed_cast(transactional_db: None) -> Iterator[Cast]:
    yield build_cast()


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run all acts in threads that start together; what each returned or raised, in order."""
    ready, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            ready.wait(10)
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_of_workers_who_act_at_the_same_moment_exactly_one_wins(committed_cast: Cast) -> None:
    cast = committed_cast
    matter = raised(cast)

    results = at_once(
        [
            lambda: dispatch.accept(actor=cast.community_worker, matter_id=matter.pk, now=NOW, seen=1),
            lambda: dispatch.accept(actor=cast.community_head, matter_id=matter.pk, now=NOW, seen=1),
            lambda: dispatch.dispatch(actor=cast.street_officer, matter_id=matter.pk, now=NOW, seen=1, unit=cast.here.units["housing"]),
            lambda: handling.withdraw(actor=cast.raiser, matter_id=matter.pk, now=NOW),
        ]
    )

    won = [r for r in results if isinstance(r, Matter)]
    lost = [r for r in results if not isinstance(r, Matter)]
    # Withdrawing asks for no view, so it may still follow an acceptance; of those who looked at version 1 one wins.
    assert sum(isinstance(r, Matter) for r in results[:3]) <= 1
    assert won
    assert all(isinstance(r, Conflict | Refused) for r in lost), lost
    assert len(entries(matter)) == 1 + len(won)
    assert faults() == []


def test_neighbours_who_meet_it_at_the_same_moment_are_each_counted_once(committed_cast: Cast) -> None:
    cast = committed_cast
    matter = raised(cast)
    others = [resident_at(cast, f"neighbour{n}") for n in range(3)]

    results = at_once([lambda who=who: add_me_too(actor=who, matter_id=matter.pk, now=NOW) for who in others for _twice in range(2)])

    assert all(isinstance(r, Matter) for r in results), results
    matter.refresh_from_db()
    assert matter.me_too == 3
    assert Party.objects.filter(matter=matter, role="me_too").count() == 3
    assert faults() == []


# --- tampering ------------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        {"at": NOW - timedelta(hours=1)},
        {"account_id": None},
        {"unit_id": None},
        {"who": "别的单位"},
        {"verb": "accept"},
        {"public": False},
        {"text": "从来没有这样说过"},
        {"text": ""},
        {"salt": b"0123456789abcdef"},
        {"text_digest": "sha256:00"},
        {"facts": {"from": "raised", "to": "accepted"}},
        {"hash": "sha256:" + "0" * 64},
        {"text": "", "redacted_at": NOW},
        {"redacted_at": NOW},
    ],
    ids="+".join,
)
def test_an_edited_entry_is_named_whatever_was_edited(cast: Cast, change: dict[str, Any]) -> None:
    matter, other = in_progress(cast), resolved(cast, title="另一件")
    handling.answer(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="正在修")
    assert faults() == []

    Entry.objects.filter(matter=matter, seq=4).update(**change)

    found = faults()
    assert ("edited", matter.ref, 4) in {(f.kind, f.matter, f.seq) for f in found}
    assert other.ref not in {f.matter for f in found}


def test_a_sequence_number_that_was_changed_is_named(cast: Cast) -> None:
    matter = resolved(cast)

    Entry.objects.filter(matter=matter, seq=4).update(seq=9)

    assert {"removed", "edited", "inserted"} & kinds(matter)


@pytest.mark.parametrize(("gone", "named"), [([1], 1), ([2], 2), ([2, 3], 2), ([4], 4), ([3, 4], 3)])
def test_a_removed_entry_is_named(cast: Cast, gone: list[int], named: int) -> None:
    matter = resolved(cast)

    Entry.objects.filter(matter=matter, seq__in=gone).delete()

    assert [(f.kind, f.matter, f.seq) for f in faults()] == [("removed", matter.ref, named)]


def test_a_timeline_that_is_gone_altogether_is_named(cast: Cast) -> None:
    matter = resolved(cast)

    Entry.objects.filter(matter=matter).delete()

    assert [(f.kind, f.matter) for f in faults()] == [("removed", matter.ref)]


def test_closing_the_gap_after_a_removal_is_named(cast: Cast) -> None:
    matter = resolved(cast)
    Entry.objects.filter(matter=matter, seq=2).delete()
    for seq in (3, 4):
        Entry.objects.filter(matter=matter, seq=seq).update(seq=seq - 1)
    Matter.objects.filter(pk=matter.pk).update(entry_count=3)

    assert {"edited", "inserted"} <= kinds(matter)


def test_two_entries_changed_in_order_are_named(cast: Cast) -> None:
    matter = resolved(cast)
    for seq, to in ((2, 99), (3, 2), (99, 3)):
        Entry.objects.filter(matter=matter, seq=seq).update(seq=to)

    assert {(f.kind, f.seq) for f in faults(matter)} >= {("reordered", 2), ("edited", 2), ("edited", 3)}


def forged(matter: Matter, seq: int, previous: str, text: str = "编的") -> Entry:
    """An entry whose own hash is right."""
    entry = Entry(matter=matter, seq=seq, at=NOW, who="编的", verb="answer", text=text, salt=b"s" * 16, previous_hash=previous, facts={})
    entry.text_digest = text_digest(text, b"s" * 16)
    entry.hash = entry_hash(previous, chained_fields(entry))
    return entry


def test_an_entry_put_in_between_is_named(cast: Cast) -> None:
    matter = resolved(cast)
    Entry.objects.filter(matter=matter, seq=4).update(seq=5)
    Entry.objects.filter(matter=matter, seq=3).update(seq=4)
    forged(matter, 3, entries(matter)[1].hash).save()
    Matter.objects.filter(pk=matter.pk).update(entry_count=5)

    assert {"edited"} <= kinds(matter)


def test_an_entry_put_at_the_end_is_named(cast: Cast) -> None:
    matter = resolved(cast)
    forged(matter, 5, matter.head_hash).save()

    assert ("inserted", 5) in {(f.kind, f.seq) for f in faults(matter)}


def test_an_entry_of_no_matter_is_named(cast: Cast) -> None:
    matter = resolved(cast)

    found = list(verify_timelines(Matter.objects.none(), Entry.objects.filter(matter=matter)))

    assert [f.kind for f in found] == ["inserted"]


def test_a_head_that_does_not_fit_is_named(cast: Cast) -> None:
    matter = resolved(cast)
    Matter.objects.filter(pk=matter.pk).update(head_hash="sha256:" + "0" * 64)

    assert kinds(matter) == {"head"}


def test_a_tail_forged_together_with_the_head_is_caught_by_the_published_day(cast: Cast) -> None:
    matter = resolved(cast)
    publish_root(NOW + DAY)
    last, before = entries(matter)[3], entries(matter)[2]

    false = forged(matter, 4, before.hash, "根本没修")
    Entry.objects.filter(pk=last.pk).update(
        who=false.who, verb=false.verb, text=false.text, salt=false.salt, text_digest=false.text_digest, facts=false.facts,
        account_id=None, unit_id=None, public=True, at=NOW, hash=false.hash,
    )  # fmt: skip
    Matter.objects.filter(pk=matter.pk).update(head_hash=false.hash)

    assert faults() == []  # the matter's own chain is consistent again …
    assert [f.kind for f in verify_days()] == ["day"]  # … but not with what was published


def test_a_text_taken_out_by_law_leaves_the_chain_whole(cast: Cast) -> None:
    matter = in_progress(cast, body="我家电话 13800138001，张三说的")
    entry = entries(matter)[0]
    publish_root(NOW + DAY)

    found = redact(actor=cast.inside["security_admin"], entry_id=entry.pk, reason="个人信息保护法 47", now=NOW + DAY)

    assert (found.text, bytes(found.salt)) == ("", b"")
    assert found.redacted_at is not None
    assert faults() == []
    assert list(verify_days()) == []
    matter.refresh_from_db()
    assert matter.body == matter.public_body == ""
    assert entries(matter)[-1].facts == {"seq": 1}


def test_words_put_back_after_they_were_taken_out_are_named(cast: Cast) -> None:
    matter = in_progress(cast)
    redact(actor=cast.inside["security_admin"], entry_id=entries(matter)[0].pk, reason="依法", now=NOW)

    Entry.objects.filter(matter=matter, seq=1).update(text="别的话")

    assert ("edited", 1) in {(f.kind, f.seq) for f in faults(matter)}


@pytest.mark.parametrize("who", ["community_worker", "street_officer", "system_admin", "auditor", "resident"])
def test_nobody_else_takes_words_out(cast: Cast, who: str) -> None:
    matter = raised(cast)

    with pytest.raises(Refused):
        redact(actor=cast.inside[who], entry_id=entries(matter)[0].pk, reason="依法", now=NOW)

    assert entries(matter)[0].text


# --- the days ---------------------------------------------------------------------------------------------------------------------------------
def test_days_are_chained_published_and_cover_every_entry_once(cast: Cast) -> None:
    resolved(cast)
    assert publish_root(NOW + DAY) == 1
    assert publish_root(NOW + DAY) == 0
    resolved(cast, title="第二天的事", now=NOW + DAY)
    assert publish_root(NOW + 2 * DAY) == 1
    assert publish_root(NOW + 3 * DAY) == 0  # nothing new happened

    first, second = DayRoot.objects.all()

    assert (first.day, second.day) == (NOW.date(), (NOW + DAY).date())
    assert second.previous_hash == first.hash
    assert second.first_entry == first.last_entry + 1
    assert first.count + second.count == Entry.objects.count()
    assert list(verify_days()) == []
    notice = Notice.objects.get(pk=second.notice_id)
    assert notice.facts["root"] == second.root
    assert second.root in notice.body


@pytest.mark.parametrize(
    "change",
    [{"root": "sha256:" + "0" * 64}, {"count": F("count") + 1}, {"previous_hash": "sha256:00"}, {"hash": "sha256:" + "0" * 64}],
    ids=lambda c: next(iter(c)),
)
def test_an_edited_day_is_named(cast: Cast, change: dict[str, Any]) -> None:
    resolved(cast)
    publish_root(NOW + DAY)
    resolved(cast, title="第二天的事", now=NOW + DAY)
    publish_root(NOW + 2 * DAY)

    DayRoot.objects.filter(day=NOW.date()).update(**change)

    assert NOW.date().isoformat() in {f.matter for f in verify_days()}


def test_an_entry_removed_with_its_whole_matter_is_missed_by_the_day(cast: Cast) -> None:
    matter = resolved(cast)
    raised(cast, title="别的事")
    publish_root(NOW + DAY)

    Entry.objects.filter(matter=matter, seq=4).delete()
    Matter.objects.filter(pk=matter.pk).update(entry_count=3, head_hash=entries(matter)[2].hash)

    assert faults() == []
    assert [f.kind for f in verify_days()] == ["day"]


# --- the command line -----------------------------------------------------------------------------------------------------------------------
def test_the_command_ends_with_0_when_all_is_well(cast: Cast) -> None:
    resolved(cast)
    publish_root(NOW + DAY)

    done = CliRunner().invoke(verify_command, ["timeline"])

    assert done.exit_code == 0, done.output
    assert "1 件事" in done.output


def test_the_command_ends_with_1_and_names_the_entry(cast: Cast) -> None:
    matter, other = resolved(cast), resolved(cast, title="别的")
    Entry.objects.filter(matter=matter, seq=3).update(who="别人")

    done = CliRunner().invoke(verify_command, ["timeline"])

    assert done.exit_code == 1
    assert f"{matter.ref} #3  [edited]" in done.output
    assert other.ref not in done.output
    assert CliRunner().invoke(verify_command, ["timeline", "--ref", matter.ref]).exit_code == 1
    assert CliRunner().invoke(verify_command, ["timeline", "--ref", other.ref]).exit_code == 0


def test_the_database_itself_keeps_one_entry_for_each_number(cast: Cast) -> None:
    matter = resolved(cast)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM (SELECT matter_id, seq FROM matters_entry GROUP BY matter_id, seq HAVING COUNT(*) > 1) AS twice"
        )
        assert cursor.fetchone() == (0,)
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        forged(matter, 4, "").save()
