"""The indicators of the plans as data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from linli.law.packs import FOLDER
from linli.law.reading import content_of


@cache
def pack() -> Mapping[str, Mapping[str, Any]]:
    """Every indicator by its id, in the pack's order."""
    return {one["id"]: one for one in content_of(FOLDER / "indicators.yaml")["indicators"]}
