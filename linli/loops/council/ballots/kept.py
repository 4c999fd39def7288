"""
What is the same for every voter of an announced ballot is read once a process: rule, roll, question, window, secrecy. The database refuses to
change them (guard.py), and the hash of what was frozen says whether they are still those. What moves is asked anew at every vote, under
the ballot's lock: its state, its key, where its matter lies.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from django.db.models import Exists

from linli.kernel.access.prepared import NUMBER, Prepared
from linli.kernel.matters.models import Visibility
from linli.lib.remembered import Remembered
from linli.loops.council.ballots.models import Ballot, Proxy

_frozen: Remembered[Ballot] = Remembered(600, most=64)
_newest: Remembered[Ballot] = Remembered(600, most=64)
_moving: Prepared[tuple[Any, ...]] = Prepared(
    lambda ballot, person: (
        Ballot.objects.filter(pk=ballot)
        .annotate(holds=Exists(Proxy.objects.filter(ballot_id=ballot, holder_id=person, ended_at=None)))
        .values_list("state", "frozen_hash", "key", "motion__matter__place_path", "holds")
    ),
    ballot=NUMBER,
    person=NUMBER,
)


def ballot_now(ballot_id: int, person_id: int | None) -> tuple[Ballot, bool] | None:
    """
    The ballot as it stands at this moment, and whether the person holds an authority to vote for somebody in it; None for an unknown one. One
    query, or two for a draft and for the first who asks. Nothing but state, key and place is newer than the notice in it.
    """
    row = _moving.first(ballot=ballot_id, person=person_id or 0)
    if row is None:
        return None
    state, frozen_hash, key, path, holds = row
    if not frozen_hash:
        return _read(ballot_id), bool(holds)
    found = copy(_frozen.get((ballot_id, frozen_hash), lambda: _read(ballot_id)))
    found.state, found.key = state, key
    found.motion = copy(found.motion)
    found.motion.matter = copy(found.motion.matter)
    found.motion.matter.place_path = path
    public = found.motion.matter.visibility == Visibility.PUBLIC
    if public and _newest.get(ballot_id, lambda: found).frozen_hash != frozen_hash:
        _newest.forget()
    return found, bool(holds)


def asked_lately(ballot_id: int) -> Ballot | None:
    """
    The public ballot as somebody was asked it lately in this process, for reading what was sent. It may have been announced anew since: who
    acts on it compares `frozen_hash`.
    """
    try:
        return _newest.get(ballot_id, _nothing)
    except LookupError:
        return None


def _nothing() -> Ballot:
    raise LookupError


def _read(ballot_id: int) -> Ballot:
    return Ballot.objects.select_related("roll", "motion__matter").get(pk=ballot_id)
