"""A chain notices every change; a proof shows one entry without showing the others."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.lib import chain

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
entries = st.lists(st.text(alphabet="0123456789abcdef", min_size=1, max_size=8), min_size=1, max_size=40)


def test_canonical_has_one_spelling() -> None:
    noon = datetime(2026, 2, 3, 12, tzinfo=timezone(timedelta(hours=8)))
    spelled = chain.canonical(
        {"b": (1, 0.1), "a": noon, "居": date(2026, 2, 3), "d": Decimal("1.50"), "f": Fraction(2, 3), "u": UUID(int=1), "x": b"\x01"}
    )
    assert spelled.decode() == (
        '{"a":"2026-02-03T04:00:00.000000Z","b":[1,0.1],"d":"1.50","f":"2/3","u":"00000000-0000-0000-0000-000000000001","x":"01","居":"2026-02-03"}'
    )


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), float("nan"), float("inf"), {1: 2}, {1, 2}, object()])  # noqa: DTZ001 - must be refused
def test_what_has_no_one_spelling_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        chain.canonical({"value": value})


@given(plain)
def test_reading_back_and_spelling_again_changes_nothing(value: Any) -> None:
    spelled = chain.canonical(value)
    assert chain.canonical(json.loads(spelled)) == spelled


def test_the_order_of_keys_does_not_matter_and_everything_else_does() -> None:
    base = chain.entry_hash("", {"a": 1, "b": "2"})
    assert base == chain.entry_hash("", {"b": "2", "a": 1})
    assert base.startswith("sha256:")
    assert (
        len({base, chain.entry_hash("x", {"a": 1, "b": "2"}), chain.entry_hash("", {"a": 1, "b": 2}), chain.entry_hash("", {"a": 1})}) == 4
    )
    assert chain.entry_hash("", {"a": 1}, "sm3").startswith("sm3:")


def test_a_digest_needs_its_salt() -> None:
    assert chain.text_digest("王", b"1") != chain.text_digest("王", b"2")
    assert chain.text_digest("b", b"a") != chain.text_digest("ab", b"")


def test_the_root_is_that_of_rfc_6962() -> None:
    def sha(data: bytes) -> bytes:
        return hashlib.sha256(data).digest()

    a, b, c = (sha(b"\x00" + entry) for entry in (b"a", b"b", b"c"))
    assert chain.merkle_root([]) == "sha256:" + sha(b"").hex()
    assert chain.merkle_root(["a"]) == "sha256:" + a.hex()
    assert chain.merkle_root(["a", "b", "c"]) == "sha256:" + sha(b"\x01" + sha(b"\x01" + a + b) + c).hex()


@given(entries, st.data(), st.sampled_from(["sha256", "sm3"]))
def test_every_entry_has_a_proof_and_no_other_entry_passes_with_it(hashes: list[str], data: st.DataObject, suite: str) -> None:
    index = data.draw(st.integers(0, len(hashes) - 1))
    root, proof = chain.merkle_root(hashes, suite), chain.merkle_proof(hashes, index, suite)

    assert chain.verify_proof(hashes[index], index, len(hashes), proof, root)
    assert not chain.verify_proof(hashes[index] + "0", index, len(hashes), proof, root)
    assert not chain.verify_proof(hashes[index], index, len(hashes), [*proof, root], root)
    assert not chain.verify_proof(hashes[index], len(hashes), len(hashes), proof, root)
    if proof:
        assert not chain.verify_proof(hashes[index], index, len(hashes), proof[:-1], root)


@given(st.lists(st.integers(), min_size=2, max_size=20, unique=True), st.data())
def test_editing_removing_inserting_or_reordering_changes_the_root(numbers: list[int], data: st.DataObject) -> None:
    hashes = [chain.entry_hash("", {"n": number}) for number in numbers]
    root = chain.merkle_root(hashes)
    at = data.draw(st.integers(0, len(hashes) - 2))

    assert chain.merkle_root([*hashes[:at], "sha256:00", *hashes[at + 1 :]]) != root
    assert chain.merkle_root([*hashes[:at], *hashes[at + 1 :]]) != root
    assert chain.merkle_root([*hashes[:at], "sha256:00", *hashes[at:]]) != root
    assert chain.merkle_root([*hashes[:at], hashes[at + 1], hashes[at], *hashes[at + 2 :]]) != root


def test_a_proof_of_nothing_or_nonsense_fails_quietly() -> None:
    assert not chain.verify_proof("a", 0, 2, ["sha256:zz"], chain.merkle_root(["a", "b"]))
    assert not chain.verify_proof("a", 0, 1, [], "md5:00")
    with pytest.raises(IndexError):
        chain.merkle_proof(["a"], 1)


def test_utc_and_local_spelling_of_one_instant_hash_alike() -> None:
    local = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    assert chain.canonical([local]) == chain.canonical([local.astimezone(UTC)])
