"""What the Square shows of ballots: which there are, one with its text, the voter's own share of the cost, whether a receipt is found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.insight.choice.shares import by_area, by_home
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.models import Visibility
from linli.kernel.matters.queries import matter_for
from linli.kernel.places.models import Place
from linli.kernel.rolls.models import VotingUnit
from linli.loops.council.ballots import money
from linli.loops.council.ballots.models import Ballot, SecretPaper, State, Vote
from linli.loops.council.ballots.money import OwnShare, Reckon
from linli.loops.council.motions.models import Text

PAGE = 20
COMING, OPEN, OVER = "coming", "open", "over"
_STATES = {COMING: (State.ANNOUNCED,), OPEN: (State.OPEN,), OVER: (State.CLOSED, State.COUNTED, State.ABANDONED)}


def _public() -> QuerySet[Ballot]:
    found = Ballot.objects.filter(motion__matter__visibility=Visibility.PUBLIC).exclude(state=State.DRAFT)
    return found.select_related("motion__matter", "roll__place")


def public_ballots(group: str, place: Place | None, *, before: int | None = None, limit: int = PAGE) -> list[Ballot]:
    """
    Announced, open or past ballots of the place, of those above and below it (everywhere without a place), the newest first. One query. An
    ended ballot whose window the worker has not closed yet counts as open until it is.
    """
    found = _public().filter(state__in=_STATES[group])
    if place is not None:
        found = found.filter(Q(roll__place_path__in=ancestors(place.path)) | Q(**subtree("roll__place_path", place.path)))
    return list((found.filter(pk__lt=before) if before else found).order_by("-pk")[:limit])


def ballot_for(actor: Actor, ballot_id: int) -> Ballot:
    """A ballot the reader may see: announced, of a motion they may read. One query for public ones. Raises NotFound."""
    found = Ballot.objects.exclude(state=State.DRAFT).select_related("motion__matter", "roll__place").filter(pk=ballot_id).first()
    if found is None:
        raise NotFound("no_ballot", _("没有找到这次表决。"))
    if found.motion.matter.visibility != Visibility.PUBLIC:
        matter_for(actor, found.motion_id)
    return found


def text_of(ballot: Ballot) -> Text | None:
    """The text that is voted on: the one frozen with the notice. One query."""
    return Text.objects.filter(motion_id=ballot.motion_id, number=ballot.frozen.get("text", 0)).first()


def options_of(ballot: Ballot, text: Text | None) -> list[dict[str, Any]]:
    """The options asked about; of yes or no what the text proposes, for their costs. Candidates have no cost, and some say nothing."""
    found = ballot.question.get("options") or (text.options if text else ())
    return [{"text": "", "cost_fen": None, **option} for option in found]


def own_shares(ballot: Ballot, options: list[dict[str, Any]], units: Sequence[VotingUnit]) -> list[OwnShare]:
    """One row an option with a cost; empty where nobody knows how it is shared. Two queries at most, as neither a plan nor a roll changes."""
    return shares_by(ballot, options)(units)


def shares_by(ballot: Ballot, options: list[dict[str, Any]]) -> Reckon:
    """What reckons the shares of any voter of the ballot: a plan its text came from, else as the question says, by area or by home."""
    if (planned := money.reckoned_by(ballot, options)) is not None:
        return planned
    by = ballot.question.get("share_by", "")
    if not by or not ballot.roll.has_area:
        return lambda units: []
    return lambda units: [
        OwnShare(o.get("code", ""), o["title"], cost, sum(_split(ballot.roll_id, by, int(cost)).get(unit.pk, 0) for unit in units))
        for o in options
        if (cost := o.get("cost_fen"))
    ]


@lru_cache(maxsize=32)
def _split(roll_id: int, by: str, cost_fen: int) -> dict[int, int]:
    """Fen by unit, adding up to the cost. Parking spaces pay no share by home."""
    units = VotingUnit.objects.filter(roll_id=roll_id).order_by("pk").values_list("pk", "area", "kind")
    weights = {str(pk): area for pk, area, kind in units if by == "area" or kind != VotingUnit.Kind.PARKING}
    made = by_area(cost_fen, weights) if by == "area" else by_home(cost_fen, list(weights))
    return {int(pk): share.fen for pk, share in made.items()}


def find_receipt(ballot: Ballot, code: str) -> str:
    """
    What became of the vote with this receipt: "stands", "replaced", "conflict", "late", "void"; "unknown" when there is none; "sealed" while
    a secret ballot is not counted. One query.
    """
    wanted = "".join(code.split()).lower()[:80]
    if ballot.is_secret:
        if ballot.state != State.COUNTED:
            return "sealed"
        return "stands" if wanted and SecretPaper.objects.filter(ballot=ballot, tag=wanted).exists() else "unknown"
    found = Vote.objects.filter(ballot=ballot, receipt=wanted).values_list("state", flat=True).first() if wanted else None
    return found or "unknown"
