"""Papers of a case: whose they are, what they choose, and which do not count (late, or through a proxy who may not)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from linli.insight.choice.reading import Reader
from linli.insight.choice.tally import CHOICES
from linli.law.reasons import Reason
from linli.law.voting import Place
from linli.lib.units import parse_instant

_HAN: Final = {"同意": "agree", "反对": "against", "弃权": "abstain", "无效": "invalid", "object": "against"}
_PROXY_KEYS: Final = {"holder", "mandate", "instructions", "property_staff"}
_BALLOT_KEYS: Final = {"owner", "unit", "voter", "member", "choice", "channel", "at", "late", "proxy", "note", "id"}
Paper = tuple[str, str, int]


def read_papers(reader: Reader, given: Any, place: Place, by_unit: Mapping[str, str], closes: Any) -> tuple[list[Paper], list[Reason]]:
    """Papers that count, each with its path, owner and choice; and what was said about those that do not."""
    closing = reader.calling("$.closes_at", lambda: parse_instant(closes)) if closes is not None else None
    kept: list[Paper] = []
    proxied: list[tuple[str, str, int, Mapping[str, Any]]] = []
    late = 0
    for path, row in _rows(reader, given):
        reader.only(path, row, _BALLOT_KEYS, strict=False)
        owner = _owner(reader, path, row, by_unit)
        word = row.get("choice")
        choice = CHOICES[reader.word(f"{path}.choice", _HAN.get(word, word) if isinstance(word, str) else word, CHOICES)]
        if row.get("late") is not None and reader.flag(f"{path}.late", row["late"]):
            late += 1
            continue
        if closing and row.get("at") is not None:
            at = reader.calling(f"{path}.at", lambda row=row: parse_instant(row["at"]))  # type: ignore[misc]
            if at and at >= closing:
                late += 1
                continue
        where = f"{path}.owner"
        if row.get("proxy") is None:
            kept.append((where, owner, choice))
        else:
            proxied.append((where, owner, choice, _proxy(reader, path, row["proxy"])))
    allowed, held = _proxies(proxied, place)
    said = [Reason("late_not_counted", {"ballots": late})] if late else []
    said += [Reason("proxy_limit_held", {"ballots": held})] if held else []
    return [*kept, *allowed], said


def _rows(reader: Reader, given: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Papers of the list form, or of {owner: choice} and {owner: [choice, choice]}."""
    if isinstance(given, Mapping):
        for owner, value in given.items():
            for choice in value if isinstance(value, list) else [value]:
                yield f"$.ballots.{owner}", {"owner": owner, "choice": choice}
        return
    for number, row in enumerate(reader.listing("$.ballots", given)):
        if (item := reader.mapping(f"$.ballots[{number}]", row)) is not None:
            yield f"$.ballots[{number}]", item


def _owner(reader: Reader, path: str, row: Mapping[str, Any], by_unit: Mapping[str, str]) -> str:
    named = next((row[key] for key in ("owner", "voter", "member") if row.get(key) is not None), None)
    if named is None and row.get("unit") is not None:
        unit = reader.text(f"{path}.unit", row["unit"])
        if unit and unit not in by_unit:
            reader.wrong(
                f"{path}.unit", "unknown_unit", "名册上没有这套房屋，请核对编号。", "There is no such unit on the roll; check the id."
            )
        return by_unit.get(unit, "")
    return reader.text(f"{path}.owner", named)


def _proxy(reader: Reader, path: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        return {"holder": reader.text(f"{path}.proxy", given)}
    reader.only(f"{path}.proxy", given, _PROXY_KEYS)
    for key in ("mandate", "instructions", "property_staff"):
        if key in given:
            reader.flag(f"{path}.proxy.{key}", given[key])
    return {**given, "holder": reader.text(f"{path}.proxy.holder", given.get("holder"))}


def _proxies(papers: list[tuple[str, str, int, Mapping[str, Any]]], place: Place) -> tuple[list[Paper], int]:
    """
    Papers through a proxy that count here. A holder with too many principals loses all of them, for nothing but the order could tell
    which are too many, and the order must not matter.
    """
    most = place.days("proxy_principals_max")
    instructed, staff = place.is_set("proxy_instructions_per_topic"), place.setting("proxy_property_staff")
    principals: dict[str, set[str]] = {}
    for _path, owner, _choice, proxy in papers:
        principals.setdefault(proxy["holder"], set()).add(owner)
    kept, held = [], 0
    for path, owner, choice, proxy in papers:
        too_many = most is not None and len(principals[proxy["holder"]]) > most
        lacking = proxy.get("mandate") is False or (instructed and proxy.get("instructions") is False)
        barred = staff is not None and staff.value is False and proxy.get("property_staff") is True
        if too_many or lacking or barred:
            held += 1
        else:
            kept.append((path, owner, choice))
    return kept, held
