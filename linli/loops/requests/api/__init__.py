"""
Requests in JSON: thin over actions and queries; what the page cannot do, this cannot either.

Rooms: `shapes` (what is said), `inputs` (what is told), `reading`, `rates`, `raising`, `moves`; all hang on the router of `door`. The order matters:
`/requests/{ref}` of `moves` would otherwise take the other addresses under `/requests/` for references.
"""

from linli.loops.requests.api.door import router, who
from linli.loops.requests.api.inputs import Latitude, Longitude
from linli.loops.requests.api.shapes import FileOut, PlaceBrief, UnitBrief, place_out, stored_out, utc

from linli.loops.requests.api import reading, rates, raising  # isort: skip
from linli.loops.requests.api.moves import VERBS  # isort: skip

__all__ = [
    "VERBS",
    "FileOut",
    "Latitude",
    "Longitude",
    "PlaceBrief",
    "UnitBrief",
    "place_out",
    "raising",
    "rates",
    "reading",
    "router",
    "stored_out",
    "utc",
    "who",
]
