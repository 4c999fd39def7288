"""Personal fields come back only with the right key and field; the ciphers are the standard ones."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from linli.lib import crypto
from linli.lib.crypto import SUITES, CryptoError, FieldCipher, KeyRing

RING = KeyRing.parse("2:" + "22" * 32 + "\n1:" + "11" * 32 + "\nindex:" + "ff" * 32)
suites = pytest.mark.parametrize("suite", SUITES)


def test_sm3_gives_the_values_of_the_standard() -> None:
    assert crypto.digest(b"abc", "national") == "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert crypto.digest(b"abcd" * 16, "sm3") == "sm3:debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_sha256_gives_the_value_of_the_standard() -> None:
    assert crypto.digest(b"abc", "international") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_sm4_gives_the_value_of_the_standard() -> None:
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    block = Cipher(algorithms.SM4(key), modes.ECB()).encryptor().update(key)  # noqa: S305 - the standard's one-block example
    assert block.hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_gcm_gives_the_value_of_rfc_8998() -> None:
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    nonce = bytes.fromhex("00001234567800000000abcd")
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex("".join(pair * 8 for pair in "aa bb cc dd ee ff ee aa".split(" ")))  # noqa: SIM905 - reads like the RFC
    sealed = crypto._seal_sm4(key, nonce, plain, bound)
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert crypto._open_sm4(key, nonce, sealed, bound) == plain


def test_aes_256_gcm_gives_the_value_of_the_specification() -> None:
    sealed = crypto._seal_aes(bytes(32), bytes(12), bytes(16), b"")
    assert sealed.hex() == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"


@suites
@given(plain=st.text(), context=st.text(max_size=40))
def test_what_was_encrypted_comes_back(suite: str, plain: str, context: str) -> None:
    cipher = FieldCipher(RING, suite)
    blob = cipher.encrypt(plain, context)

    assert cipher.decrypt(blob, context) == plain
    assert len(blob) == 30 + len(plain.encode())


@suites
def test_equal_values_are_encrypted_differently_each_time(suite: str) -> None:
    cipher = FieldCipher(RING, suite)
    assert cipher.encrypt("13812345678", "a") != cipher.encrypt("13812345678", "a")


@suites
def test_a_value_moved_to_another_field_does_not_decrypt(suite: str) -> None:
    cipher = FieldCipher(RING, suite)
    with pytest.raises(CryptoError, match=r"people\.person\.rin"):
        cipher.decrypt(cipher.encrypt("x", "people.person.phone"), "people.person.rin")


@suites
@given(place=st.integers(0, 39), flip=st.integers(1, 255))
def test_any_changed_byte_is_noticed(suite: str, place: int, flip: int) -> None:
    cipher = FieldCipher(RING, suite)
    blob = bytearray(cipher.encrypt("0123456789", "a"))
    blob[place] ^= flip

    with pytest.raises(CryptoError):
        cipher.decrypt(bytes(blob), "a")


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01\x02" + bytes(27), bytes(60), b"\x01\x09" + bytes(40)])
def test_what_is_no_ciphertext_is_refused(blob: bytes) -> None:
    with pytest.raises(CryptoError):
        FieldCipher(RING).decrypt(blob, "a")


def test_either_suite_reads_what_the_other_wrote_and_wants_to_rewrite_it() -> None:
    ours, theirs = FieldCipher(RING, "international"), FieldCipher(RING, "national")
    blob = theirs.encrypt("王小明", "a")

    assert ours.decrypt(blob, "a") == "王小明"
    assert ours.needs_rewrite(blob)
    assert not theirs.needs_rewrite(blob)


@suites
def test_rotation_keeps_old_values_readable_and_the_blind_index_the_same(suite: str) -> None:
    before, after = FieldCipher(RING, suite), FieldCipher(RING.rotated(), suite)
    blob = before.encrypt("王小明", "a")

    assert RING.rotated().primary == 3
    assert after.decrypt(blob, "a") == "王小明"
    assert after.needs_rewrite(blob)
    assert not after.needs_rewrite(after.encrypt("王小明", "a"))
    assert before.blind("王小明", "a") == after.blind("王小明", "a")
    with pytest.raises(CryptoError, match="version 3"):
        before.decrypt(after.encrypt("x", "a"), "a")


@suites
def test_the_blind_index_depends_on_value_field_and_key(suite: str) -> None:
    cipher = FieldCipher(RING, suite)
    index = cipher.blind("13812345678", "people.person.phone")

    assert len(index) == 16
    assert index == FieldCipher(KeyRing.parse(RING.dump()), suite).blind("13812345678", "people.person.phone")
    assert index != cipher.blind("13812345679", "people.person.phone")
    assert index != cipher.blind("13812345678", "people.person.rin")
    assert index != FieldCipher(KeyRing.new(), suite).blind("13812345678", "people.person.phone")


def test_a_ring_survives_being_written_down() -> None:
    ring = KeyRing.new().rotated().rotated()
    assert KeyRing.parse(ring.dump()) == ring
    assert KeyRing.parse("# ours\n\n" + ring.dump().replace("\n", ",")) == ring


def test_a_ring_does_not_show_its_keys() -> None:
    assert "11" * 32 not in repr(RING)


@pytest.mark.parametrize(
    "text",
    ["", "1:" + "11" * 32, "index:" + "11" * 32, "1:11\nindex:" + "ff" * 32, "x:" + "11" * 32, "0:" + "11" * 32, "256:" + "11" * 32,
     "1:zz\n", "1:" + "11" * 32 + "\n1:" + "22" * 32 + "\nindex:" + "ff" * 32, "1:" + "11" * 32 + ("\nindex:" + "ff" * 32) * 2],
)  # fmt: skip
def test_a_broken_ring_is_refused_without_showing_keys(text: str) -> None:
    with pytest.raises(CryptoError) as caught:
        KeyRing.parse(text)
    assert "1111" not in str(caught.value)


def test_versions_end_at_255() -> None:
    ring = KeyRing.parse("255:" + "11" * 32 + "\nindex:" + "ff" * 32)
    with pytest.raises(CryptoError, match="255"):
        ring.rotated()


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "fields.key"
    ring = KeyRing.load(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyRing.load(path) == ring
    assert list(tmp_path.iterdir()) == [path]


def test_many_starting_at_once_agree_on_one_ring(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: KeyRing.load(tmp_path / "fields.key"), range(32)))
    assert all(ring == rings[0] for ring in rings)


def test_saving_replaces_the_ring_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "fields.key"
    rotated = KeyRing.load(path).rotated()
    rotated.save(path)

    assert KeyRing.load(path) == rotated
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_unknown_suite_is_refused() -> None:
    with pytest.raises(CryptoError, match="rot13"):
        FieldCipher(RING, "rot13")
    with pytest.raises(CryptoError, match="md5"):
        crypto.digest(b"", "md5")
