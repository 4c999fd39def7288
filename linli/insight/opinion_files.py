"""Votes from a plain table, and the map of opinions as plain data: what `linli insight opinion` reads and writes."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Final

from linli.insight.columns import lines_of
from linli.insight.groups.told import LETTERS, OpinionMap
from linli.lib.problems import InputProblem

CHOICES: Final = {"agree": 1, "disagree": -1, "pass": 0}
WORDS: Final = {
    "同意": "agree",
    "不同意": "disagree",
    "跳过": "pass",
    "说不好": "pass",
    "说不好，跳过": "pass",
    "1": "agree",
    "-1": "disagree",
    "0": "pass",
    "1.0": "agree",
    "-1.0": "disagree",
    "0.0": "pass",
}
NAMES: Final = {
    "voter": ("voter", "表态人", "voter-id", "voter_id", "participant", "participant_id"),
    "statement": ("statement", "看法", "comment-id", "comment_id", "comment", "statement_id"),
    "vote": ("vote", "表态"),
}


def read_votes(content: bytes) -> Iterator[tuple[str, str, int]]:
    """
    (voter, statement, choice) of each line of a CSV (or one packed by gzip) with the columns voter, statement, vote, in any order. A vote
    is agree, disagree or pass, in words, in Chinese, or 1, -1, 0.

    Raises InputProblem as `columns.lines_of` does, and naming the line that cannot be read.
    """
    rows = lines_of(content)
    header = [cell.lower() for cell in next(rows, [])]
    at = {key: next((header.index(n) for n in names if n in header), -1) for key, names in NAMES.items()}
    if missing := [key for key, n in at.items() if n < 0]:
        listed, there = "、".join(missing), "、".join(header[:20])
        zh = f"第一行缺少列：{listed}。要有 voter、statement、vote 三列，现有的列：{there}。"
        raise InputProblem("no_column", zh, f"The first line lacks {listed}; voter, statement and vote are needed, it has {there}.")
    for number, row in enumerate(rows, start=2):
        if any(cell.strip() for cell in row):
            yield _vote(row, at, number)


def _vote(row: list[str], at: Mapping[str, int], number: int) -> tuple[str, str, int]:
    cells = {key: row[n].strip() if n < len(row) else "" for key, n in at.items()}
    word = cells["vote"].lower()
    choice = CHOICES.get(WORDS.get(word, word))
    if choice is None or not cells["voter"] or not cells["statement"]:
        zh = f"第 {number} 行读不懂：三列都要有内容，vote 只能是 agree、disagree 或 pass。"
        raise InputProblem("bad_line", zh, f"Line {number}: all three columns are needed, and vote must be agree, disagree or pass.")
    return cells["voter"], cells["statement"], choice


def as_data(told: OpinionMap, groups: Mapping[Hashable, int]) -> dict[str, Any]:
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
        "method": _method(told),
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
        "voters": {str(voter): LETTERS[number] for voter, number in sorted(groups.items(), key=lambda row: str(row[0]))},
    }


def _method(told: OpinionMap) -> dict[str, Any]:
    """How the groups came about, so that somebody else can judge and repeat it."""
    chosen, steady = told.chosen, told.chosen.steadiness
    return {
        "space": "principal components of people × statements, statement means where not seen",
        "moved_out_by": None if told.space is None else f"(statements / seen) ^ {told.space.exponent}",
        "grouping": "k-means",
        "restarts": chosen.restarts,
        "seed": chosen.seed,
        "number_of_groups": "fewest within two standard errors of the best mean silhouette",
        "silhouette_by_number": {str(k): round(v, 6) for k, v in chosen.by_number.items()},
        "silhouette_error": round(chosen.error, 6),
        "silhouette_people": chosen.asked,
        "stability": {
            "resamples": steady.resamples,
            "removed": round(steady.removed, 6),
            "mean_adjusted_rand": round(steady.mean, 6),
            "least_adjusted_rand": round(steady.least, 6),
            "same_number_of_groups": steady.same_number,
        },
        "same_ballots": {"people": told.copies, "most_alike": told.most_copies},
    }
