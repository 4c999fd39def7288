"""
Rows from anywhere, made ready for a detector: each column read as what it is, and what cannot have happened put aside and named.

A row is any mapping. A moment is a datetime with its zone (or ISO text with it), a code any text, a number a whole number. Bad values are
refused with the number of the row; a clock that ran ahead is no bad value, it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final, Literal

from linli.insight.measure.detectors.suspicion import Key, Suspicion
from linli.insight.measure.periods import Period, period_of
from linli.insight.measure.problems import refuse
from linli.lib.units import SHANGHAI

Row = Mapping[str, Any]
Kind = Literal["key", "code", "moment", "number", "yes", "text"]
SKEW: Final = timedelta(minutes=5)
"""Clocks of two machines that differ by less say nothing."""
CLOCKS: Final = "clocks"


@dataclass(frozen=True)
class Field:
    """A column: `needed` says that it may not be empty. `after` names the moment it cannot lie before."""

    name: str
    kind: Kind
    needed: bool = True
    after: str = ""
    future: bool = False


def key(name: str = "row") -> Field:
    return Field(name, "key")


PLACE: Final = Field("place", "code")


def taken(rows: Iterable[Row], fields: Sequence[Field], *, once: bool = True) -> list[dict[str, Any]]:
    """
    Every row with the columns named, in the order of their keys and moments, so that the order given never matters. Raises InputProblem for a column that
    is missing, a value that is not what it should be, a moment without zone, a number that is none, and (with `once`) a row given twice.
    """
    found: list[dict[str, Any]] = []
    seen: set[Any] = set()
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise refuse("bad_row", f"第 {number} 行不是由列名和值组成的一行。", f"Row {number} is no row of named values.")
        one = {field.name: _value(row, field, number) for field in fields}
        if once and one["row"] in seen:
            raise refuse(
                "row_twice",
                f"第 {number} 行的编号前面已经有过；每件只给一行。",
                f"The key of row {number} was there already; give each matter one row.",
            )
        seen.add(one["row"])
        found.append(one)
    return sorted(found, key=lambda one: tuple(_sortable(one[field.name]) for field in fields))


def _sortable(value: Any) -> tuple[str, Any]:
    if isinstance(value, Mapping):
        return ("text", str(sorted(value.items())))
    if isinstance(value, bool) or value is None:
        return ("", str(value))
    return (type(value).__name__, value)


def _value(row: Row, field: Field, number: int) -> Any:
    value = row.get(field.name)
    if value is None or (value == "" and field.kind != "text"):
        if field.needed and not (field.kind == "text" and value == ""):
            raise refuse(
                "no_value",
                f"第 {number} 行缺少“{field.name}”。请补上，或者不要给这一行。",
                f'Row {number} has no "{field.name}". Fill it in, or leave the row out.',
            )
        return "" if field.kind == "text" else None
    if field.kind == "moment":
        return _moment(value, field, number)
    if field.kind == "yes" and not isinstance(value, bool):
        raise _bad(field, number, "是或否（true/false）", "true or false")
    if field.kind == "number" and (isinstance(value, bool) or not _whole(value)):
        raise _bad(field, number, "不小于零的整数", "a whole number that is not below nought")
    if field.kind in ("code", "text") and not isinstance(value, str):
        raise _bad(field, number, "文字", "text")
    if field.kind == "key" and (isinstance(value, bool) or not isinstance(value, int | str)):
        raise _bad(field, number, "整数或文字的编号", "a whole number or text")
    return int(value) if field.kind == "number" else value


def _whole(value: Any) -> bool:
    return isinstance(value, int | float) and isfinite(value) and value == int(value) and value >= 0


def _bad(field: Field, number: int, zh: str, en: str) -> Exception:
    return refuse("bad_value", f"第 {number} 行的“{field.name}”应当是{zh}。", f'"{field.name}" of row {number} should be {en}.')


def _moment(value: Any, field: Field, number: int) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _bad(
            field, number, "带时区的时间，例如 2026-10-08T09:00:00+08:00", "a moment with its zone, such as 2026-10-08T09:00:00+08:00"
        )
    return value


def aside(
    rows: Sequence[dict[str, Any]], fields: Sequence[Field], now: datetime, detector: str
) -> tuple[list[dict[str, Any]], list[Suspicion]]:
    """
    The rows that can have happened, and what is to be asked about the others: moments later than `now`, ends before their beginnings.

    An end that lies less than five minutes too early is taken as its beginning.
    """
    if now.tzinfo is None:
        raise refuse("bad_now", "“现在”要带时区。", '"now" needs its zone.')
    good: list[dict[str, Any]] = []
    future: dict[str, list[Key]] = {}
    turned: dict[tuple[str, Period], list[Key]] = {}
    moments = [field for field in fields if field.kind == "moment"]
    for row in rows:
        if any(row[f.name] is not None and not f.future and row[f.name] > now + SKEW for f in moments):
            future.setdefault(row["place"], []).append(row["row"])
            continue
        ended = [f for f in moments if f.after and row[f.name] is not None and row[f.after] is not None and row[f.name] < row[f.after]]
        if any(row[f.after] - row[f.name] > SKEW for f in ended):
            turned.setdefault((row["place"], month_of(row[ended[0].after])), []).append(row["row"])
            continue
        good.append({**row, **{f.name: row[f.after] for f in ended}} if ended else row)
    month = month_of(now)
    asked = [_clocks(place, month, keys, len(rows), "future") for place, keys in future.items()]
    asked += [_clocks(place, began, keys, len(rows), "turned") for (place, began), keys in turned.items()]
    return good, asked


def _clocks(place: str, month: Period, keys: list[Key], looked: int, what: str) -> Suspicion:
    many = len(keys)
    if what == "future":
        zh = f"有 {many} 条记录的时间比现在还晚。请看是不是录入的电脑时钟快了，或者日期填错了；在改正以前，这些记录不参加其他检查。"
        en = f"{many} records carry a moment later than now. See whether a clock runs ahead or a date was mistyped; until then they are left out of the other checks."
    else:
        zh = f"有 {many} 条记录的结束比开始早 5 分钟以上。请看是不是两台电脑的时钟不一致，或者时间是后来补填的；在改正以前，这些记录不参加其他检查。"
        en = f"{many} records end more than 5 minutes before they begin. See whether two clocks differ or a time was filled in later; until then they are left out of the other checks."
    keys = sorted(dict.fromkeys(keys), key=_sortable)
    return Suspicion(CLOCKS, place, month, "not_possible", None, None, looked, tuple(keys), zh, en, {"what": what, "many": many})


def month_of(moment: datetime) -> Period:
    return period_of("month", moment.astimezone(SHANGHAI).date())


def quarter_of(moment: datetime) -> Period:
    return period_of("quarter", moment.astimezone(SHANGHAI).date())


def keys_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Key, ...]:
    """Numbers of rows, each once, in order."""
    return tuple(sorted(dict.fromkeys(row["row"] for row in rows), key=_sortable))


def not_begun(rows: list[dict[str, Any]], now: datetime) -> tuple[list[dict[str, Any]], list[Suspicion]]:
    """Rows whose `period` has begun, and what is to be asked about the others."""
    if now.tzinfo is None:
        raise refuse("bad_now", "“现在”要带时区。", '"now" needs its zone.')
    good: list[dict[str, Any]] = []
    future: dict[str, list[Key]] = {}
    for row in rows:
        if row["period"].begins_at() > now + SKEW:
            future.setdefault(row["place"], []).append(row["row"])
        else:
            good.append(row)
    return good, [_clocks(place, month_of(now), keys, len(rows), "future") for place, keys in future.items()]
