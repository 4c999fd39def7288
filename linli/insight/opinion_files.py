"""Votes from a plain table, and the map of opinions as plain data: what `linli insight opinion` reads and writes."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Final

from linli.insight.groups.told import LETTERS, OpinionMap
from linli.lib.problems import InputProblem

MOST_BYTES: Final = 2 * 1024**3
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

    Raises InputProblem naming the line that cannot be read.
    """
    try:
        text = unpacked(content).decode("utf-8-sig")
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


def unpacked(content: bytes) -> bytes:
    """As it was before gzip, if it was; raises InputProblem for a broken or an endless one."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            found = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise InputProblem("not_gzip", "压缩文件不完整，请重新打包。", "The gzip file is broken; pack it again.") from None
    if len(found) > MOST_BYTES:
        raise InputProblem("too_large", "解开以后超过 2 GB，请分成几份。", "More than 2 GB when unpacked; split it.")
    return found


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
