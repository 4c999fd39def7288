"""
A model as a file: one line that says what it is, a JSON of facts, and plain arrays one after the other, each with its digest.

Nothing in it is ever executed and nothing is packed, so that `light` reads single rows of it where they lie. A file that is cut off,
changed or of another version is refused with a sentence that says what to do. The file's parts need nothing (`opened`); `save` and `load` numpy.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NoReturn

from linli.insight.reading.families import BITS, FAMILIES
from linli.lib.problems import InputProblem

if TYPE_CHECKING:
    from linli.insight.reading.model import Model

MARK: Final = b"linli-reading "
VERSION: Final = 2
WITH_ENCODER: Final = 3
"""The same with what was learned beside an encoder, which a program that knows only the second version must not read without."""
MOST_WEIGHTS: Final = 8_000_000
MOST_PIECES: Final = 600_000
LONGEST_HEADER: Final = 20_000_000
_SIZES: Final = {"<u4": 4, "<f2": 2, "<f4": 4, "<f8": 8}
_TYPES: Final = {"places": "<u4", "rarity": "<f2", "telling": "<f2", "offsets": "<f8", "weights": "<f2"}
_BESIDE: Final = {"centre": "<f4", "more": "<f2"}
MOST_DIMENSIONS: Final = 16_384
_HEAD: Final = 96  # mark, version, length and digest of the JSON, filled up with spaces


@dataclass(frozen=True)
class Part:
    """Where an array lies in the file: its type, first byte, number of bytes and digest."""

    kind: str
    at: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Header:
    """
    What the file says of itself, checked: its labels are at least two, its numbers finite, its parts inside the file. `dimension` is that
    of the vectors of the encoder it learned beside, 0 without one.
    """

    labels: tuple[str, ...]
    slope: float
    facts: dict[str, Any]
    pieces: int
    parts: Mapping[str, Part]
    dimension: int = 0


def save(model: Model, path: Path) -> None:
    """Write `model` to `path`, replacing what was there only when all of it is written."""
    import numpy as np

    arrays = {name: np.ascontiguousarray(getattr(model, name), dtype=kind).tobytes() for name, kind in _TYPES.items()}
    if model.beside:
        for name, array in (("centre", model.beside.centre), ("more", model.beside.weights)):
            arrays[name] = np.ascontiguousarray(array, dtype=_BESIDE[name]).tobytes()
    at, parts = 0, {}
    for name, content in arrays.items():
        parts[name] = {"at": at, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        at += len(content)
    told = {
        "bits": BITS,
        "families": [list(family) for family in FAMILIES],
        "labels": list(model.labels),
        "slope": model.slope,
        "facts": model.facts,
        "pieces": len(model.places),
        "parts": parts,
    }
    if model.beside:
        told["dimension"] = len(model.beside.centre)
    text = json.dumps(told, ensure_ascii=False, indent=1).encode()
    head = b"%s%d %d %s" % (MARK, WITH_ENCODER if model.beside else VERSION, len(text), hashlib.sha256(text).hexdigest().encode())
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        file.write(head.ljust(_HEAD - 1) + b"\n" + text)
        for content in arrays.values():
            file.write(content)
    beside.replace(path)


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, Header]]:
    """The file and what it says of itself. Raises InputProblem when it is none, is cut off, is changed, or is of another version."""
    try:
        with path.open("rb") as file:
            yield file, _header(file)
    except InputProblem:
        raise
    except FileNotFoundError:
        raise InputProblem("no_model", "找不到模型文件，请检查路径。", "There is no model file of that name.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        damaged()


def _header(file: BinaryIO) -> Header:
    first = file.read(_HEAD)
    if first.startswith(b"PK"):  # as the first version was kept
        _other_version(1)
    mark, version, length, digest = _head(first)
    if mark != MARK.strip():
        damaged()
    if version not in {VERSION, WITH_ENCODER}:
        _other_version(version)
    text = file.read(length) if 0 <= length <= LONGEST_HEADER else b""
    if hashlib.sha256(text).hexdigest() != digest:
        damaged()
    told = json.loads(text)
    if (told["bits"], told["families"]) != (BITS, [list(family) for family in FAMILIES]):
        _other_version(version)
    labels, slope, facts, pieces = tuple(map(str, told["labels"])), float(told["slope"]), told["facts"], int(told["pieces"])
    dimension = int(told["dimension"]) if version == WITH_ENCODER else 0
    shapes = {"weights": pieces * len(labels), "offsets": len(labels), "centre": dimension, "more": dimension * len(labels)}
    start, parts = _HEAD + length, {}
    for name, kind in (_TYPES | _BESIDE if dimension else _TYPES).items():
        part = told["parts"][name]
        parts[name] = Part(kind, start + int(part["at"]), int(part["size"]), str(part["sha256"]))
        if part["size"] != shapes.get(name, pieces) * _SIZES[kind] or part["at"] < 0:
            damaged()
    whole = os.fstat(file.fileno()).st_size
    right = len(set(labels)) == len(labels) > 1 and math.isfinite(slope) and isinstance(facts, dict)
    if not right or any(part.at + part.size > whole for part in parts.values()):
        damaged()
    if version == WITH_ENCODER and not (0 < dimension <= MOST_DIMENSIONS and isinstance(facts["encoder"]["files"], dict)):
        damaged()
    return Header(labels, slope, facts, pieces, parts, dimension)


def _head(line: bytes) -> tuple[bytes, int, int, str]:
    mark, version, length, digest = line.split()
    return mark, int(version), int(length), digest.decode("ascii")


def content_of(file: BinaryIO, part: Part) -> bytes:
    """The bytes of a part. Raises InputProblem when they are not those that were written."""
    file.seek(part.at)
    content = file.read(part.size)
    if hashlib.sha256(content).hexdigest() != part.sha256:
        damaged()
    return content


def load(path: Path) -> Model:
    """
    The model in the file at `path`; one that learned beside an encoder reads once it is given it (`Model.reading_with`). Raises
    InputProblem when it is not one, is damaged, or is of another version.
    """
    import numpy as np

    from linli.insight.reading.beside import Beside
    from linli.insight.reading.model import Model
    from linli.insight.reading.pieces import PLACES

    with opened(path) as (file, header):
        arrays = {name: np.frombuffer(content_of(file, part), dtype=part.kind) for name, part in header.parts.items()}
        places = arrays["places"].astype(np.int64)
        ordered = not len(places) or (places[-1] < PLACES and bool((np.diff(places) > 0).all()))
        if not ordered or not all(bool(np.isfinite(array).all()) for array in arrays.values()):
            damaged()
        weights = arrays["weights"].astype(np.float32).reshape(header.pieces, len(header.labels))
        rarity, telling = (arrays[name].astype(np.float32) for name in ("rarity", "telling"))
        beside = None
        if header.dimension:
            more = arrays["more"].astype(np.float32).reshape(header.dimension, len(header.labels))
            beside = Beside(arrays["centre"].astype(np.float32), more, dict(header.facts["encoder"]["files"]))
        return Model(header.labels, places, rarity, telling, weights, header.slope, arrays["offsets"], header.facts, beside)


def damaged() -> NoReturn:
    zh = "模型文件不完整或不是 Linli 的模型，请重新训练（linli insight train）。"
    raise InputProblem("bad_model", zh, "The model file is damaged or no model of Linli; train it again (linli insight train).")


def _other_version(version: object) -> NoReturn:
    number = str(version)[:20]
    zh = f"模型文件是第 {number} 版，这里能读的是第 {VERSION} 版，请用现在的版本重新训练（linli insight train）。"
    en = f"The model file is of version {number}, this program reads version {VERSION}; train it again (linli insight train)."
    raise InputProblem("other_version", zh, en)


def only_by_hand() -> NoReturn:
    zh = "这个模型是和编码器一起训练的，网站不用编码器，读不了它；请在命令行里用（linli insight predict --encoder）。"
    en = "This model learned beside an encoder, which the website does not use; read with it on the command line (linli insight predict --encoder)."
    raise InputProblem("needs_encoder", zh, en)
