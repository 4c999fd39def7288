"""
A model as a file: a ZIP of plain arrays (`.npy`, no pickled objects) and one JSON of facts with the format's version and the arrays' digest.

A file that is cut off, changed, of another version or of another machine's making is refused with a sentence that says what to do; nothing
in it is ever executed. Needs numpy.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np

from linli.insight.reading.model import Model
from linli.insight.reading.pieces import BITS, FAMILIES, PLACES, Array
from linli.lib.problems import InputProblem

FORMAT: Final = "linli-reading"
VERSION: Final = 1
LARGEST: Final = 200_000_000
"""Bytes that one array may have when unpacked: a small file cannot fill the memory."""
_TYPES: Final = {"places": "<u4", "rarity": "<f2", "telling": "<f2", "weights": "<f2", "offsets": "<f8"}
_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the same model makes the same file


def save(model: Model, path: Path) -> None:
    """Write `model` to `path`, replacing what was there only when all of it is written."""
    arrays = {name: _packed(getattr(model, name), kind) for name, kind in _TYPES.items()}
    told = {
        "format": FORMAT,
        "version": VERSION,
        "bits": BITS,
        "families": list(FAMILIES),
        "labels": list(model.labels),
        "slope": model.slope,
        "facts": model.facts,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in arrays.items()},
    }
    beside = path.with_name(path.name + ".part")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        file.writestr(zipfile.ZipInfo("model.json", _TIME), json.dumps(told, ensure_ascii=False, indent=1), zipfile.ZIP_DEFLATED)
        for name, content in arrays.items():
            file.writestr(zipfile.ZipInfo(f"{name}.npy", _TIME), content, zipfile.ZIP_DEFLATED)
    beside.replace(path)


def _packed(array: Array, kind: str) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, np.ascontiguousarray(array, dtype=kind), allow_pickle=False)
    return out.getvalue()


def load(path: Path) -> Model:
    """The model in the file at `path`. Raises InputProblem when it is not one, is damaged, or is of another version."""
    try:
        with zipfile.ZipFile(path) as file:
            told = json.loads(_part(file, "model.json"))
            if not isinstance(told, dict) or told.get("format") != FORMAT:
                _damaged()
            if (told.get("version"), told.get("bits"), told.get("families")) != (VERSION, BITS, list(FAMILIES)):
                _other_version(told.get("version"))
            arrays = {name: _array(_part(file, f"{name}.npy"), name, told["sha256"][name]) for name in _TYPES}
        return _model(told, arrays)
    except InputProblem:
        raise
    except FileNotFoundError:
        raise InputProblem("no_model", "找不到模型文件，请检查路径。", "There is no model file of that name.") from None
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, EOFError, NotImplementedError, RecursionError, RuntimeError):
        _damaged()


def _part(file: zipfile.ZipFile, name: str) -> bytes:
    if file.getinfo(name).file_size > LARGEST:
        _damaged()
    return file.read(name)


def _array(content: bytes, name: str, digest: str) -> Array:
    if hashlib.sha256(content).hexdigest() != digest:
        _damaged()
    found: Array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    if found.dtype != np.dtype(_TYPES[name]):
        _damaged()
    return found


def _model(told: dict[str, Any], arrays: dict[str, Array]) -> Model:
    labels, slope, facts = tuple(map(str, told["labels"])), float(told["slope"]), told["facts"]
    places, weights = arrays["places"].astype(np.int64), arrays["weights"].astype(np.float32)
    shaped = (
        weights.shape == (len(places), len(labels))
        and arrays["rarity"].shape == arrays["telling"].shape == places.shape
        and arrays["offsets"].shape == (len(labels),)
    )
    ordered = places.ndim == 1 and (not len(places) or (places[-1] < PLACES and bool((np.diff(places) > 0).all())))
    finite = all(bool(np.isfinite(arrays[name]).all()) for name in ("rarity", "telling", "weights", "offsets")) and bool(np.isfinite(slope))
    if not (shaped and ordered and finite and len(labels) > 1 and isinstance(facts, dict)):
        _damaged()
    return Model(
        labels, places, arrays["rarity"].astype(np.float32), arrays["telling"].astype(np.float32), weights, slope, arrays["offsets"], facts
    )


def _damaged() -> NoReturn:
    zh = "模型文件不完整或不是 Linli 的模型，请重新训练（linli insight train）。"
    raise InputProblem("bad_model", zh, "The model file is damaged or no model of Linli; train it again (linli insight train).")


def _other_version(version: object) -> NoReturn:
    number = str(version)[:20]
    zh = f"模型文件是第 {number} 版，这里能读的是第 {VERSION} 版，请用现在的版本重新训练（linli insight train）。"
    en = f"The model file is of version {number}, this program reads version {VERSION}; train it again (linli insight train)."
    raise InputProblem("other_version", zh, en)
