"""Key files: made on first use, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def key_file(path: Path, size: int = 32) -> bytes:
    """
    Return the key in `path` (hex text), making a new one of `size` bytes with mode 0600 when there is none.

    Two processes starting at once agree: the file is created exclusively, and the loser reads the winner's.
    Raises ValueError when the file holds no hex text of at least 16 bytes.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(size) + "\n")
    return _read(path)


def _read(path: Path) -> bytes:
    for _attempt in range(50):
        text = path.read_text(encoding="ascii").strip()
        if text:
            break
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < 16:
        raise ValueError(f"{path} does not hold a key: expected at least 32 hexadecimal digits")
    return key
