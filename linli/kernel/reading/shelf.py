"""Where learned readers are kept, and the one in use, opened without numpy."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from linli.insight.reading.light import Light
from linli.kernel.reading.models import Learning
from linli.lib.problems import InputProblem
from linli.lib.remembered import Remembered

if TYPE_CHECKING:
    from linli.insight.reading.model import Model

log = logging.getLogger(__name__)
KEPT_FILES: Final = 3
"""The newest readers whose files stay, so that one can be put back by hand."""
_files: dict[str, Light] = {}
_in_use: Remembered[tuple[Learning | None, Light | None]] = Remembered(30)


def folder() -> Path:
    """The folder of the readers, beside the pictures: where several machines serve, it is shared as they are."""
    return Path(settings.FILES_DIR) / "readers"


def path_of(learning: Learning) -> Path:
    return folder() / f"{learning.digest}.reader"


def standing() -> Learning | None:
    """The reader that was taken last and not replaced since; None while the keyword rules read."""
    return Learning.objects.filter(decision=Learning.Decision.TAKEN, replaced_at=None).order_by("-pk").first()


def in_use() -> tuple[Learning | None, Light | None]:
    """
    The reader in use and its file. Without one, or when its file cannot be read (which is logged), there is no file: the keyword rules take
    over. One query every half minute.
    """
    return _in_use.get("one", _opened)


def _opened() -> tuple[Learning | None, Light | None]:
    learning = standing()
    if learning is None:
        return None, None
    try:
        if learning.digest not in _files:  # a file never changes under its digest: it is read through once
            _files.clear()
            _files[learning.digest] = Light(path_of(learning))
        return learning, _files[learning.digest]
    except InputProblem as problem:
        log.error("reader %s cannot be read, keyword rules take over: %s", learning.pk, problem)
        return learning, None


def forget() -> None:
    """Look anew which reader is in use, and at its file."""
    _in_use.forget()
    _files.clear()


def put(model: Model) -> str:
    """Keep the model under the digest of its file, which is returned."""
    from linli.insight.reading.model_files import save

    folder().mkdir(parents=True, exist_ok=True)
    beside = folder() / "new.reader"
    save(model, beside)
    digest = hashlib.sha256(beside.read_bytes()).hexdigest()
    beside.replace(folder() / f"{digest}.reader")
    return digest


def tidy() -> None:
    """Remove the files of all but the newest readers."""
    kept = Learning.objects.exclude(digest="").order_by("-pk").values_list("digest", flat=True)[:KEPT_FILES]
    names = {f"{digest}.reader" for digest in kept}
    for path in folder().glob("*.reader"):
        if path.name not in names:
            path.unlink(missing_ok=True)
