"""
Encryption of personal fields, and the keyed blind index that lets an exact value be found again: one interface, two suites.

"international" is AES-256-GCM with HMAC-SHA-256, "national" is SM4-GCM with HMAC-SM3. A ciphertext carries its suite and the
version of its key, so that a ring reads what older keys and the other suite wrote. Each purpose has its own sub-key (HKDF).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Literal, Self, get_args

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Suite = Literal["international", "national"]
SUITES: Final[tuple[Suite, ...]] = get_args(Suite)

_SUITE_BYTES: Final[dict[Suite, int]] = {"international": 1, "national": 2}
_SUITE_OF: Final = {number: suite for suite, number in _SUITE_BYTES.items()}
_HASH_NAMES: Final = {"international": "sha256", "national": "sm3", "sha256": "sha256", "sm3": "sm3"}
_NONCE: Final = 12
_TAG: Final = 16
_KEY: Final = 32


class CryptoError(ValueError):
    """A key ring that cannot be read, or a ciphertext that is damaged, foreign, or moved from another field."""


def hash_bytes(data: bytes, suite: str) -> bytes:
    """The 32-byte SHA-256 or SM3 of `data`; `suite` is a suite of this module or "sha256"/"sm3"."""
    if hash_name(suite) == "sha256":
        return hashlib.sha256(data).digest()
    hasher = hashes.Hash(hashes.SM3())
    hasher.update(data)
    return hasher.finalize()


def hash_name(suite: str) -> str:
    """ "sha256" or "sm3" for a suite; raises CryptoError for anything else."""
    try:
        return _HASH_NAMES[suite]
    except KeyError:
        raise CryptoError(f"unknown suite {suite!r}: use one of {', '.join(sorted(_HASH_NAMES))}") from None


def digest(data: bytes, suite: str) -> str:
    """The hash of `data` as text with its kind, "sha256:…" or "sm3:…"."""
    return f"{hash_name(suite)}:{hash_bytes(data, suite).hex()}"


@dataclass(frozen=True)
class KeyRing:
    """
    Keys by version, newest first, and the index key that survives rotation.

    As text: one `version:hexkey` line for each key (version 1 to 255, 32 bytes; the first writes, the others only read) and
    one `index:hexkey` line. Blank lines and lines starting with # are passed over; commas may stand for line ends.
    """

    keys: tuple[tuple[int, bytes], ...] = field(repr=False)
    index_key: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """A fresh ring with key version 1."""
        return cls(((1, secrets.token_bytes(_KEY)),), secrets.token_bytes(_KEY))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a ring from text; raises CryptoError naming the line (never showing the key)."""
        keys: list[tuple[int, bytes]] = []
        index_key: bytes | None = None
        for number, line in enumerate(text.replace(",", "\n").splitlines(), start=1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            name, _, hexkey = line.partition(":")
            try:
                key = bytes.fromhex(hexkey.strip())
            except ValueError:
                key = b""
            if len(key) != _KEY:
                raise CryptoError(f"line {number} of the key ring does not hold a key of {_KEY} bytes in hexadecimal digits")
            if name.strip() == "index" and index_key is None:
                index_key = key
            elif name.strip().isdecimal() and 1 <= int(name) <= 255 and int(name) not in dict(keys):
                keys.append((int(name), key))
            else:
                raise CryptoError(f"line {number} of the key ring: use a new version from 1 to 255, or one line 'index:', before the colon")
        if not keys or index_key is None:
            raise CryptoError("the key ring needs at least one line 'version:key' and one line 'index:key'")
        return cls(tuple(keys), index_key)

    @classmethod
    def load(cls, path: Path) -> Self:
        """
        Read the ring in `path`, making a new one with mode 0600 when there is none.

        The new file is written aside and linked into place, so that two processes starting at once agree on one ring and
        neither ever reads half a file.
        """
        try:
            return cls.parse(path.read_text(encoding="ascii"))
        except FileNotFoundError:
            write_private(path, cls.new().dump(), replace=False)
        return cls.parse(path.read_text(encoding="ascii"))

    def rotated(self) -> Self:
        """A ring with a new key in front; what the old keys wrote stays readable, and the blind index stays the same."""
        version = max(version for version, _ in self.keys) + 1
        if version > 255:
            raise CryptoError("key versions go up to 255: rewrite all fields, then start a ring anew")
        return type(self)(((version, secrets.token_bytes(_KEY)), *self.keys), self.index_key)

    def dump(self) -> str:
        """The ring as text that `parse` reads."""
        return "".join(f"{version}:{key.hex()}\n" for version, key in self.keys) + f"index:{self.index_key.hex()}\n"

    def save(self, path: Path) -> None:
        """Put the ring in `path` in one step, mode 0600: after a power cut there is the old ring or the new, never half."""
        write_private(path, self.dump(), replace=True)

    @property
    def primary(self) -> int:
        """The version that writes."""
        return self.keys[0][0]


def write_private(path: Path, text: str, *, replace: bool) -> None:
    """Write a file readable by its owner alone, whole or not at all. Without `replace` an existing file wins silently."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            _link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _link(draft: Path, path: Path) -> None:
    """Make `path` a name of `draft` unless it exists: whoever comes second keeps the first one's file."""
    if path.exists():
        return
    try:
        os.link(draft, path)
    except FileExistsError:
        return


class FieldCipher:
    """
    Encrypts and finds field values. `context` names the field ("people.person.phone") and is bound to the ciphertext:
    a value copied into another column does not decrypt.
    """

    def __init__(self, ring: KeyRing, suite: str = "international") -> None:
        self._suite = _suite(suite)
        self._primary = ring.primary
        self._keys = dict(ring.keys)
        self._index_key = ring.index_key

    def encrypt(self, plain: str, context: str) -> bytes:
        """Suite byte, key version byte, 12-byte nonce, ciphertext with 16-byte tag: 30 bytes more than the UTF-8 of `plain`."""
        head = bytes((_SUITE_BYTES[self._suite], self._primary))
        nonce = os.urandom(_NONCE)
        seal = _seal_aes if self._suite == "international" else _seal_sm4
        return head + nonce + seal(self._key(self._suite, self._primary), nonce, plain.encode(), head + context.encode())

    def decrypt(self, blob: bytes, context: str) -> str:
        """The plain text, whichever suite and key of the ring wrote it. Raises CryptoError when that is impossible."""
        blob = bytes(blob)
        suite, version = self._head(blob)
        nonce, sealed = blob[2 : 2 + _NONCE], blob[2 + _NONCE :]
        unseal = _open_aes if suite == "international" else _open_sm4
        try:
            return unseal(self._key(suite, version), nonce, sealed, blob[:2] + context.encode()).decode()
        except (InvalidTag, UnicodeDecodeError):
            raise CryptoError(f"a value of {context} does not decrypt: it was damaged, moved, or written with another key") from None

    def blind(self, value: str, context: str) -> bytes:
        """A 16-byte keyed index of `value` for exact search. It depends on the suite and the index key, not on rotation."""
        purpose = f"linli blind {self._suite}"
        mac = hmac.HMAC(_subkey(self._index_key, purpose, _KEY, self._suite), _hash_of(self._suite))
        mac.update(context.encode() + b"\x00" + value.encode())
        return mac.finalize()[:16]

    def needs_rewrite(self, blob: bytes) -> bool:
        """Whether `blob` was written with another suite or an older key than would be used today."""
        return self._head(bytes(blob)) != (self._suite, self._primary)

    def _head(self, blob: bytes) -> tuple[Suite, int]:
        if len(blob) < 2 + _NONCE + _TAG or blob[0] not in _SUITE_OF:
            raise CryptoError("this is not an encrypted field value")
        if blob[1] not in self._keys:
            raise CryptoError(f"the key ring has no key of version {blob[1]}")
        return _SUITE_OF[blob[0]], blob[1]

    def _key(self, suite: Suite, version: int) -> bytes:
        return _subkey(self._keys[version], f"linli field {suite}", _KEY if suite == "international" else 16, suite)


def _suite(name: str) -> Suite:
    for suite in SUITES:
        if name == suite:
            return suite
    raise CryptoError(f"unknown suite {name!r}: use one of {', '.join(SUITES)}")


def _hash_of(suite: Suite) -> hashes.HashAlgorithm:
    return hashes.SHA256() if suite == "international" else hashes.SM3()


@cache
def _subkey(key: bytes, purpose: str, length: int, suite: Suite) -> bytes:
    return HKDF(algorithm=_hash_of(suite), length=length, salt=None, info=purpose.encode()).derive(key)


@cache
def _aes(key: bytes) -> AESGCM:
    return AESGCM(key)


def _seal_aes(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    return _aes(key).encrypt(nonce, plain, bound)


def _open_aes(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    return _aes(key).decrypt(nonce, sealed, bound)


def _seal_sm4(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    sealer = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    sealer.authenticate_additional_data(bound)
    return sealer.update(plain) + sealer.finalize() + sealer.tag


def _open_sm4(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    opener = Cipher(algorithms.SM4(key), modes.GCM(nonce, sealed[-_TAG:])).decryptor()
    opener.authenticate_additional_data(bound)
    return opener.update(sealed[:-_TAG]) + opener.finalize()
