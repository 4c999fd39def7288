"""How far a long piece of work has come: a bar on a terminal, a line at each tenth in a log, nothing when asked to be quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

T = TypeVar("T")


@contextmanager
def track(length: int, label: str, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """Show work of `length` steps on stderr; the value is called with the number of steps just done."""
    if quiet:
        yield lambda steps: None
    elif sys.stderr.isatty():
        with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
            yield bar.update
    else:
        yield _lines(length, label)


def progress(items: Iterable[T], length: int, label: str, *, quiet: bool = False) -> Iterator[T]:
    """Yield `items`, showing how many of `length` have been taken and finished with."""
    with track(length, label, quiet=quiet) as advance:
        for item in items:
            yield item
            advance(1)


def _lines(length: int, label: str) -> Callable[[int], None]:
    done, told = 0, 0

    def advance(steps: int) -> None:
        nonlocal done, told
        done += steps
        tenth = min(done * 10 // length, 10) if length else 10
        if tenth > told:
            told = tenth
            click.echo(f"{label} {tenth * 10}% ({done}/{length})", err=True)

    return advance
