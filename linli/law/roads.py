"""
Roads of deliberation (议事程序) as data: which steps a motion takes, who acts at each, how long what must be posted, what must be at hand.

The packs' roads are the starting point; a place may hold its own, and a running motion carries a copy. All three have the same shape, so
the same checks hold for a page's input as for a pack. Sources: DEL-001 to DEL-003, OWN-020 to OWN-026, plan documents S2 5.4 and S3 4.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from typing import Any, Final

from linli.law.packs import FOLDER
from linli.law.reading import PackError, content_of
from linli.lib.problems import InputProblem

KINDS: Final = ("raise", "second", "screen", "deliberate", "draft", "notice", "decide", "publish", "carry_out", "accept", "rate")
TIERS: Final = ("building", "compound", "community", "street")
RUNGS: Final = ("told", "asked", "together", "deciding")
HOW: Final = ("", "ballot", "meeting", "consent")
BODIES: Final = (
    *("residents", "owners", "parties", "executor", "supervisors", "committee", "building_council", "residents_assembly"),
    *("party_branch", "two_committees", "party_members", "villagers", "villagers_committee", "villagers_assembly"),
)
ROLLS: Final = ("", "owners", "residents", "households", "representatives", "members", "list")
DOCUMENTS: Final = ("power_check", "ballot_text", "roll", "budget", "drawing", "quotation", "legal_opinion", "consent_of_neighbours")
PUBLICATIONS: Final = ("notice", "roll", "draft", "minutes", "result", "progress", "outcome")
MOST_STEPS: Final = 24
MOST_DAYS: Final = 366


@dataclass(frozen=True)
class Step:
    """
    One step. `notice_days` are the least days between the announcement and the decision it announces; `posting_days` how long a result
    stays posted for objections; `how` and `roll` say how and by whom a `decide` step decides, `profile` by which thresholds.
    """

    code: str
    kind: str
    name_zh: str
    name_en: str
    body: str
    notice_days: int = 0
    posting_days: int = 0
    how: str = ""
    profile: str = ""
    roll: str = ""
    documents: tuple[str, ...] = ()
    publications: tuple[str, ...] = ()
    optional: bool = False

    def name(self, language: str) -> str:
        return self.name_zh if language.lower().startswith("zh") or not self.name_en else self.name_en


@dataclass(frozen=True)
class Road:
    """A road with its steps in order. `version` grows with each change of an operator's own copy; packs are version 0."""

    code: str
    name_zh: str
    name_en: str
    tier: str
    rung: str
    steps: tuple[Step, ...]
    cites: tuple[str, ...] = ()
    hint_zh: str = ""
    hint_en: str = ""
    version: int = field(default=0)

    def name(self, language: str) -> str:
        return self.name_zh if language.lower().startswith("zh") or not self.name_en else self.name_en

    def hint(self, language: str) -> str:
        return self.hint_zh if language.lower().startswith("zh") or not self.hint_en else self.hint_en

    def has(self, kind: str) -> bool:
        return any(s.kind == kind for s in self.steps)

    @property
    def decisions(self) -> tuple[int, ...]:
        """The indexes of the steps that decide, in order."""
        return tuple(i for i, s in enumerate(self.steps) if s.kind == "decide")

    def next_of(self, kind: str, after: int) -> int | None:
        """The first step of `kind` behind step `after`; None where there is none."""
        return next((i for i in range(after + 1, len(self.steps)) if self.steps[i].kind == kind), None)

    def decision_after(self, step: int) -> int | None:
        """The decision that step `step` leads to: itself when it decides, else the next one."""
        return next((i for i in self.decisions if i >= step), None)

    def leading_to(self, decision: int, kind: str) -> Step | None:
        """The step of `kind` between the decision before and `decision` (a notice, a deliberation); None where the road has none there."""
        before = max((i for i in self.decisions if i < decision), default=-1)
        return next((s for s in self.steps[before + 1 : decision] if s.kind == kind), None)

    def posting_of(self, decision: int) -> int:
        """Days a decision's result is posted for objections before it holds; 0 where it holds at once."""
        following = next((i for i in self.decisions if i > decision), len(self.steps))
        return next((s.posting_days for s in self.steps[decision + 1 : following] if s.kind == "publish"), 0)

    def data(self) -> dict[str, Any]:
        """Plain data for JSON; `road_from` reads it back."""
        return {**asdict(self), "steps": [asdict(s) for s in self.steps]}


def road_from(data: Mapping[str, Any]) -> Road:
    """A road from plain data. Raises InputProblem naming the step, what is wrong with it and how to mend it."""
    steps = data.get("steps")
    if not isinstance(steps, Sequence) or isinstance(steps, str) or not 0 < len(steps) <= MOST_STEPS:
        raise InputProblem("bad_road", f"步骤应有 1 到 {MOST_STEPS} 步。", f"A road has 1 to {MOST_STEPS} steps.")
    made = Road(
        code=_text(data, "code", 40),
        name_zh=_text(data, "name_zh", 40),
        name_en=_text(data, "name_en", 80, needed=False),
        tier=_one_of(data, "tier", TIERS),
        rung=_one_of(data, "rung", RUNGS),
        steps=tuple(_step(place, row) for place, row in enumerate(steps, start=1)),
        cites=tuple(str(c) for c in data.get("cites", ())),
        hint_zh=_text(data, "hint_zh", 200, needed=False),
        hint_en=_text(data, "hint_en", 300, needed=False),
        version=int(data.get("version", 0)),
    )
    _check_order(made)
    return made


def _step(place: int, row: Any) -> Step:
    if not isinstance(row, Mapping):
        raise InputProblem("bad_road", f"第 {place} 步写得不对。", f"Step {place} is not a step.")
    known = {f.name for f in fields(Step)}
    if surplus := sorted(set(row) - known):
        raise InputProblem("bad_road", f"第 {place} 步里不认识“{surplus[0]}”。", f"Step {place} has an unknown key {surplus[0]!r}.")
    try:
        return Step(
            code=_text(row, "code", 40),
            kind=_one_of(row, "kind", KINDS),
            name_zh=_text(row, "name_zh", 40),
            name_en=_text(row, "name_en", 80, needed=False),
            body=_one_of(row, "body", BODIES),
            notice_days=_days(row, "notice_days"),
            posting_days=_days(row, "posting_days"),
            how=_one_of(row, "how", HOW, default=""),
            profile=_text(row, "profile", 64, needed=False),
            roll=_one_of(row, "roll", ROLLS, default=""),
            documents=_some_of(row, "documents", DOCUMENTS),
            publications=_some_of(row, "publications", PUBLICATIONS),
            optional=bool(row.get("optional", False)),
        )
    except InputProblem as problem:
        raise InputProblem("bad_road", f"第 {place} 步：{problem.text_zh}", f"Step {place}: {problem.text_en}") from None


def _check_order(road: Road) -> None:
    """What every road must hold, however an operator changes it."""
    codes = [s.code for s in road.steps]
    if len(set(codes)) != len(codes):
        raise InputProblem("bad_road", "两个步骤用了同一个代号，请改一个。", "Two steps have the same code; change one.")
    kinds = [s.kind for s in road.steps]
    if kinds[0] != "raise" or kinds.count("raise") != 1:
        raise InputProblem("bad_road", "第一步必须是提出，并且只有一次。", "The first step must be to raise, and only the first.")
    if kinds.count("screen") != 1 or any(i < kinds.index("screen") for i in road.decisions):
        raise InputProblem("bad_road", "决定之前要有一次审核。", "There must be one screening, before any decision.")
    if not road.decisions:
        raise InputProblem("bad_road", "至少要有一步作出决定。", "At least one step must decide.")
    for once in ("carry_out", "rate"):
        if kinds.count(once) != 1 or kinds.index(once) < road.decisions[-1]:
            raise InputProblem(
                "bad_road",
                "决定之后要有一次落实和一次评价，不能跳过。",
                "After the decision there must be carrying out and rating, once each.",
            )
    if any(s.kind == "second" and i > kinds.index("screen") for i, s in enumerate(road.steps)):
        raise InputProblem("bad_road", "附议在审核之前。", "Seconding comes before the screening.")
    for index in road.decisions:
        step = road.steps[index]
        if not step.how:
            raise InputProblem(
                "bad_road", f"“{step.name_zh}”要写明怎样决定：投票、会议或协商一致。", f"{step.code} must say how it decides."
            )
        if step.how == "ballot" and road.leading_to(index, "notice") is None:
            raise InputProblem(
                "bad_road",
                f"“{step.name_zh}”之前要有公告：没有公告过的事不能表决。",
                f"{step.code} needs a notice before it: what was not announced is not voted on.",
            )


def _text(row: Mapping[str, Any], key: str, most: int, *, needed: bool = True) -> str:
    value = row.get(key, "")
    if not isinstance(value, str) or (needed and not value.strip()) or len(value) > most:
        raise InputProblem("bad_road", f"“{key}”要写，最多 {most} 个字。", f"{key} is needed, {most} characters at most.")
    return value.strip()


def _one_of(row: Mapping[str, Any], key: str, known: Sequence[str], default: str | None = None) -> str:
    value = row.get(key, default)
    if value not in known:
        raise InputProblem("bad_road", f"“{key}”不能是“{value}”。", f"{key} must be one of {', '.join(filter(None, known))}.")
    return str(value)


def _some_of(row: Mapping[str, Any], key: str, known: Sequence[str]) -> tuple[str, ...]:
    values = row.get(key, ())
    if isinstance(values, str) or not isinstance(values, Sequence) or any(v not in known for v in values):
        raise InputProblem("bad_road", f"“{key}”里有不认识的项。", f"{key} may hold {', '.join(known)}.")
    return tuple(dict.fromkeys(values))


def _days(row: Mapping[str, Any], key: str) -> int:
    value = row.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DAYS:
        raise InputProblem("bad_road", f"“{key}”应是 0 到 {MOST_DAYS} 的整数天。", f"{key} is a whole number of days, 0 to {MOST_DAYS}.")
    return value


@cache
def roads() -> tuple[Road, ...]:
    """The roads of the pack, validated. Raises PackError."""
    content = content_of(FOLDER / "roads.yaml")
    try:
        found = tuple(road_from(row) for row in content["entries"])
    except InputProblem as problem:
        raise PackError(f"roads.yaml: {problem.text_en}") from None
    if len({r.code for r in found}) != len(found):
        raise PackError("roads.yaml: a code occurs twice")
    return found


def road(code: str) -> Road:
    """The pack's road of that code. Raises KeyError."""
    return next(r for r in roads() if r.code == code)
