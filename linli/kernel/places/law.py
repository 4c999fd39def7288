"""Which local rules hold at a place: by the statistical code of the place, or of the nearest place above it that has one."""

from __future__ import annotations

from linli.kernel.access.paths import ancestors
from linli.kernel.places.models import Place
from linli.law import voting


def place_rules(place: Place) -> voting.Place:
    """The jurisdiction as the rule packs know it; the nation where no place above has a code. One query at most."""
    if place.code.isdecimal():
        return voting.place_of_division(place.code)
    above = Place.objects.filter(path__in=ancestors(place.path)).exclude(code="").values_list("path", "code")
    coded = [(len(path), code) for path, code in above if code.isdecimal()]
    return voting.place_of_division(max(coded)[1] if coded else "")
