"""The Desk's pages of ballots: set up, run, deliver, paper, phone, proxies, conflicts, prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any, Final, ParamSpec, Protocol

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.files.actions import store_paper, store_picture
from linli.kernel.files.models import StoredFile
from linli.kernel.matters import desk
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.rolls.desk_rows import masked
from linli.kernel.rolls.models import Voter
from linli.kernel.rolls.wording import name_of
from linli.loops.council.ballots.actions.setting_up import ballot_of
from linli.loops.council.ballots.models import Ballot, State

LARGEST: Final = 2**63 - 1
TONES: Final = {
    State.DRAFT: "gold",
    State.ANNOUNCED: "blue",
    State.OPEN: "green",
    State.CLOSED: "gold",
    State.COUNTED: "plain",
    State.ABANDONED: "plain",
}
P = ParamSpec("P")


class _Page(Protocol[P]):
    def __call__(self, request: HttpRequest, ballot: Ballot, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase: ...


def of_ballot(verb: str) -> Callable[[_Page[P]], Any]:
    """A page of one ballot for whoever may do `verb` at its place: fetched and allowed in one step, never kept in a cache."""

    def wrap(view: _Page[P]) -> Any:
        @desk.at_desk
        @wraps(view)
        def page(request: HttpRequest, ballot_id: int, *args: P.args, **kwargs: P.kwargs) -> Any:
            found = ballot_of(worker_and_now(request)[0], min(ballot_id, LARGEST), verb)
            return view(request, found, *args, **kwargs)

        return page

    return wrap


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def to(name: str, *args: Any, query: str = "") -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"ballots_desk:{name}", args=args) + query)


def voter_words(voter: Voter) -> str:
    """As the Desk lists a voter: people masked, companies as they are."""
    return masked(voter.name) if voter.name and not voter.organisation else name_of(voter)


def door_of(voter: Voter) -> str:
    """Where to find them: the first door, and how many more."""
    return voter.door or voter.organisation or voter_words(voter)


def kept(actor: Actor, upload: Any, now: datetime) -> StoredFile | None:
    """A picture or document sent with a form, stored; None when there is none. Raises Invalid for what is neither."""
    return store_paper(actor=actor, upload=upload, name=upload.name or "photo", now=now) if upload else None


def kept_scan(actor: Actor, upload: Any, now: datetime) -> StoredFile | None:
    """A picture of a paper ballot, which the page draws; a document is refused."""
    return store_picture(actor=actor, upload=upload, name=upload.name or "photo", now=now) if upload else None


def seqs_of(values: Iterable[str]) -> list[int]:
    """Numbers on the roll ticked in a list, each once."""
    return sorted({n for value in values if 0 < (n := number(value)) < 2**31})


def photo_as(problem: Invalid, name: str) -> Invalid:
    """A refused file stands at the field it was sent with."""
    fields = {(name if key == "photo" else key): texts for key, texts in problem.fields.items()}
    return Invalid(problem.code, problem.text, fields=fields)
