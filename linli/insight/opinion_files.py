"""Votes from a plain table, and the map of opinions as plain data: what `linli insight opinion` reads and writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Final

from linli.lib.problems import InputProblem

CHOICES: Final = {"agree": 1, "disagree": -1, "pass": 0}
WORDS: Final = {"同意": "agree", "不同意": "disagree", "跳过": "pass", "说不好": "pass", "1": "agree", "-1": "disagree", "0": "pass"}
NAMES: Final = {
    "voter": ("voter", "表态人", "voter-id", "participant"),
    "statement": ("statement", "看法", "comment-id", "comment"),
    "vote": ("vote", "表态"),
}


def read_votes(content: bytes) -> Iterator[tuple[str, str, int]]:
    """
    (voter, statement, choice) of each line of a CSV with the columns voter, statement, vote (agree, disagree, pass), in any order.

    Raises InputProblem naming the line that cannot be read.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputProblem(
            "not_utf8", "文件不是 UTF-8 编码，请另存为 UTF-8 的 CSV。", "The file is not UTF-8; save it as CSV in UTF-8."
        ) from None
    rows = csv.reader(io.StringIO(text))
    try:
        header = [cell.strip().lower() for cell in next(rows, [])]
        at = {key: next((header.index(n) for n in names if n in header), -1) for key, names in NAMES.items()}
        if missing := [key for key, n in at.items() if n < 0]:
            listed = ", ".join(missing)
            raise InputProblem(
                "no_column", f"第一行缺少列：{listed}。要有 voter、statement、vote 三列。", f"The first line lacks: {listed}."
            )
        for number, row in enumerate(rows, start=2):
            if any(cell.strip() for cell in row):
                yield _vote(row, at, number)
    except csv.Error:
        raise InputProblem("not_csv", "文件不是完整的 CSV。", "The file is not a whole CSV.") from None


def _vote(row: list[str], at: Mapping[str, int], number: int) -> tuple[str, str, int]:
    cells = {key: row[n].strip() if n < len(row) else "" for key, n in at.items()}
    word = cells["vote"].lower()
    choice = CHOICES.get(WORDS.get(word, word))
    if choice is None or not cells["voter"] or not cells["statement"]:
        zh = f"第 {number} 行读不懂：三列都要有内容，vote 只能是 agree、disagree 或 pass。"
        raise InputProblem("bad_line", zh, f"Line {number}: all three columns are needed, and vote must be agree, disagree or pass.")
    return cells["voter"], cells["statement"], choice


def as_data(told: Any, groups: Mapping[Hashable, int]) -> dict[str, Any]:
    """An `opinion.OpinionMap` as JSON; `voters` names the group of each counted voter of the file (the caller's own numbers)."""
    return {
        "people": told.people,
        "counted": told.counted,
        "statements": len(told.statements),
        "votes": told.votes,
        "votes_needed": told.needed_votes,
        "k": len(told.groups),
        "silhouette": round(told.silhouette, 6),
        "why_none": told.why_none,
        "groups": [
            {
                "group": g.name,
                "size": g.size,
                "centre": [round(c, 6) for c in g.centre],
                "representative": [
                    {
                        "statement": r.statement,
                        "vote": "agree" if r.agrees else "disagree",
                        "agree": r.counts.agree,
                        "disagree": r.counts.disagree,
                        "seen": r.counts.seen,
                        "times_others": round(r.times, 6),
                        "significant": r.tested,
                    }
                    for r in g.representative
                ],
            }
            for g in told.groups
        ],
        "consensus": [
            {
                "statement": s.statement,
                "agree": round(s.agree, 6),
                "disagree": round(s.disagree, 6),
                "all_groups_agree": s.all_agree,
                "all_groups_disagree": s.all_disagree,
                "by_group": [{"agree": c.agree, "disagree": c.disagree, "seen": c.seen} for c in s.by_group],
            }
            for s in told.shared
        ],
        "voters": {str(voter): "ABCDE"[number] for voter, number in sorted(groups.items(), key=lambda row: str(row[0]))},
    }
