"""Uploaded sheets wait sealed on disk: a roster is full of personal data, and the disk may outlive the import. They are gone after a week."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from linli.kernel.access.refusals import NotFound
from linli.kernel.access.sealed_files import SealedFiles

SHEETS: Final = SealedFiles("imports", "ports.tables.file", "ports.tables.imports")
FOLDER: Final = SHEETS.resealed
keep, forget, kept_files = SHEETS.keep, SHEETS.forget, SHEETS.paths


def fetch(name: str) -> bytes:
    """Raises NotFound when the file is gone."""
    try:
        return SHEETS.fetch(name)
    except FileNotFoundError:
        raise NotFound("file_gone", _("文件已经清理，请重新上传。")) from None


def lock_path(job_id: int) -> Path:
    return SHEETS.path() / f"job-{job_id}.lock"


def progress_path(job_id: int) -> Path:
    return SHEETS.path() / f"job-{job_id}.progress"
