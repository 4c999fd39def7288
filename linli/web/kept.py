"""
What a form that came back still holds of the files chosen in it. The face draws them beside the file field; the kernel, which keeps them, says
which they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class KeptFile:
    """One file: the mark that brings it along when the form is sent again, its name, and the address of a small picture of it (or nothing)."""

    token: str
    name: str
    picture: str


@dataclass(frozen=True)
class FileField:
    """
    A file field as it is drawn: its name, its id on the page, what it accepts, whether it takes several, and whether the form found fault with what
    was sent in it.
    """

    name: str
    at: str
    accept: str
    several: bool
    refused: bool


@dataclass(frozen=True)
class Keeper:
    """Who keeps them: what is kept for a field being drawn, and whether anything waits for whoever signs in here."""

    shown: Callable[[FileField], Sequence[KeptFile]]
    waiting: Callable[[], bool]


_keepers: list[Keeper] = []


def keep_by(keeper: Keeper) -> None:
    """Ask this keeper from now on; the last one named answers."""
    _keepers[:] = [keeper]


def kept_files(name: str, at: str, accept: str = "", several: bool = False, refused: bool = False) -> Sequence[KeptFile]:
    """The files kept for a field that is being drawn; none where nobody keeps any."""
    return _keepers[0].shown(FileField(name, at, accept, several, refused)) if _keepers else ()


def files_wait() -> bool:
    """Whether files chosen before are kept for whoever signs in on this browser."""
    return _keepers[0].waiting() if _keepers else False
