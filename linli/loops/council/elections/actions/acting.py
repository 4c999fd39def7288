"""Acting on an election: `linli.kernel.matters.held`, with what only an election has."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.held import Held, Kind, holding
from linli.loops.council.elections import rules
from linli.loops.council.elections.models import Candidate, Election, Line
from linli.loops.council.elections.reading import may_read

OWN = frozenset({"election.nominate", "election.consent", "election.object"})


@dataclass
class Acting(Held[Election, Line]):
    """A locked election for the time of one act."""

    kind = Kind(
        name="election",
        model=Election,
        line=Line,
        may_read=may_read,
        why_not=rules.why_not,
        missing=gettext_lazy("没有找到这次选举。"),
        changed=gettext_lazy("您打开以后，别人改过这次选举。请看看新的情况再改。"),
    )

    @property
    def election(self) -> Election:
        return self.thing

    def candidate(self, candidate_id: int) -> Candidate:
        found = Candidate.objects.select_related("home", "person").filter(election=self.election, pk=candidate_id).first()
        if found is None:
            raise NotFound("no_candidate", _("这次选举里没有这位候选人。"))
        return found


def acting(
    actor: Actor, election_id: int, verb: str, now: datetime, *, permission: str, own: bool = False, once: str = "", seen: int | None = None
) -> AbstractContextManager[Acting]:
    """
    Lock the election and let the body change it; `verb` is looked up in `rules.ALLOWED`. `own` says that the actor acts for themselves.

    Raises NotFound, NotAllowed, Conflict when it changed since `seen`, or Refused when the election is not where `verb` may be done.
    """
    itself = own and permission in OWN
    return holding(Acting, actor, election_id, verb, now, permission=permission, own=lambda _election: itself, once=once, seen=seen)
