"""Lists taken away: all pages are read one by one, a file ends where it says, addresses keep the filters and forget the page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from linli.web.downloads import as_download, asked_as, bounded, cut, downloads, every


def pages(most: int, size: int, asked: list[Any]) -> Any:
    def page(after: int | None) -> tuple[list[int], int | None]:
        asked.append(after)
        start = after or 0
        return cut(list(range(start + 1, min(most, start + size + 1) + 1)), lambda row: row, size)  # type: ignore[return-value]  # a list is a sequence

    return page


@pytest.mark.parametrize(("most", "size", "asked"), [(0, 2, [None]), (2, 2, [None]), (3, 2, [None, 2]), (5, 2, [None, 2, 4])])
def test_every_row_comes_once_and_in_order_with_no_question_too_many(most: int, size: int, asked: list[Any]) -> None:
    told: list[Any] = []

    assert list(every(pages(most, size, told))) == list(range(1, most + 1))
    assert told == asked


def test_the_first_page_is_asked_for_before_anything_is_answered() -> None:
    told: list[Any] = []

    rows = every(pages(5, 2, told))

    assert told == [None]
    assert next(rows) == 1
    assert told == [None]


def test_a_refusal_of_the_first_page_comes_at_once() -> None:
    def refused(_after: Any) -> Any:
        raise PermissionError

    with pytest.raises(PermissionError):
        every(refused)


def test_a_list_that_is_longer_than_its_file_says_so_in_the_last_row() -> None:
    assert list(bounded([[1], [2]], 2)) == [[1], [2]]
    assert list(bounded(([n] for n in range(9)), 2)) == [[0], [1], ["只列出前 2 行。缩小范围再下载，可以得到其余的。"]]


def test_the_addresses_keep_the_filters_and_begin_at_the_first_row() -> None:
    request = RequestFactory().get("/desk/rolls/", {"state": "frozen", "about": "", "q": "a&b", "before": "7", "format": "csv"})

    made = downloads(request, most=9)

    assert made.links == (("Excel", "?state=frozen&q=a%26b&format=xlsx"), ("CSV", "?state=frozen&q=a%26b&format=csv"))
    assert made.most == 9
    assert downloads(request, "/elsewhere/").links[1][1].startswith("/elsewhere/?state=frozen&")


@pytest.mark.parametrize(("asked", "form"), [("xlsx", "xlsx"), ("csv", "csv"), ("pdf", ""), ("", ""), ("XLSX", "")])
def test_what_is_no_format_asks_for_the_page(asked: str, form: str) -> None:
    assert asked_as(RequestFactory().get("/", {"format": asked})) == form


def test_a_file_is_kept_by_nobody_between_and_guards_what_begins_like_a_formula() -> None:
    request = RequestFactory().get("/", {"format": "csv"})

    answer = as_download(request, "清单", ("标题",), iter([["=1+1"], ["+86 138"], ["@x"], ["一般"]]))

    assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content).decode("utf-8-sig") == "标题\r\n'=1+1\r\n'+86 138\r\n'@x\r\n一般\r\n"  # type: ignore[attr-defined]  # it streams
