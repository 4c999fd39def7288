"""A map as plain values that fit into JSON, and back: what is kept of a conversation between two computations. No person."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from linli.insight.groups.told import Chosen, Counts, Group, OpinionMap, Representative, Shared, Space, Steadiness


def kept(told: OpinionMap) -> dict[str, Any]:
    """`told` without anything that is no number, text, list or mapping of texts."""
    found = asdict(told)
    found["chosen"]["by_number"] = {str(n): mean for n, mean in told.chosen.by_number.items()}
    if told.space is not None:
        # Five places are a hundredth of a pixel.
        found["space"]["means"] = [round(value, 5) for value in told.space.means]
        found["space"]["axes"] = [[round(value, 5) for value in axis] for axis in told.space.axes]
    return found


def told_of(data: dict[str, Any]) -> OpinionMap:
    """What `kept` was made of. Raises KeyError or TypeError for what was not written by it."""
    space, chosen = data["space"], dict(data["chosen"])
    chosen["by_number"] = {int(n): mean for n, mean in chosen["by_number"].items()}
    chosen["steadiness"] = Steadiness(**chosen["steadiness"])
    return OpinionMap(
        **{
            **data,
            "statements": tuple(data["statements"]),
            "groups": tuple(_group(row) for row in data["groups"]),
            "shared": tuple(Shared(**{**row, "by_group": tuple(Counts(*c) for c in row["by_group"])}) for row in data["shared"]),
            "space": None if space is None else Space(tuple(space["means"]), _axes(space["axes"]), space["exponent"]),
            "chosen": Chosen(**chosen),
        }
    )


def _axes(rows: list[list[float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    across, up = rows
    return tuple(across), tuple(up)


def _group(row: dict[str, Any]) -> Group:
    told = tuple(Representative(**{**one, "counts": Counts(*one["counts"])}) for one in row["representative"])
    return Group(row["name"], row["size"], (row["centre"][0], row["centre"][1]), told)
