"""
Proof that the timeline is as it was written: every entry against its chain, every chain against its matter, every day against
its published root.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access.tongue import in_place_language
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import DayRoot, Entry, Matter
from linli.kernel.matters.turn import chained_fields, hash_suite
from linli.kernel.notices.models import Notice
from linli.lib.chain import entry_hash, merkle_root, text_digest


@dataclass(frozen=True)
class Fault:
    """What is wrong (edited, removed, inserted, reordered, head, day), where, and in words."""

    kind: str
    matter: str
    seq: int | None
    text: str


def verify_timelines(matters: QuerySet[Matter] | None = None, entries: QuerySet[Entry] | None = None) -> Iterator[Fault]:
    """
    Every fault in the timelines of `matters` (all when None), matter by matter. `entries` are those to look at: by default the
    entries of these matters. An honest timeline gives nothing.
    """
    chosen = Matter.objects.all() if matters is None else matters
    heads = {row[0]: row for row in chosen.values_list("pk", "entry_count", "head_hash", "kind")}
    if entries is None:
        entries = Entry.objects.all() if matters is None else Entry.objects.filter(matter__in=chosen)
    seen = set()
    for matter_id, group in groupby(entries.order_by("matter_id", "seq").iterator(chunk_size=2000), key=lambda e: e.matter_id):
        seen.add(matter_id)
        yield from _chain_faults(list(group), heads.get(matter_id))
    for matter_id, (_pk, count, _head, kind) in heads.items():
        if matter_id not in seen:
            yield Fault("removed", Matter(pk=matter_id, kind=kind).ref, None, _("应有 %(count)s 条记录，一条也没有了") % {"count": count})


def _chain_faults(entries: list[Entry], head: tuple[Any, ...] | None) -> Iterator[Fault]:
    if head is None:
        yield Fault("inserted", str(entries[0].matter_id), entries[0].seq, _("记录所属的事项不存在"))
        return
    matter_id, count, head_hash, kind = head
    ref, expected_seq, previous = Matter(pk=matter_id, kind=kind).ref, 1, ""
    hashes = {e.hash for e in entries}
    taken_out = {e.facts.get("seq") for e in entries if e.verb == "redact"}
    for entry in entries:
        if entry.seq != expected_seq:
            gone = f"{expected_seq}" if entry.seq == expected_seq + 1 else f"{expected_seq}-{entry.seq - 1}"
            yield Fault("removed", ref, expected_seq, _("第 %(seq)s 条记录不见了") % {"seq": gone})
        elif entry.previous_hash != previous:
            kind_of = "reordered" if entry.previous_hash in hashes else "inserted"
            yield Fault(kind_of, ref, entry.seq, _("第 %(seq)s 条记录接不上前一条：被插入或调换过次序") % {"seq": entry.seq})
        if not _intact(entry) or (entry.redacted_at is not None and entry.seq not in taken_out):
            yield Fault("edited", ref, entry.seq, _("第 %(seq)s 条记录（%(verb)s，%(at)s）被改动过") % _naming(entry))
        expected_seq, previous = entry.seq + 1, entry.hash
    if entries[-1].seq < count:
        yield Fault("removed", ref, entries[-1].seq + 1, _("末尾少了 %(n)s 条记录") % {"n": count - entries[-1].seq})
    elif entries[-1].seq > count:
        yield Fault("inserted", ref, count + 1, _("末尾多出 %(n)s 条记录") % {"n": entries[-1].seq - count})
    elif entries[-1].hash != head_hash:
        yield Fault("head", ref, entries[-1].seq, _("末条记录与事项上登记的存证值不符"))


def _naming(entry: Entry) -> dict[str, Any]:
    return {"seq": entry.seq, "verb": entry.verb, "at": entry.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")}


def _intact(entry: Entry) -> bool:
    suite = entry.hash.partition(":")[0] or "sha256"
    if entry_hash(entry.previous_hash, chained_fields(entry), suite) != entry.hash:
        return False
    if entry.redacted_at is not None:
        return not entry.text
    return (text_digest(entry.text, bytes(entry.salt), suite) if entry.text else "") == entry.text_digest


def publish_root(now: datetime) -> int:
    """
    Once a day, make and publish the root over everything recorded since the last one; returns 1, or 0 when there is nothing to do.

    Roots cover ranges of entry numbers, in the order of recording, so that a replay with earlier times is covered too.
    """
    day = now.astimezone(ZONE).date() - timedelta(days=1)
    last = DayRoot.objects.order_by("-day").first()
    if last is not None and last.day >= day:
        return 0
    covered = last.last_entry if last else 0
    hashes = _hashes(covered, _cut())  # nobody who writes waits while this is read: after an import it takes long
    if not hashes:
        return 0
    with transaction.atomic():
        if DayRoot.objects.order_by("-day").select_for_update().first() != last:
            return 0  # another worker was faster
        _publish(day, covered, hashes, last, now)
    return 1


def _cut() -> int:
    """The highest entry number below which none is still to come."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # Numbers are drawn before they are committed; waiting for the writers at work leaves none behind the cut.
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE matters_entry IN SHARE MODE")
        return Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _hashes(after: int, up_to: int) -> list[tuple[int, str]]:
    return list(Entry.objects.filter(pk__gt=after, pk__lte=up_to).order_by("pk").values_list("pk", "hash"))


@in_place_language()
def _publish(day: date, covered: int, hashes: list[tuple[int, str]], last: DayRoot | None, now: datetime) -> DayRoot:
    suite = hash_suite()
    root = merkle_root([h for _pk, h in hashes], suite)
    facts = {"day": day.isoformat(), "count": len(hashes), "root": root}
    made = DayRoot.objects.create(
        day=day,
        first_entry=covered + 1,
        last_entry=hashes[-1][0],
        count=len(hashes),
        root=root,
        previous_hash=last.hash if last else "",
        hash=entry_hash(last.hash if last else "", facts, suite),
        made_at=now,
    )
    notice = Notice.objects.create(
        kind="day_root",
        title=_("%(day)s 办理记录存证") % facts,
        body=_("截至这一天新增 %(count)s 条办理记录，存证值为 %(root)s。其中任何一条事后被改动、删除、插入或调换次序，都会与它不符。")
        % facts,
        facts={**facts, "previous": made.previous_hash, "hash": made.hash},
        published_at=now,
    )
    made.notice_id = notice.pk
    made.save(update_fields=["notice_id"])
    return made


def verify_days() -> Iterator[Fault]:
    """Every published day against today's records, and the chain of days against itself."""
    previous = ""
    for root in DayRoot.objects.all():
        facts = {"day": root.day.isoformat(), "count": root.count, "root": root.root}
        suite = root.hash.partition(":")[0]
        if root.previous_hash != previous or entry_hash(previous, facts, suite) != root.hash:
            yield Fault("day", root.day.isoformat(), None, _("%(day)s 的存证被改动过") % facts)
        hashes = [h for _pk, h in _hashes(root.first_entry - 1, root.last_entry)]
        if len(hashes) != root.count or merkle_root(hashes, suite) != root.root:
            yield Fault(
                "day",
                root.day.isoformat(),
                None,
                _("%(day)s 的记录与公示的存证不符（公示时 %(count)s 条，现在 %(now)s 条）") % {**facts, "now": len(hashes)},
            )
        previous = root.hash
