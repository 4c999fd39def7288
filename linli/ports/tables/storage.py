"""
Uploaded sheets wait sealed on disk: a roster is full of personal data, and the disk may outlive the import.

A file is named by chance, encrypted with the house's key, readable by the owner of the process alone, and gone after a week.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from linli.kernel.access.refusals import NotFound
from linli.kernel.access.resealing import SealedFolder
from linli.kernel.access.sealed import cipher

_CONTEXT = "ports.tables.file"


def _folder() -> Path:
    folder = Path(settings.DATA_DIR) / "imports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def keep(content: bytes) -> str:
    """Store a file; returns its name."""
    name = secrets.token_hex(16)
    draft, path = _folder() / f".{name}", _folder() / name
    draft.touch(mode=0o600)
    # The cipher seals text; Latin-1 gives every byte a character.
    draft.write_bytes(cipher().encrypt(content.decode("latin-1"), _CONTEXT))
    draft.rename(path)
    return name


def fetch(name: str) -> bytes:
    """Raises NotFound when the file is gone."""
    try:
        return cipher().decrypt((_folder() / name).read_bytes(), _CONTEXT).encode("latin-1")
    except FileNotFoundError:
        raise NotFound("file_gone", _("文件已经清理，请重新上传。")) from None


def forget(name: str) -> None:
    if name:
        with suppress(FileNotFoundError):
            (_folder() / name).unlink()


def kept_files() -> Iterator[Path]:
    """Every sealed file there is: uploads that wait, and marked copies."""
    return (path for path in sorted(_folder().iterdir()) if re.fullmatch(r"[0-9a-f]{32}", path.name))


FOLDER = SealedFolder("ports.tables.imports", kept_files, _CONTEXT)


def lock_path(job_id: int) -> Path:
    return _folder() / f"job-{job_id}.lock"


def progress_path(job_id: int) -> Path:
    return _folder() / f"job-{job_id}.progress"
