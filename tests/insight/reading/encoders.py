"""
A tiny encoder that knows of two hundred characters which of three things they speak of: as an object that answers as a session does, and as
the two files an operator would bring (the graph is one look-up in a table).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from linli.insight.reading.encoder import Encoder

KINDS = ("水", "电", "车")
FIRST, EACH = 0x4E00, 70
UNKNOWN = 0


def char(kind: int, n: int) -> str:
    """The nth character that speaks of a kind."""
    return chr(FIRST + kind * EACH + n)


VOCABULARY = {"[UNK]": UNKNOWN, **{char(kind, n): 1 + kind * EACH + n for kind in range(len(KINDS)) for n in range(EACH)}}


def table() -> Any:
    """What each token means: its kind, and something that all of them share; the unknown one, with which batches are filled up, is loud."""
    random = np.random.default_rng(3)
    found = random.normal(0, 0.1, (len(VOCABULARY), 5)).astype(np.float32)
    found[UNKNOWN] = 9.0
    for kind in range(len(KINDS)):
        found[1 + kind * EACH : 1 + (kind + 1) * EACH, kind] += 1.0
    found[1:, 4] += 2.0
    return found


def messages(each: int = 24, first: int = 0) -> tuple[list[str], list[str]]:
    """Texts of which no two share a character that tells anything: who counts pieces learns nothing of them."""
    pairs = [(char(kind, n) + char(kind, n + 1) + "请处理", KINDS[kind]) for kind in range(3) for n in range(first, first + 2 * each, 2)]
    return [text for text, _kind in pairs], [kind for _text, kind in pairs]


@dataclass
class Told:
    name: str
    type: str = "tensor(int64)"
    shape: tuple[Any, ...] = ("texts", "tokens", 5)


@dataclass
class Looking:
    """Answers as a session does; `fed` are the shapes it was given."""

    table: Any = field(default_factory=table)
    inputs: tuple[Told, ...] = (Told("input_ids"), Told("attention_mask"), Told("token_type_ids", "tensor(int32)"))
    outputs: tuple[Told, ...] = (Told("pooler_output", shape=("texts", 5)), Told("last_hidden_state"))
    fed: list[tuple[int, ...]] = field(default_factory=list)

    def get_inputs(self) -> Sequence[Told]:
        return self.inputs

    def get_outputs(self) -> Sequence[Told]:
        return self.outputs

    def run(self, outputs: Sequence[str], feed: Mapping[str, Any]) -> Sequence[Any]:
        assert list(outputs) == ["last_hidden_state"]
        assert {told.name: told.type for told in self.inputs} == {name: f"tensor({array.dtype})" for name, array in feed.items()}
        self.fed.append(feed["input_ids"].shape)
        return [self.table[feed["input_ids"]]]


@dataclass
class Cut:
    ids: list[int]
    type_ids: list[int]


class ByCharacter:
    def encode_batch(self, texts: Sequence[str]) -> list[Cut]:
        cut = [[VOCABULARY.get(one, UNKNOWN) for one in text if one != " "] for text in texts]
        return [Cut(ids, [0] * len(ids)) for ids in cut]


def encoder(files: Mapping[str, str] | None = None, **told: Any) -> Encoder:
    return Encoder(Looking(**told), ByCharacter(), files or {"model.onnx": "a" * 64, "tokenizer.json": "b" * 64})


def put(folder: Path) -> Path:
    """The same encoder as files: `model.onnx`, written byte by byte as protocol buffers have it, and `tokenizer.json`."""
    folder.mkdir()
    array = table()
    tensor = _ints(1, *array.shape) + _ints(2, 1) + _bytes(8, b"table") + _bytes(9, array.tobytes())
    node = _bytes(1, b"table") + _bytes(1, b"input_ids") + _bytes(2, b"last_hidden_state") + _bytes(4, b"Gather")
    inputs = b"".join(_bytes(11, _value(name, 7, b"texts", b"tokens")) for name in (b"input_ids", b"attention_mask"))
    output = _bytes(12, _value(b"last_hidden_state", 1, b"texts", b"tokens", 5))
    graph = _bytes(1, node) + _bytes(2, b"encoder") + _bytes(5, tensor) + inputs + output
    (folder / "model.onnx").write_bytes(_ints(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, b"") + _ints(2, 13)))
    said: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": {
            "strategy": {"Fixed": 512},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 0,
            "pad_type_id": 0,
            "pad_token": "[UNK]",
        },
        "added_tokens": [],
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": ""},
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated", "invert": False},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": VOCABULARY, "unk_token": "[UNK]"},
    }
    (folder / "tokenizer.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


def _value(name: bytes, kind: int, *shape: bytes | int) -> bytes:
    dims = b"".join(_bytes(1, _ints(1, one) if isinstance(one, int) else _bytes(2, one)) for one in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _ints(1, kind) + _bytes(2, dims)))


def _ints(number: int, *values: int) -> bytes:
    return b"".join(_varint(number << 3) + _varint(value) for value in values)


def _bytes(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
