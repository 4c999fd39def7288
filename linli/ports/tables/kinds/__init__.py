"""The six kinds of sheets, by the name the command line uses."""

from __future__ import annotations

from linli.kernel.access.refusals import NotFound
from linli.ports.tables.columns import Kind
from linli.ports.tables.kinds.homes import HOMES
from linli.ports.tables.kinds.places import PLACES
from linli.ports.tables.kinds.requests import REQUESTS
from linli.ports.tables.kinds.residents import RESIDENTS
from linli.ports.tables.kinds.staff import STAFF
from linli.ports.tables.kinds.venues import VENUES

KINDS: dict[str, Kind] = {kind.code: kind for kind in (PLACES, HOMES, RESIDENTS, STAFF, REQUESTS, VENUES)}


def kind_named(code: str) -> Kind:
    """Raises NotFound for a kind there is not."""
    if code not in KINDS:
        raise NotFound("no_kind", f"{code}: {', '.join(KINDS)}")
    return KINDS[code]
