"""The exit rule: years in a row below the satisfaction asked for raise a matter by themselves, once for each case (S3 3.4)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor, system
from linli.kernel.access.tongue import in_place_language
from linli.kernel.matters.opening import start_new
from linli.loops.venues import rules
from linli.loops.venues.models import ExitCase, State, Venue
from linli.loops.venues.standing import own_in_force, standards_at, today_of, yearly
from linli.web.words import percent

KIND = "request"
BATCH = 200


def raise_due(now: datetime) -> int:
    """Look at every venue in use and raise what the rule asks for; returns how many cases are new. Safe to run twice, and at once by two."""
    today, after, made = today_of(now), 0, 0
    own = own_in_force(today)
    while True:
        found = list(Venue.objects.filter(state=State.IN_USE, pk__gt=after).select_related("place").order_by("pk")[:BATCH])
        if not found:
            return made
        after, years = found[-1].pk, yearly(found, today)
        for venue in found:
            complete = [(number, year) for number, year in years.get(venue.pk, []) if number < today.year]
            terms = rules.terms_of(standards_at(venue.place.path, own))
            if rules.exit_case(complete, terms):
                made += raise_case(venue.pk, complete, terms, now)


@transaction.atomic
def raise_case(venue_id: int, years: list[tuple[int, rules.Yearly]], terms: rules.ExitTerms, now: datetime) -> int:
    """Raise the matter of one venue, unless the years that make the case were counted before. Returns 1 or 0."""
    venue = Venue.objects.select_for_update(of=("self",)).select_related("place").get(pk=venue_id)
    last = ExitCase.objects.filter(venue=venue).order_by("-last_year").values_list("last_year", flat=True).first() or 0
    case = rules.exit_case(years, terms, last)
    if not case:
        return 0
    said = {number: year for number, year in years if number in case}
    with in_place_language():
        matter = start_new(
            actor=_house(), kind=KIND, place=venue.place, title=title_of(venue, case), body=body_of(venue, said, terms), now=now
        )
    facts = {str(number): [year.satisfied, year.answers] for number, year in said.items()}
    ExitCase.objects.create(venue=venue, first_year=case[0], last_year=case[-1], matter=matter, facts=facts, opened_at=now)
    return 1


def _house() -> Actor:
    return system(_("系统"))


def title_of(venue: Venue, case: list[int]) -> str:
    return _("“%(name)s”连续 %(n)s 年满意率不达标，请整改或重新组织") % {"name": venue.name[:40], "n": len(case)}


def body_of(venue: Venue, said: dict[int, rules.Yearly], terms: rules.ExitTerms) -> str:
    lines = [
        _("%(year)s 年：%(answers)s 份评价，满意率 %(share)s。") % {"year": n, "answers": y.answers, "share": percent(y.share)}
        for n, y in said.items()
    ]
    lines.append(
        _("按退出规则，满意率连续 %(years)s 年低于 %(share)s，应当整改或者重新组织。")
        % {"years": terms.years, "share": percent(terms.threshold)}
    )
    lines.append(
        _("场地：%(place)s %(name)s（%(ref)s），页面：%(address)s")
        % {
            "place": venue.place.name,
            "name": venue.name,
            "ref": venue.ref,
            "address": f"{settings.PUBLIC_URL}/venues/{venue.pk}/",
        }
    )
    return "\n".join(lines)
