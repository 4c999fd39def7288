"""
Model fields for personal values: stored encrypted, compared through a keyed blind index, opened only on purpose.

A sealed field never decrypts by itself: reading the attribute gives a `Sealed`, and only `people.actions.reveal` (which logs)
and the delivery of messages open it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

from linli.lib.crypto import FieldCipher, KeyRing


@cache
def cipher() -> FieldCipher:
    """The house's cipher: keys from LINLI_FIELD_KEYS, or from the key file made on first run."""
    ring = KeyRing.parse(settings.FIELD_KEYS) if settings.FIELD_KEYS else KeyRing.load(Path(settings.FIELD_KEYS_PATH))
    return FieldCipher(ring, settings.CRYPTO_SUITE)


def keys_in_use() -> Path:
    """The file whose lock every process that keeps running with these keys shares; changing the keys takes it whole."""
    folder = Path(settings.DATA_DIR) if settings.FIELD_KEYS else Path(settings.FIELD_KEYS_PATH).parent
    return folder / "keys.lock"


class Sealed:
    """One encrypted value. Falsy when empty; `open()` returns the text. It never prints its content."""

    __slots__ = ("blob", "context")

    def __init__(self, blob: bytes, context: str) -> None:
        self.blob, self.context = blob, context

    def __bool__(self) -> bool:
        return bool(self.blob)

    def __repr__(self) -> str:
        return "Sealed(…)" if self.blob else "Sealed()"

    __str__ = __repr__

    def open(self) -> str:
        """The text itself. Whoever calls this for a reader's eyes must log it (people.actions.reveal)."""
        return cipher().decrypt(self.blob, self.context) if self.blob else ""


class SealedField(models.BinaryField):
    """Encrypted text. Assign a str to seal it; the attribute reads back as `Sealed`. `context` binds the value to its column."""

    # What the type checker takes the attribute for.
    _pyi_private_set_type: str | Sealed | bytes
    _pyi_private_get_type: Sealed  # type: ignore[assignment]  # the stubs fix it to bytes; this field reads back as Sealed

    def __init__(self, *args: Any, context: str = "", **kwargs: Any) -> None:
        self.context = context
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", bytes)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "context": self.context}

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed:
        return Sealed(bytes(value or b""), self.context)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Sealed):
            return value.blob
        if isinstance(value, str):
            return cipher().encrypt(value, self.context) if value else b""
        return super().get_prep_value(value or b"")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(self.get_prep_value(value), connection, prepared)


class BlindField(models.BinaryField):
    """Sixteen bytes by which a sealed value can be found when its exact text is known; None for no value."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("null", True)
        kwargs.setdefault("max_length", 16)
        kwargs.setdefault("db_index", True)
        super().__init__(*args, **kwargs)


def blind(value: str, context: str) -> bytes | None:
    """
    The blind index of `value` for columns named `context` ("phone"); None for empty text. White space does not count.

    It is made from the value as it is sealed and from the name of the field alone, so that it can be made again when the suite changes.
    """
    bare = "".join(value.split())
    return cipher().blind(bare, context) if bare else None
