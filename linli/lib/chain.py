"""
Hash chains and Merkle trees: what makes a timeline impossible to rewrite unnoticed.

Hashes are text with their kind in front ("sha256:…", "sm3:…"), so that a chain may change its suite and still be verified.
Pure: no clock, no randomness, no storage.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any
from uuid import UUID

from linli.lib.crypto import digest, hash_bytes, hash_name

Leaf = str
_LEAF, _NODE = b"\x00", b"\x01"


def canonical(obj: Any) -> bytes:
    """
    One and only one spelling of plain data: compact UTF-8 JSON with sorted keys.

    Instants become UTC ISO text with microseconds and Z (naive ones are refused), dates ISO text, Decimal, Fraction and UUID
    text, bytes hexadecimal, enums their value; a float is written by its shortest repr. NaN, infinity, sets and keys
    that are not text raise TypeError or ValueError. Reading the JSON back and spelling it again gives the same bytes.
    """
    return json.dumps(_plain(obj), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def text_digest(text: str, salt: bytes, suite: str = "sha256") -> str:
    """
    The salted hash of a personal text, for a chain that must outlive the text: after erasure the salt is deleted too,
    and nobody can guess the text back from its digest.
    """
    return digest(len(salt).to_bytes(2) + salt + text.encode(), suite)


def entry_hash(prev: str, fields: Mapping[str, Any], suite: str = "sha256") -> str:
    """The hash of one timeline entry: binds its own fields and, through `prev` ("" for the first), all before it."""
    return digest(b"linli entry 1\n" + prev.encode() + b"\n" + canonical(fields), suite)


def merkle_root(hashes: Sequence[str], suite: str = "sha256") -> str:
    """The RFC 6962 tree hash over entry hashes in order (leaf and node prefixes differ); of nothing, the hash of no bytes."""
    return _named(_tree([_leaf(entry, suite) for entry in hashes], suite), suite)


def merkle_proof(hashes: Sequence[str], index: int, suite: str = "sha256") -> list[str]:
    """The audit path of entry `index` (RFC 6962 2.1.1), from its sibling up: with it anyone recomputes the root."""
    if not 0 <= index < len(hashes):
        raise IndexError(f"there is no entry {index} among {len(hashes)}")
    return [_named(node, suite) for node in _path([_leaf(entry, suite) for entry in hashes], index, suite)]


def verify_proof(entry: str, index: int, size: int, proof: Sequence[str], root: str) -> bool:
    """Whether `entry` stood at `index` of `size` entries under `root` (RFC 9162 2.1.3.2); the suite is read from the root."""
    suite = root.partition(":")[0]
    if suite not in ("sha256", "sm3") or not 0 <= index < size:
        return False
    node, at, last = _leaf(entry, suite), index, size - 1
    for step in proof:
        kind, _, hexed = step.partition(":")
        try:
            sibling = bytes.fromhex(hexed)
        except ValueError:
            return False
        if kind != suite or last == 0:
            return False
        if at & 1 or at == last:
            node = _join(sibling, node, suite)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = _join(node, sibling, suite)
        at, last = at >> 1, last >> 1
    return last == 0 and _named(node, suite) == root


def _plain(obj: Any) -> Any:
    if isinstance(obj, Enum):
        return _plain(obj.value)
    if obj is None or isinstance(obj, str | bool | int | float):
        return obj
    if isinstance(obj, datetime):
        if obj.tzinfo is None:
            raise ValueError("an instant without a time zone has no one spelling")
        return obj.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(obj, date):
        return obj.isoformat()
    if isinstance(obj, Decimal | Fraction | UUID):
        return str(obj)
    if isinstance(obj, bytes | bytearray | memoryview):
        return bytes(obj).hex()
    if isinstance(obj, Mapping):
        if not all(isinstance(key, str) for key in obj):
            raise TypeError("keys must be text")
        return {str(key): _plain(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [_plain(item) for item in obj]
    raise TypeError(f"{type(obj).__name__} has no canonical spelling")


def _named(node: bytes, suite: str) -> str:
    return f"{hash_name(suite)}:{node.hex()}"


def _leaf(entry: Leaf, suite: str) -> bytes:
    return hash_bytes(_LEAF + entry.encode(), suite)


def _join(left: bytes, right: bytes, suite: str) -> bytes:
    return hash_bytes(_NODE + left + right, suite)


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _tree(nodes: list[bytes], suite: str) -> bytes:
    """Level by level: pairs join, an odd last node rises. Same tree as the recursive definition, without the recursion."""
    if not nodes:
        return hash_bytes(b"", suite)
    while len(nodes) > 1:
        joined = [_join(nodes[at], nodes[at + 1], suite) for at in range(0, len(nodes) - 1, 2)]
        nodes = joined + nodes[len(joined) * 2 :]
    return nodes[0]


def _path(nodes: list[bytes], index: int, suite: str) -> list[bytes]:
    if len(nodes) <= 1:
        return []
    split = _split(len(nodes))
    if index < split:
        return [*_path(nodes[:split], index, suite), _tree(nodes[split:], suite)]
    return [*_path(nodes[split:], index - split, suite), _tree(nodes[:split], suite)]
