"""
The index: reports are added one by one or in bulk, kept in one file, and asked "which of you may be the same matter as this?".

A report is found by its rarest pieces of text and by the cell of the ground it lies in. What shares most weight of rare pieces, and what
lies near, some dozens in all, is compared exactly and judged by a scorecard (candidates first, then exact: the usual two stages, e.g.
J. Zobel & A. Moffat 2006). Nothing that was erased is found, kept or read again. Needs numpy.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeAlias

import numpy as np

from linli.insight.same.evidence import CARD
from linli.insight.same.likeness import shared_passages, totals_of
from linli.insight.same.pieces import IN_CELL, IN_HEAD, PIECE, STRONG, piece_of_name, pieces_of
from linli.insight.same.postings import Postings
from linli.insight.same.reports import Found, Report, pair_of
from linli.insight.same.scorecard import Scorecard, chance_of
from linli.insight.same.store import MOST_ROWS, NOWHERE, ROW, UNKNOWN, Store
from linli.lib.geo import geocell, neighbour_cells
from linli.lib.problems import InputProblem

Array: TypeAlias = "np.ndarray[Any, Any]"

MOST_PIECES: Final = 64
"""Pieces a row is found by."""
COMMON_SHARE: Final = 0.02
COMMON_LEAST: Final = 200
"""A piece that more rows than this have (and more than that share of all) tells little and is not looked for."""
LOOKED_AT: Final = 60_000
"""Entries of lists read for one answer, those of the rarest pieces first: what bounds the time of an answer."""
EACH: Final = 4_000
BY_TEXT: Final = 40
BY_PLACE: Final = 24
NEAR_EACH: Final = 400


class Index:
    """
    The open index. `said` is what was mended on opening, in Chinese and English. One writer at a time; whoever only reads sees what was
    there when it was opened. Raises InputProblem for a file that cannot be used.
    """

    def __init__(self, path: Path, *, write: bool = False, card: Scorecard = CARD) -> None:
        self._store = Store(path, write=write)
        self._card = card
        self._rows: Array = np.zeros(0, dtype=ROW)
        self._texts: Array = np.zeros(0, dtype=np.int64)
        self._count = 0
        self._postings = Postings()
        self._numbers: dict[int, int] = {}
        self._pieces: Array = np.zeros(0, dtype=np.uint32)  # of all rows, one after the other
        self._ends: Array = np.zeros(1, dtype=np.int64)  # where those of a row begin, and those of the next
        self._shared: Array = np.zeros(0, dtype=np.float32)
        try:
            self._load()
        except BaseException:
            self._store.close()
            raise

    def __enter__(self) -> Index:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    def __len__(self) -> int:
        """Reports that can be found."""
        return len(self._numbers)

    @property
    def said(self) -> tuple[str, str]:
        return self._store.said

    @property
    def dead(self) -> int:
        """Rows that are empty in the file, because they were erased or came again."""
        return self._count - len(self._numbers)

    # --- opening -------------------------------------------------------------------------------------------------------
    def _load(self) -> None:
        loaded = self._store.load()
        while part := list(islice(loaded, 64)):
            rows, pieces = np.concatenate([block.rows for block in part]), np.concatenate([block.pieces for block in part])
            numbers = self._take(rows, np.concatenate([block.texts for block in part]), pieces)
            self._postings.add_many(np.repeat(numbers, rows["pieces"]), pieces & PIECE)
        alive = np.flatnonzero(self._rows["alive"][: self._count])
        self._numbers = dict(zip(self._rows["id"][alive].tolist(), alive.tolist(), strict=True))

    def _take(self, rows: Array, texts: Array, pieces: Array) -> Array:
        """Keep these rows in memory; their numbers."""
        first, self._count = self._count, self._count + len(rows)
        if self._count > len(self._rows):
            size = max(self._count, 1024, len(self._rows) * 5 // 4)
            self._rows, self._texts = _grown(self._rows, size), _grown(self._texts, size)
            self._ends, self._shared = _grown(self._ends, size + 1), np.zeros(size, dtype=np.float32)
        begin = int(self._ends[first])
        if begin + len(pieces) > len(self._pieces):
            self._pieces = _grown(self._pieces, max(begin + len(pieces), len(self._pieces) * 5 // 4))
        self._pieces[begin : begin + len(pieces)] = pieces
        self._ends[first + 1 : self._count + 1] = begin + np.cumsum(rows["pieces"], dtype=np.int64)
        self._rows[first : self._count], self._texts[first : self._count] = rows, texts
        return np.arange(first, self._count)

    # --- adding --------------------------------------------------------------------------------------------------------
    def add(self, reports: Iterable[Report]) -> int:
        """
        Add reports; one whose id is there already takes the earlier's place, whose text is erased. On the disk when this returns.

        Returns how many were added. Raises InputProblem for one without an id.
        """
        added, stream = 0, iter(reports)
        while batch := list(islice(stream, MOST_ROWS)):
            batch = list({report.id: report for report in batch}.values())
            self._add(batch)
            added += len(batch)
        return added

    def _add(self, batch: Sequence[Report]) -> None:
        if any(not report.id for report in batch):
            raise InputProblem("no_id", "每条都要有编号。", "Every report needs an id.")
        read = pieces_of([report.text for report in batch])
        pieces = [_with_cell(self._chosen(found), report) for found, report in zip(read, batch, strict=True)]
        texts = [_packed(report) for report in batch]
        rows = np.zeros(len(batch), dtype=ROW)
        for n, report in enumerate(batch):
            rows[n] = _row(report, len(texts[n]), len(pieces[n]))
        old = [self._numbers[key] for key in rows["id"].tolist() if key in self._numbers]
        loaded = self._store.append(rows, np.concatenate(pieces), texts)
        numbers = self._take(rows, loaded.texts, loaded.pieces)
        if len(batch) == 1:
            self._postings.add(int(numbers[0]), pieces[0] & PIECE)
        else:
            self._postings.add_many(np.repeat(numbers, rows["pieces"]), loaded.pieces & PIECE)
        if old:
            self._erase(np.array(old))
        self._numbers.update(zip(rows["id"].tolist(), numbers.tolist(), strict=True))

    def _chosen(self, pieces: Array) -> Array:
        """The pieces of the head, then the rarest of the others, none of them too common; ascending but for the mark of the head."""
        counts = self._postings.counts[pieces & PIECE]
        kept = np.flatnonzero(counts <= self._common())
        if len(kept) > MOST_PIECES:
            kept = np.sort(kept[np.lexsort((counts[kept], pieces[kept] < IN_HEAD))[:MOST_PIECES]])
        return pieces[kept]

    def _common(self) -> float:
        return max(COMMON_LEAST, COMMON_SHARE * self._count)

    # --- erasing -------------------------------------------------------------------------------------------------------
    def erase(self, *, persons: Iterable[str] = (), ids: Iterable[str] = ()) -> int:
        """
        Erase all that these persons wrote, and the reports with these ids: from memory and, as zeros, from the file. Returns how many
        reports that were. Nobody and nothing of that name is no error.
        """
        rows = self._rows[: self._count]
        alive = rows["alive"] == 1
        names = np.array([_hash(name) for name in persons if name], dtype=np.uint64)
        wanted = alive & np.isin(rows["person"], names)
        keys = [_hash(name) for name in ids]
        wanted[[self._numbers[key] for key in keys if key in self._numbers]] = True
        numbers = np.flatnonzero(wanted)
        if len(numbers):
            for key in rows["id"][numbers].tolist():
                del self._numbers[key]
            self._erase(numbers)
        return len(numbers)

    def _erase(self, numbers: Array) -> None:
        self._store.erase(numbers)
        for number in numbers.tolist():
            self._pieces[self._ends[number] : self._ends[number + 1]] = 0
        self._rows[numbers] = np.zeros(1, dtype=ROW)

    def compact(self) -> None:
        """Write the living rows into a new file in large blocks and put it in this one's place; nothing changes in what is found."""
        path = self._store.path
        beside = path.with_name(path.name + ".part")
        beside.unlink(missing_ok=True)
        fresh = Store(beside, write=True)
        try:
            for rows, pieces, texts in self._living():
                fresh.append(rows, pieces, texts, flush=False)
            os.fsync(fresh._file.fileno())
            beside.replace(path)
        except BaseException:
            fresh.close()
            beside.unlink(missing_ok=True)
            raise
        self._store.close()
        fresh.path = path
        self._store = fresh
        self._count, self._postings = 0, Postings()
        self._pieces, self._ends = np.zeros(0, dtype=np.uint32), np.zeros(len(self._ends), dtype=np.int64)
        self._load()

    def _living(self) -> Iterator[tuple[Array, Array, list[bytes]]]:
        waiting: list[tuple[Array, Array, list[bytes]]] = []
        count = 0
        for block in self._store.load():
            keep = block.rows["alive"] == 1
            if not keep.any():
                continue
            ends = np.cumsum(block.rows["pieces"], dtype=np.int64)
            pieces = block.pieces[np.repeat(keep, block.rows["pieces"])] if len(ends) else block.pieces
            places = zip(block.texts[keep].tolist(), block.rows["size"][keep].tolist(), strict=True)
            waiting.append((block.rows[keep], pieces, [self._store.read(at, size) for at, size in places]))
            count += int(keep.sum())
            if count >= MOST_ROWS:
                yield _joined(waiting)
                waiting, count = [], 0
        if waiting:
            yield _joined(waiting)

    # --- finding -------------------------------------------------------------------------------------------------------
    def find(
        self, report: Report, *, top: int = 5, least: float = 0.0, days: float | None = None, metres: float | None = None
    ) -> list[Found]:
        """
        The reports that may be the same matter as `report`, the likeliest first, at most `top`, with a chance of at least `least`.

        `days` and `metres` leave out what is known to be further apart. A report with the same id is not its own finding. Empty when
        neither text nor place is given.
        """
        pieces = self._chosen(pieces_of([report.text])[0])
        weights = self._weights(pieces)
        numbers = self._candidates(report, self._by_text(pieces & PIECE, weights))
        own = self._numbers.get(_hash(report.id)) if report.id else None
        numbers = numbers[(self._rows["alive"][numbers] == 1) & (numbers != (-1 if own is None else own))]
        if not len(numbers):
            return []
        facts = self._facts(report, numbers, self._likeness(pieces & PIECE, weights, numbers))
        keep = np.ones(len(numbers), dtype=bool)
        for limit, name in ((None if days is None else days * 24, "hours"), (metres, "metres")):
            if limit is not None:
                keep &= ~(facts[name] > limit)
        totals = totals_of(self._card, facts)
        order = np.lexsort((-numbers, -np.nan_to_num(facts["text"]), -totals))
        best = [n for n in order.tolist() if keep[n] and chance_of(float(totals[n])) >= least][:top]
        return self._told(report, [(int(numbers[n]), float(facts["text"][n])) for n in best])

    def _weights(self, pieces: Array) -> Array:
        """The rarer a piece, the more it tells (inverse document frequency), and more in the head."""
        rarity = np.log((len(self._numbers) + 100) / (self._postings.counts[pieces & PIECE] + 1.0)).clip(
            0.05
        )  # a small index knows little of rarity
        return np.where(pieces & IN_HEAD, STRONG, 1.0) * rarity

    def _by_text(self, pieces: Array, weights: Array) -> Array:
        """Rows that share the most weight of pieces, as far as `LOOKED_AT` reaches."""
        counts = self._postings.counts[pieces].astype(np.int64)
        parts: list[Array] = []
        worth: list[float] = []
        left = LOOKED_AT
        for n in np.argsort(counts, kind="stable").tolist():
            for part in self._postings.rows_of(int(pieces[n]), min(EACH, left)):
                parts.append(part)
                worth.append(float(weights[n]))
                left -= len(part)
            if left <= 0:
                break
        if not parts:
            return np.zeros(0, dtype=np.int64)
        rows = np.concatenate(parts)
        np.add.at(self._shared, rows, np.repeat(np.array(worth, dtype=np.float32), [len(part) for part in parts]))
        values = self._shared[rows]
        self._shared[rows] = 0
        most = BY_TEXT * len(pieces)  # no row stands there more often than there are pieces
        if len(rows) > most:
            first = np.argpartition(-values, most)[:most]
            rows, values = rows[first], values[first]
        return _best(rows, values, BY_TEXT)

    def _likeness(self, pieces: Array, weights: Array, numbers: Array) -> Array:
        """
        How alike the text of each row is, from 0 to 1: the cosine of the two vectors of weights (G. Salton & C. Buckley 1988). NaN where
        either has no pieces.
        """
        starts, ends = self._ends[numbers], self._ends[numbers + 1]
        sizes = ends - starts
        of = np.repeat(np.arange(len(numbers)), sizes)
        theirs = self._pieces[np.arange(len(of)) + np.repeat(starts - np.append(0, np.cumsum(sizes)[:-1]), sizes)]
        text = (theirs & IN_CELL) == 0
        of, theirs = of[text], theirs[text]
        their_weights = self._weights(theirs)
        order = np.argsort(pieces)
        at = np.searchsorted(pieces[order], theirs & PIECE).clip(0, max(0, len(pieces) - 1))
        same = pieces[order][at] == theirs & PIECE if len(pieces) else np.zeros(len(theirs), dtype=bool)
        shared = np.bincount(of[same], their_weights[same] * weights[order][at[same]], minlength=len(numbers))
        size = np.sqrt(np.bincount(of, their_weights**2, minlength=len(numbers)) * float((weights**2).sum()))
        return np.where(size > 0, np.minimum(1.0, shared / np.where(size > 0, size, 1.0)), np.nan)

    def _facts(self, report: Report, numbers: Array, text: Array) -> dict[str, Array]:
        """What the scorecard judges by, of all rows at once; NaN where it is not known (as `pair_of`)."""
        rows = self._rows[numbers]
        nothing = np.full(len(rows), np.nan)
        metres = hours = kind = spot = still = nothing
        if report.point is not None:
            metres = np.where(rows["lat"] == NOWHERE, np.nan, _away(rows, report.point))
        if report.at is not None:
            hours = np.where(rows["at"] == UNKNOWN, np.nan, np.abs(rows["at"] - report.at) / 3600)
            still = ((rows["closed"] == UNKNOWN) | (rows["closed"] > report.at)).astype(float)
        if report.kind:
            kind = np.where(rows["kind"] == 0, np.nan, rows["kind"] == _short(report.kind))
        if report.spot:
            spot = np.where(rows["spot"] == 0, np.nan, rows["spot"] == _short(report.spot))
        return {"text": text, "metres": metres, "hours": hours, "kind": kind, "spot": spot, "open": still}

    def _candidates(self, report: Report, by_text: Array) -> Array:
        if report.point is None:
            return by_text
        cells = [piece_of_name(cell) for cell in neighbour_cells(*report.point)]
        parts = [part for cell in cells for part in self._postings.rows_of(cell, NEAR_EACH)]
        if not parts:
            return by_text
        near = np.concatenate(parts).astype(np.int64)
        rows = self._rows[near]
        near, rows = near[rows["lat"] != NOWHERE], rows[rows["lat"] != NOWHERE]
        away = _away(rows, report.point)
        days = np.abs(rows["at"] - (report.at or 0)) / 86_400 if report.at is not None else np.zeros(len(near))
        days = np.where(rows["at"] == UNKNOWN, 30.0, days)
        alike = (rows["kind"] == _short(report.kind)) if report.kind else np.zeros(len(near), dtype=bool)
        rough = 1.5 * alike - away / 60 - np.log1p(days) / 2
        return np.union1d(by_text, _best(near, rough, BY_PLACE))

    def _told(self, report: Report, best: list[tuple[int, float]]) -> list[Found]:
        """Those chosen with their reasons and the passages they share with the text."""
        others = [self._read(number, report) for number, _text in best]
        words = shared_passages(report.text, [other.text for other in others], self._weights)
        found = []
        for other, passages, (_number, text) in zip(others, words, best, strict=True):
            pair = pair_of(report, other, None if math.isnan(text) else text)
            chance, reasons = self._card.judge(pair.values)
            found.append(Found(other.id, round(chance, 4), passages, pair.metres, pair.hours, reasons, other.text))
        return found

    def _read(self, number: int, asked: Report) -> Report:
        """A row as a report. Kind and address are kept as numbers alone: they read as those asked for, or as others."""
        row = self._rows[number]
        name, text = self._store.text_at(int(self._texts[number]), int(row["size"]))
        at, closed = (None if int(row[part]) == UNKNOWN else int(row[part]) for part in ("at", "closed"))
        point = None if int(row["lat"]) == NOWHERE else (int(row["lat"]) / 1e6, int(row["lon"]) / 1e6)
        kind, spot = (_told(int(row[part]), wanted) for part, wanted in (("kind", asked.kind), ("spot", asked.spot)))
        return Report(name, text, at, point, kind, spot, closed_at=closed)


def _told(number: int, asked: str) -> str:
    return "" if not number else asked if number == _short(asked) else f"#{number}"


def _with_cell(pieces: Array, report: Report) -> Array:
    """With the cell of the ground it lies in, marked as no text."""
    if report.point is None:
        return pieces
    return np.append(pieces, np.uint32(piece_of_name(geocell(*report.point))) | IN_CELL)


def _away(rows: Array, point: tuple[float, float]) -> Array:
    """Metres to each row's point, on a plane: exact enough for what is near."""
    lat, lon = point
    return np.asarray(np.hypot(rows["lat"] / 1e6 - lat, (rows["lon"] / 1e6 - lon) * math.cos(math.radians(lat))) * 111_195)


def _best(rows: Array, worth: Array, most: int) -> Array:
    """The distinct rows with the highest worth, at most `most`; of equal ones the newer."""
    rows, first = np.unique(rows, return_index=True)
    worth = worth[first]
    order = np.lexsort((-rows.astype(np.int64), -worth))[:most]
    return rows[order].astype(np.int64)


def _grown(array: Array, size: int) -> Array:
    made = np.zeros(size, dtype=array.dtype)
    made[: len(array)] = array
    return made


def _row(report: Report, size: int, pieces: int) -> tuple[Any, ...]:
    lat, lon = (round(1e6 * part) for part in report.point) if report.point else (NOWHERE, NOWHERE)
    return (
        _hash(report.id),
        _hash(report.person) if report.person else 0,
        UNKNOWN if report.at is None else report.at,
        UNKNOWN if report.closed_at is None else report.closed_at,
        lat,
        lon,
        _short(report.kind),
        _short(report.spot),
        size,
        pieces,
        1,
        0,
    )


def _packed(report: Report) -> bytes:
    name = report.id.replace("\x00", "")
    return f"{name}\x00{report.text}".encode("utf-8", "replace")


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "little") or 1


def _short(name: str) -> int:
    return _hash(name) & 0xFFFFFFFF or 1 if name else 0


def _joined(parts: list[tuple[Array, Array, list[bytes]]]) -> tuple[Array, Array, list[bytes]]:
    rows, pieces = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    return rows, pieces, [text for part in parts for text in part[2]]
