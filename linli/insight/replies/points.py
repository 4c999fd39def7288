"""
Eight points of an answer, each held by a sentence or missing.

The points follow what inspectors of messages to leaders ask of an answer: that it meets the matter, says what was or will be done, by whom, by
when and on what basis, is written for this matter, in time, polite and readable. Labels, guide and agreement: docs/methods/replies.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from linli.insight.replies import signs
from linli.insight.replies.sentences import Kind, Sentence, sentences

LONGEST: Final = 20_000  # characters read of a text; nobody answers longer
BRIEF: Final = 60  # characters of an answer that is read as a neighbour's line, not as an office's letter


class Name(StrEnum):
    """The points, in the order they are told."""

    MATTER = "matter"
    ACT = "act"
    WHO = "who"
    WHEN = "when"
    BASIS = "basis"
    OWN_WORDS = "own_words"
    IN_TIME = "in_time"
    POLITE = "polite"
    READABLE = "readable"


@dataclass(frozen=True)
class Point:
    """
    One point: whether it holds (None when it cannot be known), and the stretch of the answer that shows it, or shows what is wrong;
    `start` equals `end` when nothing is there to show. `why` is a code for the words of the hint, empty when it holds.
    """

    name: Name
    holds: bool | None
    start: int = 0
    end: int = 0
    why: str = ""


@dataclass(frozen=True)
class Review:
    """What was found in one answer, every point once, in order."""

    points: tuple[Point, ...]

    def __getitem__(self, name: Name) -> Point:
        return next(p for p in self.points if p.name == name)

    @property
    def missing(self) -> tuple[Point, ...]:
        return tuple(p for p in self.points if p.holds is False)


def review(
    message: str,
    answer: str,
    *,
    asked_at: datetime | None = None,
    answered_at: datetime | None = None,
    due_at: datetime | None = None,
    same_as: int = 0,
    signed: bool = False,
) -> Review:
    """
    Look at one answer to one message. Without both times, or without a due time, whether it is in time is not known (None); `same_as` is
    how many others got the same text (`sent.Sent`). `signed`: whoever reads it sees which unit gives it, so that what is done without
    another's name is done by that unit. An empty answer holds no point.
    """
    answer, message = answer[:LONGEST], message[:LONGEST]
    brief = len(answer) <= BRIEF
    said = sentences(answer)
    says = [s for s in said if s.kind == Kind.SAYS]
    matter = _matter(message, said, says)
    told = says if matter.holds else []
    act = _shown(Name.ACT, _acts(told, brief=brief))
    return Review(
        (
            matter,
            act,
            _who(said, told, act if signed else None),
            _when(told, brief=brief),
            _basis(said),
            _own_words(said, matter, same_as),
            _in_time(asked_at, answered_at, due_at),
            _polite(answer, said),
            _readable(answer, said),
        )
    )


def _shown(name: Name, found: Iterator[Sentence]) -> Point:
    first = next(found, None)
    return Point(name, True, first.start, first.end) if first else Point(name, False, why="missing")


# --- does it meet the matter ---------------------------------------------------------------------------------------------
_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_STOCK_PAIRS: Final = frozenset(
    [
        "您好",
        "你好",
        "问题",
        "情况",
        "反映",
        "有关",
        "相关",
        "部门",
        "单位",
        "我们",
        "工作",
        "领导",
        "政府",
        "请求",
        "希望",
        "咨询",
        "投诉",
        "建议",
        "关于",
        "处理",
        "解决",
        "调查",
        "核实",
        "管理",
        "人员",
        "进行",
        "没有",
        "可以",
        "什么",
        "怎么",
        "现在",
        "感谢",
        "支持",
        "监督",
        "谢谢",
        "留言",
        "回复",
        "网友",
        "贵局",
        "书记",
        "县长",
        "市长",
        "尊敬",
        "敬的",
        "的领",
        "一个",
        "这个",
        "就是",
        "不是",
        "已经",
        "为了",
        "由于",
        "因为",
        "所以",
        "但是",
        "如果",
        "以及",
        "我县",
        "我市",
        "我区",
        "我局",
        "县区",
        "平台",
        "问政",
        "西地",
        "地省",
        "群众",
        "百姓",
        "居民",
    ]
)
_ENOUGH: Final = 46


def _pairs(text: str) -> set[str]:
    return {run[n : n + 2] for run in _HAN.findall(text) for n in range(len(run) - 1)} - _STOCK_PAIRS


def _matter(message: str, said: Sequence[Sentence], says: Sequence[Sentence]) -> Point:
    """
    It says something that is no stock phrase: more than a few words of its own, or few that name an act or share words with the message.
    """
    asked = _pairs(message)
    for s in says:
        own = _pairs(s.text)
        if len(s.text) >= _ENOUGH or own & asked or (not asked and own) or any(_is_act(c) for c in _clauses(s.text)):
            return Point(Name.MATTER, True, s.start, s.end)
    if sum(len(s.text) for s in says) >= _ENOUGH and says:
        return Point(Name.MATTER, True, says[0].start, says[0].end)
    for kind, why in ((Kind.HANDED_ON, "handed_on"), (Kind.ELSEWHERE, "elsewhere"), (Kind.VAGUE, "vague"), (Kind.RECEIPT, "receipt")):
        for s in said:
            if s.kind == kind:
                return Point(Name.MATTER, False, s.start, s.end, why)
    return Point(Name.MATTER, False, why="missing")


# --- what, who, when, on what basis --------------------------------------------------------------------------------------
_CLAUSE: Final = re.compile(r"[^，,；;：:。]+")


def _acts(told: Sequence[Sentence], *, brief: bool) -> Iterator[Sentence]:
    return (s for s in told if not _tells_how_to_apply(s.text) and any(_is_act(c, brief=brief) for c in _clauses(s.text)))


def _tells_how_to_apply(text: str) -> bool:
    return len(set(signs.APPLYING.findall(text))) >= 3 and not signs.LOOKED_INTO.search(text)


def _clauses(text: str) -> Iterator[str]:
    bare = re.sub(r"《[^》]*》|“[^”]{0,120}”", "", text)
    yield from (m.group().strip() for m in _CLAUSE.finditer(bare))


def _is_act(clause: str, *, brief: bool = False) -> bool:
    return bool(signs.ACT.search(clause) or (brief and signs.PLAIN_ACT.search(clause))) and not signs.PROCEDURE.search(clause)


def _who(said: Sequence[Sentence], told: Sequence[Sentence], own: Point | None) -> Point:
    """A unit that is named; or, of an answer that stands under its unit's name, the unit's `own` act."""
    for s in (*told, *(s for s in said if s.kind not in (Kind.GREETING, Kind.THANKS) and s not in told)):
        bare = re.sub(r"《[^》]*》|“[^”]{0,120}”", lambda m: "　" * len(m.group()), s.text)
        for m in signs.UNIT.finditer(bare):
            if _names_a_unit(m.group()):
                return Point(Name.WHO, True, s.start, s.end)
    if own is not None and own.holds and not any(signs.VAGUE_UNIT.search(s.text) for s in told if s.start == own.start):
        return Point(Name.WHO, True, own.start, own.end)
    return Point(Name.WHO, False, why="missing")


def _names_a_unit(words: str) -> bool:
    return not signs.NO_UNIT.match(words)


def _when(told: Sequence[Sentence], *, brief: bool) -> Point:
    for s in told:
        if brief and any(signs.PLAIN_WHEN.search(c) and not signs.TOLD_ON.search(c) for c in _clauses(s.text)):
            return Point(Name.WHEN, True, s.start, s.end)
        bare = re.sub(r"《[^》]*》|[〔\[（(﹝【](?:19|20)[0-9]{2}[〕\]）)﹞】]", lambda m: "　" * len(m.group()), s.text)
        for clause in _CLAUSE.finditer(bare):
            for m in signs.WHEN.finditer(clause.group()):
                if _tells_when(bare, clause.group(), m):
                    return Point(Name.WHEN, True, s.start, s.end)
    return Point(Name.WHEN, False, why="missing")


def _tells_when(sentence: str, clause: str, found: re.Match[str]) -> bool:
    """A day or a month in a sentence that tells what happens; a year alone only as a limit or of an act."""
    if signs.CONDITION.search(clause) or (signs.TOLD_ON.search(clause) and not signs.ACT.search(clause)):
        return False
    if re.search(r"[月日号]|底|正月", found.group()) and re.search(r"[0-9一二三四五六七八九十]", found.group()):
        return not _tells_how_to_apply(sentence) or bool(signs.LIMIT.search(clause[found.start() :]))
    return bool(
        signs.ACT.search(clause)
        or (signs.LIMIT.search(clause[found.start() :]) and not signs.PROCEDURE.search(clause))
        or "内" in found.group()
    )


def _basis(said: Sequence[Sentence]) -> Point:
    for s in said:
        if s.kind in (Kind.GREETING, Kind.SIGNED):
            continue
        papers = [m.group(1) for m in signs.PAPER.finditer(s.text)]
        ruled = signs.RULED.search(s.text)
        if (
            any(not signs.PAPER_NOT.search(p) for p in papers)
            or signs.PAPER_NUMBER.search(s.text)
            or (ruled and not signs.RULED_NOT.search(ruled.group(1)))
        ):
            return Point(Name.BASIS, True, s.start, s.end)
    return Point(Name.BASIS, False, why="missing")


# --- its own words, in time, polite, readable ------------------------------------------------------------------------------
def _own_words(said: Sequence[Sentence], matter: Point, same_as: int) -> Point:
    if same_as > 0:
        first = next((s for s in said if s.kind == Kind.SAYS), said[0] if said else Sentence(0, 0, ""))
        return Point(Name.OWN_WORDS, False, first.start, first.end, "same_text")
    if not matter.holds:
        return Point(Name.OWN_WORDS, False, matter.start, matter.end, "stock")
    return Point(Name.OWN_WORDS, True, matter.start, matter.end)


def _in_time(asked_at: datetime | None, answered_at: datetime | None, due_at: datetime | None) -> Point:
    if answered_at is None or due_at is None or (asked_at is not None and answered_at < asked_at):
        return Point(Name.IN_TIME, None)
    return Point(Name.IN_TIME, answered_at <= due_at, why="" if answered_at <= due_at else "late")


def _polite(answer: str, said: Sequence[Sentence]) -> Point:
    rude = signs.RUDE.search(answer)
    if rude:
        return _around(Name.POLITE, said, rude.start(), "rude")
    kind = signs.COURTESY.search(answer)
    if kind is None:
        return Point(Name.POLITE, False, why="missing")
    held = _around(Name.POLITE, said, kind.start(), "")
    return Point(Name.POLITE, True, held.start, held.end)


def _around(name: Name, said: Sequence[Sentence], at: int, why: str) -> Point:
    s = next((s for s in said if s.start <= at < s.end), Sentence(at, at, ""))
    return Point(name, False, s.start, s.end, why)


LONG_SENTENCE: Final = 190
WALL: Final = 620
SHORT: Final = 60
_NUMBERED: Final = re.compile(
    r"(?:^|[\s。；：:])(?:[一二三四五六七八九十]{1,2}[、是.．]|[（(][一二三四五六七八九十0-9]{1,2}[）)]|[0-9]{1,2}[、.．](?![0-9]))"
)
_PARTS: Final = re.compile(r"[。！？!?；;\n]+")
_ENDS: Final = re.compile(r"[。！？!?.）)”\"：~；;\d日]\s*$")


def _readable(answer: str, said: Sequence[Sentence]) -> Point:
    """No sentence too long to follow, no long text in one block, nothing cut off at the end."""
    if not said:
        return Point(Name.READABLE, False, why="missing")
    at = 0
    for part in _PARTS.split(answer):
        at = answer.index(part, at)
        if len(re.sub(r"《[^》]*》|\s", "", part)) > LONG_SENTENCE:
            return Point(Name.READABLE, False, at, at + len(part), "long_sentence")
        at += len(part)
    content = sum(len(s.text) for s in said if s.kind == Kind.SAYS)
    blocks = max((len(b) for b in re.split(r"\n+|\s{1,}(?=[\u4e00-\u9fff])", answer)), default=0)
    if content > WALL and blocks > WALL and len(_NUMBERED.findall(answer)) < 4:
        return Point(Name.READABLE, False, said[0].start, said[-1].end, "wall")
    last = said[-1]
    if last.kind != Kind.SIGNED and len(answer) > SHORT and not _ENDS.search(answer):
        return Point(Name.READABLE, False, last.start, last.end, "cut_off")
    return Point(Name.READABLE, True, said[0].start, said[-1].end)
