"""Files that wait on disk sealed whole: named by chance, encrypted with the house's key, readable by the owner of the process alone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from linli.kernel.access.resealing import SealedFolder
from linli.kernel.access.sealed import cipher

_NAME: Final = re.compile(r"[0-9a-f]{32}")


class SealedFiles:
    """A folder of them beside the database. `context` binds a content to this folder."""

    def __init__(self, folder: str, context: str, name: str) -> None:
        self.folder, self.context = folder, context
        self.resealed = SealedFolder(name, self.paths, context)

    def path(self) -> Path:
        folder = Path(settings.DATA_DIR) / self.folder
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def keep(self, content: bytes) -> str:
        """Store a file; returns its name."""
        name = secrets.token_hex(16)
        draft = self.path() / f".{name}"
        draft.touch(mode=0o600)
        # The cipher seals text; Latin-1 gives every byte a character.
        draft.write_bytes(cipher().encrypt(content.decode("latin-1"), self.context))
        draft.rename(self.path() / name)
        return name

    def fetch(self, name: str) -> bytes:
        """Raises FileNotFoundError when the file is gone, or `name` is none of a file here."""
        if not _NAME.fullmatch(name):
            raise FileNotFoundError(name)
        return cipher().decrypt((self.path() / name).read_bytes(), self.context).encode("latin-1")

    def forget(self, name: str) -> None:
        if _NAME.fullmatch(name):
            with suppress(FileNotFoundError):
                (self.path() / name).unlink()

    def paths(self) -> Iterator[Path]:
        return (path for path in sorted(self.path().iterdir()) if _NAME.fullmatch(path.name))

    def forget_older(self, before: datetime) -> int:
        """Remove what was kept before, and drafts a killed process left; returns how many."""
        gone = 0
        for path in list(self.path().iterdir()):
            with suppress(FileNotFoundError):
                if _NAME.fullmatch(path.name.removeprefix(".")) and path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    gone += 1
        return gone
