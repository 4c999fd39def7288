"""What the notices of a held thing (`held.py`) share: their parts in the official pattern, and the sheet that is printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest

from linli.kernel.notices.models import Notice
from linli.kernel.notices.official import Official, Paper
from linli.kernel.places.models import Place
from linli.kernel.places.queries import phone_of
from linli.law.periods import Period


class Thing(Protocol):
    """What has notices of its own: a draw, an election, a meeting."""

    pk: Any
    title: Any
    place: Any


@dataclass(frozen=True)
class Pattern:
    """
    How a room's notices are made. `form` is its form and its address ("draw" lives under /draws/); `headings` are lazy titles by step, with
    %(title)s; of the step `objected` one may object, and `object_to` (lazy, with %(where)s) says how.
    """

    form: str
    headings: Mapping[str, Any]
    objected: str
    object_to: Any

    def of(self, thing: Thing, step: str, days: Period | None = None) -> Official:
        """The parts of a notice beside its title and text. Raises KeyError for a step that has none."""
        return Official(
            form=self.form,
            heading=self.headings[step] % {"title": thing.title},
            days=days,
            object_to=self.object_to % {"where": thing.place.name} if step == self.objected else "",
            link=f"/{self.form}s/{thing.pk}/",
        )


def newest_notice(lines: type[Model], kind: str, thing: Model, verb: str) -> Notice | None:
    """The newest notice that act left, found through the record. Two queries at most."""
    line: Any = lines._default_manager.filter(**{kind: thing}, verb=verb).order_by("-seq").first()
    return Notice.objects.filter(pk=line.facts.get("notice")).first() if line else None


def sheet(request: HttpRequest, paper: Paper | None, place: Place, address: str, *, sent: bool) -> dict[str, Any]:
    """What the printed sheet shows (`notices/sheet.html`): A4, or the A3 poster that was asked for; one not `sent` says that it is a draft."""
    return {
        "paper": paper,
        "sent": sent,
        "place": place.name,
        "size": "a3" if request.GET.get("size") == "a3" else "a4",
        "paper_url": f"{settings.PUBLIC_URL}{address}",
        "paper_issuer": place.name,
        "paper_phone": phone_of(place),
        "back_href": address,
    }
