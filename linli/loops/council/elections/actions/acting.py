"""
The one way to act on an election: lock it, ask the table, ask the rules, change, write the record, move its version on.

A form sent twice carries the same mark `once`; the second time `repeated` is true and the action changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.notices.actions import Addressee, publish_notice, send
from linli.kernel.notices.models import Notice
from linli.lib.texts import clean
from linli.loops.council.elections import rules
from linli.loops.council.elections.models import Candidate, Election, Line
from linli.loops.council.elections.reading import may_read

OWN = frozenset({"election.nominate", "election.consent", "election.object"})


@dataclass
class Acting:
    """A locked election for the time of one act."""

    election: Election
    actor: Actor
    now: datetime
    once: str = ""
    repeated: bool = False
    lines: list[Line] = field(default_factory=list)

    def record(self, verb: str, **facts: Any) -> None:
        """One line of the record; facts are plain values, and none that may not be public."""
        self.election.line_count += 1
        self.lines.append(
            Line(
                election=self.election,
                seq=self.election.line_count,
                at=self.now,
                verb=verb,
                who=(self.actor.name or str(_("系统")))[:60],
                account_id=self.actor.account_id,
                channel=self.actor.channel,
                facts=facts,
                once="" if self.lines else self.once,
            )
        )

    def candidate(self, candidate_id: int) -> Candidate:
        found = Candidate.objects.select_related("home", "person").filter(election=self.election, pk=candidate_id).first()
        if found is None:
            raise NotFound("no_candidate", _("这次选举里没有这位候选人。"))
        return found

    def publish(self, title: str, body: str, **facts: Any) -> Notice:
        return publish_notice(
            actor=self.actor,
            place=self.election.place,
            title=title[:120],
            body=body,
            now=self.now,
            kind="matter",
            facts={"election": self.election.pk, **facts},
        )

    def tell(self, candidates: Iterable[Candidate], key: str, title: str, body: str) -> None:
        """A message to the applicants, each in the way they chose."""
        to = [Addressee(account_id=a.account_id, person=a.person) for a in candidates if a.person_id or a.account_id]
        send(
            to,
            key=f"election:{self.election.pk}:{key}",
            title=title,
            body=body,
            address=f"/elections/{self.election.pk}/",
            about=f"election {self.election.pk}",
            place_path=self.election.place_path,
            now=self.now,
        )


def needed(text: str, field_name: str, words: str, limit: int = 300) -> str:
    """A text that must be there, cleaned. Raises Invalid."""
    made = clean(text, limit)
    if len(made) < 2:
        raise Invalid("missing", words, fields={field_name: [words]})
    return made


@contextmanager
def acting(
    actor: Actor, election_id: int, verb: str, now: datetime, *, permission: str, own: bool = False, once: str = "", seen: int | None = None
) -> Iterator[Acting]:
    """
    Lock the election and let the body change it; `verb` is looked up in `rules.ALLOWED`. `own` says that the actor acts for themselves.

    Raises NotFound, NotAllowed, Conflict when it changed since `seen`, or Refused when the election is not where `verb` may be done.
    """
    with transaction.atomic():
        election = Election.objects.select_for_update(of=("self",)).select_related("place").filter(pk=election_id).first()
        if election is None or not may_read(actor, election):
            raise NotFound("no_election", _("没有找到这次选举。"))
        table.require(actor, permission, election.place_path, own=own and permission in OWN)
        act = Acting(election, actor, now, once[:40])
        if act.once and Line.objects.filter(election=election, once=act.once).exists():
            act.repeated = True
            yield act
            return
        if seen is not None and seen != election.version:
            raise Conflict("changed", _("您打开以后，别人改过这次选举。请看看新的情况再改。"))
        why = rules.why_not(verb, election.state)
        if why is not None:
            raise Refused("not_now", why, state=election.state)
        yield act
        if act.lines:
            election.version += 1
            election.save()
            Line.objects.bulk_create(act.lines)
