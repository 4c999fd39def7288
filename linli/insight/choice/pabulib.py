"""
Reading `.pb` files, the format in which cities publish participatory-budgeting elections.

Format: Faliszewski, Flis, Peters, Pierczyński, Skowron, Stolicki, Szufa, Talmon, "Participatory Budgeting: Data, Tools and Analysis",
IJCAI 2023, and its site Pabulib: three sections META, PROJECTS and VOTES, each with a line of column names, fields between semicolons,
quotes as in CSV, lists between commas.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final, get_args

from linli.insight.choice.budget.election import Ballot, Election, Project, VoteType
from linli.lib.problems import InputProblem

SECTIONS: Final = ("META", "PROJECTS", "VOTES")
NUMBER: Final = re.compile(r"\d{1,15}(?:\.\d{1,6})?")


class PbError(InputProblem):
    """The file is not a readable `.pb` file; `line` is where, counted from 1 (0: the file as a whole)."""

    def __init__(self, code: str, line: int, text_zh: str, text_en: str) -> None:
        super().__init__(code, f"第 {line} 行：{text_zh}" if line else text_zh, f"Line {line}: {text_en}" if line else text_en)
        self.line = line


class PbWarning(PbError):
    """Something odd that does not stop the count; said beside the result."""


@dataclass
class _Row:
    line: int
    fields: dict[str, str]


@dataclass
class _File:
    meta: dict[str, str] = field(default_factory=dict)
    meta_lines: dict[str, int] = field(default_factory=dict)
    projects: list[_Row] = field(default_factory=list)
    votes: Counter[tuple[str, str]] = field(default_factory=Counter)
    vote_lines: dict[tuple[str, str], int] = field(default_factory=dict)
    twice: list[int] = field(default_factory=list)


def read_pb(path: Path) -> Election:
    """The election in the file. Raises PbError with the line, and OSError."""
    return parse_pb(path.read_bytes())


def parse_pb(content: bytes) -> Election:
    """The election in the bytes of a `.pb` file (UTF-8, with or without a mark at the start). Raises PbError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PbError("not_utf8", line, "文件不是 UTF-8 编码。请另存为 UTF-8。", "the file is not UTF-8. Save it as UTF-8.") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise PbError("binary", line, "含有二进制内容，这不是 .pb 文件。", "there is binary content; this is not a .pb file.")
    return _Reading(_sections(text)).election()


def _sections(text: str) -> _File:
    found = _File()
    reader = csv.reader(text.splitlines(keepends=True), delimiter=";")
    rows = _rows(reader)
    section, seen = "", set[str]()
    header: list[str] = []
    voters: set[str] = set()
    vote_at, points_at = 0, -1
    for line, row in rows:
        first = row[0].strip()
        name = first.upper()
        if name in SECTIONS and len(row) == 1:
            if name in seen:
                raise PbError("section_twice", line, f"{name} 部分出现了两次。", f"the section {name} appears twice.")
            section = name
            seen.add(name)
            header = [column.strip().lower() for column in next(rows, (line, [""]))[1]]
            _needs_columns(section, header, line + 1)
            if section == "VOTES":
                vote_at, points_at = header.index("vote"), header.index("points") if "points" in header else -1
        elif section == "VOTES":
            _take_vote(found, voters, row, line, vote_at, points_at)
        elif section == "PROJECTS":
            found.projects.append(_Row(line, _fields(header, row, line)))
        elif section == "META":
            if len(row) < 2:
                raise PbError(
                    "no_value",
                    line,
                    "META 的每一行要有名称和值，用分号隔开。",
                    "each line of META needs a name and a value, with a semicolon between.",
                )
            found.meta[first.lower()] = row[1].strip()
            found.meta_lines[first.lower()] = line
        else:
            raise PbError("no_section", line, "文件要以 META 这一行开头。", "the file must begin with a line saying META.")
    for name in SECTIONS:
        if name not in seen:
            raise PbError("section_missing", 0, f"文件里没有 {name} 部分。", f"The file has no section {name}.")
    return found


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, with the line each ends on."""
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise PbError("unreadable", reader.line_num, "引号不成对或字段过长。", "quotes do not match or a field is too long.") from None  # type: ignore[attr-defined] # csv readers have it
        if row and (len(row) > 1 or row[0].strip()):
            yield reader.line_num, row  # type: ignore[attr-defined] # csv readers have it


def _needs_columns(section: str, header: list[str], line: int) -> None:
    needed = {"META": (), "PROJECTS": ("project_id", "cost"), "VOTES": ("voter_id", "vote")}[section]
    for column in needed:
        if column not in header:
            raise PbError("column_missing", line, f"{section} 缺少 {column} 列。", f"{section} lacks the column {column}.")


def _fields(header: list[str], row: list[str], line: int) -> dict[str, str]:
    if len(row) > len(header) and any(extra.strip() for extra in row[len(header) :]):
        raise PbError(
            "too_many_fields",
            line,
            f"这一行有 {len(row)} 个字段，表头只有 {len(header)} 个。含分号的文字要加引号。",
            f"this line has {len(row)} fields, the header only {len(header)}. Text with a semicolon needs quotes.",
        )
    return {name: value.strip() for name, value in zip(header, row, strict=False) if value.strip().lower() != "none"}


def _take_vote(found: _File, voters: set[str], row: list[str], line: int, vote_at: int, points_at: int) -> None:
    if len(row) <= max(vote_at, points_at):
        if points_at < 0 or len(row) <= vote_at:
            raise PbError("vote_missing", line, "这一行没有 vote 字段。", "this line has no vote.")
        row = [*row, *[""] * (points_at + 1 - len(row))]
    key = (row[vote_at], row[points_at] if points_at >= 0 else "")
    found.votes[key] += 1
    found.vote_lines.setdefault(key, line)
    if row[0] in voters:
        found.twice.append(line)
    voters.add(row[0])


class _Reading:
    """From texts to an election, remembering what was odd."""

    def __init__(self, file: _File) -> None:
        self.file = file
        self.warnings: list[InputProblem] = []

    def election(self) -> Election:
        vote_type = self._vote_type()
        budget = self._number(self._meta("budget"), "budget", self.file.meta_lines["budget"])
        costs = [self._number(row.fields.get("cost", ""), "cost", row.line) for row in self.file.projects]
        scale = _scale([budget, *costs])
        projects = self._projects(costs, scale)
        ballots, point_scale = self._ballots(vote_type, {project.id: p for p, project in enumerate(projects)})
        self._compare_counts(len(projects), ballots.total())
        return Election(
            projects=projects,
            budget=int(budget * scale),
            vote_type=vote_type,
            ballots=ballots,
            scale=scale,
            point_scale=point_scale,
            warnings=tuple(self.warnings),
            meta=self.file.meta,
        )

    def _meta(self, name: str) -> str:
        if not self.file.meta.get(name):
            raise PbError("meta_missing", 0, f"META 里没有 {name}。", f"META does not say {name}.")
        return self.file.meta[name]

    def _vote_type(self) -> VoteType:
        given = self._meta("vote_type").lower()
        for known in get_args(VoteType):
            if given == known:
                return known  # type: ignore[no-any-return] # one of the literals
        known_types = ", ".join(get_args(VoteType))
        raise PbError(
            "vote_type_unknown",
            self.file.meta_lines["vote_type"],
            f"不认识的选票类型。可以是：{known_types}。",
            f"the vote type is not known. It can be: {known_types}.",
        )

    def _number(self, text: str, name: str, line: int) -> Decimal:
        plain = text.replace(",", ".")
        if not NUMBER.fullmatch(plain):
            raise PbError(
                "not_a_number",
                line,
                f"{name} 要写成不小于零的数，例如 12000 或 99.50。",
                f"{name} must be a number of zero or more, such as 12000 or 99.50.",
            )
        return Decimal(plain)

    def _projects(self, costs: list[Decimal], scale: int) -> tuple[Project, ...]:
        projects: dict[str, Project] = {}
        for row, cost in zip(self.file.projects, costs, strict=True):
            name = row.fields.get("project_id", "")
            if not name or "," in name:
                raise PbError("project_id_bad", row.line, "项目要有编号，编号里不能有逗号。", "a project needs an id without a comma.")
            if name in projects:
                raise PbError("project_twice", row.line, f"项目编号 {name} 出现了两次。", f"the project id {name} appears twice.")
            selected = row.fields.get("selected")
            projects[name] = Project(name, int(cost * scale), row.fields.get("name", ""), None if selected is None else selected == "1")
        return tuple(projects[name] for name in sorted(projects))

    def _ballots(self, vote_type: VoteType, index: dict[str, int]) -> tuple[Counter[Ballot], int]:
        ballots: Counter[Ballot] = Counter()
        with_points = vote_type in ("cumulative", "scoring")
        read: list[tuple[list[int], list[Decimal], int]] = []
        for (vote, points), count in self.file.votes.items():
            line = self.file.vote_lines[vote, points]
            chosen = self._chosen(vote, vote_type, index, line)
            read.append((chosen, self._points(points, len(chosen), line) if with_points else [], count))
        point_scale = _scale([value for _, values, _ in read for value in values])
        for chosen, values, count in read:
            amounts = [int(value * point_scale) for value in values] if with_points else [1] * len(chosen)
            ballots[tuple(zip(chosen, amounts, strict=True))] += count
        return ballots, point_scale

    def _chosen(self, vote: str, vote_type: VoteType, index: dict[str, int], line: int) -> list[int]:
        names = [name.strip() for name in vote.split(",")] if vote.strip() and vote.strip().lower() != "none" else []
        for name in names:
            if name not in index:
                raise PbError(
                    "project_unknown",
                    line,
                    f"选票里的项目 {name} 不在 PROJECTS 里。",
                    f"the ballot names project {name}, which is not in PROJECTS.",
                )
        chosen = [index[name] for name in names]
        if len(set(chosen)) < len(chosen):
            if vote_type not in ("approval", "choose-1"):
                raise PbError("named_twice", line, "同一张选票把一个项目写了两次。", "one ballot names a project twice.")
            self.warnings.append(
                PbWarning(
                    "named_twice", line, "同一张选票把一个项目写了两次，只算一次。", "one ballot names a project twice; it counts once."
                )
            )
            chosen = list(dict.fromkeys(chosen))
        if vote_type == "choose-1" and len(chosen) > 1:
            raise PbError("more_than_one", line, "只能选一个项目的选票选了多个。", "a ballot for one project names several.")
        return chosen if vote_type == "ordinal" or vote_type in ("cumulative", "scoring") else sorted(chosen)

    def _points(self, points: str, number: int, line: int) -> list[Decimal]:
        values = [value.strip() for value in points.split(",")] if points.strip() and points.strip().lower() != "none" else []
        if len(values) != number:
            raise PbError(
                "points_do_not_match",
                line,
                f"选票写了 {number} 个项目、{len(values)} 个分数，两者要一一对应。",
                f"the ballot has {number} projects and {len(values)} points; they must match one to one.",
            )
        return [self._number(value, "points", line) for value in values]

    def _compare_counts(self, projects: int, votes: int) -> None:
        for name, there in (("num_projects", projects), ("num_votes", votes)):
            said = self.file.meta.get(name, "")
            if said and said != str(there):
                self.warnings.append(
                    PbWarning(
                        "count_differs",
                        self.file.meta_lines[name],
                        f"{name} 写的与文件里实有的 {there} 不一致，按实有的计算。",
                        f"{name} differs from the {there} in the file; what is in the file is counted.",
                    )
                )
        if self.file.twice:
            self.warnings.append(
                PbWarning(
                    "voter_twice",
                    self.file.twice[0],
                    f"有 {len(self.file.twice)} 行的 voter_id 前面已经出现过，每一行都照计。",
                    f"{len(self.file.twice)} lines repeat a voter_id; every line is counted.",
                )
            )


def _scale(numbers: list[Decimal]) -> int:
    """The power of ten that makes all the numbers whole."""
    digits = [-int(number.normalize().as_tuple().exponent) for number in numbers if number]
    return int(10 ** max([0, *digits]))
