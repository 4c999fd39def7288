"""Named columns of a CSV table, plain or gzip."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from linli.insight.reading.tables import decoded
from linli.lib.problems import InputProblem


def columns_of(content: bytes, wanted: Sequence[str], *, maybe: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """
    A line at a time, the `wanted` columns by name without white space around them, and those of `maybe` that are there. Raises InputProblem
    when the file is no CSV in UTF-8 or GB18030, or lacks a wanted column.
    """
    rows = csv.reader(io.StringIO(decoded(content), newline=""))
    try:
        header = [cell.strip() for cell in next(rows, [])]
        if missing := [name for name in wanted if name not in header]:
            listed, there = "、".join(missing), "、".join(header[:20])
            raise InputProblem(
                "no_column", f"第一行没有这些列：{listed}。现有的列：{there}。", f"The first line lacks {listed}; it has {there}."
            )
        at = {name: header.index(name) for name in (*wanted, *(m for m in maybe if m in header))}
        for row in rows:
            if row:
                yield {name: row[n].strip() if n < len(row) else "" for name, n in at.items()}
    except csv.Error:
        raise InputProblem("not_csv", "文件不是完整的 CSV。", "The file is not a whole CSV.") from None
