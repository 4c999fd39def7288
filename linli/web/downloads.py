"""
A list taken away from the page that shows it: `?format=xlsx` or `?format=csv` beside the filters in force.

The page asks its permission and narrows its query as ever, and then answers with the file instead of itself: who may not read the list may
not take it, and the file holds what the reader would see by turning all the pages. Rows are read a page at a time and written as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from linli.web.sheets import FORMATS, Listing, as_file

T = TypeVar("T")

# As many rows as a file holds: at the Desk, and for anybody who passes by.
MOST: Final = 20_000
PUBLIC_MOST: Final = 5_000
# As many as are read at once.
STEP: Final = 500
# What says where a page begins is not carried on: a file begins at the first row.
_PAGING: Final = ("before", "after", "page", "format")


@dataclass(frozen=True)
class Downloads:
    """The addresses of a list's files, each with its word, and how many rows they hold at most (0: the list is short by its nature)."""

    links: tuple[tuple[str, str], ...]
    most: int = 0


def asked_as(request: HttpRequest) -> str:
    """The format in which a list is asked for as a file; empty where the page itself is asked for."""
    wanted = request.GET.get("format", "")
    return wanted if wanted in FORMATS else ""


def downloads(request: HttpRequest, address: str = "", *, most: int = MOST) -> Downloads:
    """This list as it is narrowed, as files; at `address` where it is not the page's own."""
    kept = {name: value for name, value in request.GET.items() if value and name not in _PAGING}
    return Downloads(
        tuple((word, f"{address}?{urlencode({**kept, 'format': form})}") for word, form in (("Excel", "xlsx"), ("CSV", "csv"))), most
    )


def every(page: Callable[[Any], tuple[Sequence[T], Any]]) -> Iterator[T]:
    """
    The rows of all pages, one page in memory at a time. `page` is asked with None first and then with what it answered beside its rows,
    until that is empty.

    The first page is read at once: a refusal comes while there is still a page to say it.
    """
    rows, after = page(None)
    return _onwards(page, rows, after)


def _onwards(page: Callable[[Any], tuple[Sequence[T], Any]], rows: Sequence[T], after: Any) -> Iterator[T]:
    yield from rows
    while after:
        rows, after = page(after)
        yield from rows


def cut(rows: Sequence[T], mark: Callable[[T], Any], limit: int = STEP) -> tuple[Sequence[T], Any]:
    """A page out of a query that was asked for `limit` rows and one more: the rows, and where the next page begins."""
    return rows[:limit], mark(rows[limit - 1]) if len(rows) > limit else None


def as_download(
    request: HttpRequest, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int] = (), *, most: int = MOST
) -> HttpResponseBase:
    """The list as the file that was asked for, of at most `most` rows; where there were more, the last line says so."""
    return as_file(Listing(name, header, bounded(rows, most), widths), asked_as(request) or "xlsx")


def bounded(rows: Iterable[Sequence[Any]], most: int) -> Iterator[Sequence[Any]]:
    for number, row in enumerate(rows):
        if number == most:
            yield [_("只列出前 %(n)s 行。缩小范围再下载，可以得到其余的。") % {"n": most}]
            return
        yield row
