"""
One line for a topic, in the residents' own words: where, and what about it. The title most of the people wrote like (the medoid), cut where the
place ends, without "I report that" before and "please help" behind.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from linli.insight.hot.messages import Message, plain
from linli.insight.hot.names import LONGEST, SHORTEST

MOST_READ: Final = 200
MOST_CHARS: Final = 26
MOST_TRIED: Final = 5
SHORT: Final = 4

_OPENING: Final = re.compile(
    r"^(?:再次|再三|多次|第?[一二三四五\d]+次|强烈|坚决|实名|网络|关于|对于|有关|针对|就|投诉|举报|反映|反应|反馈|咨询|请问|询问|问问|质疑|求助|诉求|请求|"
    r"恳请|恳求|敬请|呼吁|吁请|强烈要求|要求|建议|希望|期盼|盼望|请|政府|书记|市长|领导|帮忙|解决|处理|查处|彻查|严查|依法|关注|督促|给|由于|在|紧急|惊|[!！?？:：，,。.\s])+"
)
_CLOSING: Final = re.compile(
    r"(?:(?:等|的|的?几点|的?几个|一系列|相关|有关)+(?:问题|情况|事宜|事件|投诉|举报|建议|咨询|请求|疑问|疑惑|诉求)|(?:一直|至今|始终|长期)?(?:得不到|没有?|未)(?:人管|解决|处理|回复|答复)|"
    r"(?:恳请|敬请|希望|请求|望|请|求)[^，,。！!？?]{0,8}(?:解决|处理|关注|重视|帮忙|帮助|管管|做主|回复)|谁来管|怎么办|合理吗|吗|呢|啊|[!！?？。.,，;；、\s…~])+$"
)
_DIVISION: Final = re.compile(r"[㐀-鿿a-z0-9]{1,4}?(?:省|自治区|市|区|县|镇|乡|街道|村)")
_TIE: Final = 2
_CLAUSES: Final = re.compile(r"[，,。；;！!？?\s]+")
_BESIDE: Final = re.compile(r"^(?:的|内的?|里的?|旁边?的?|附近的?|周边的?|门口的?|[、，,:：\s\-—])+")
_PEOPLE: Final = re.compile(
    "业主|居民|村民|市民|学生|家长|职工|员工|教师|老师|司机|老人|农民工|民工|购房者|受害人|投资人|租户|商户|残疾人|退役军人|士官|患者|旅客|乘客|儿童"
)


@dataclass(frozen=True)
class Line:
    """Where (empty when nobody says), what, and which people it is about (empty when no one kind is named by three in ten)."""

    place: str
    what: str
    people: str

    @property
    def text(self) -> str:
        return f"{self.place} {self.what}".strip()


def line_of(messages: Sequence[Message], names: Collection[str], *, place: str = "") -> Line:
    """
    The line of a topic; `place` is where it is when the place tree knows. One person's many messages speak once. Raises ValueError of nothing.
    """
    if not messages:
        raise ValueError("a topic without messages has no line")
    once = {m.who: m for m in reversed(messages)}
    voices = sorted(once.values(), key=lambda m: (m.day, str(m.id)))[:MOST_READ]
    titles = [shown(m.title) or shown(m.body) for m in voices]
    support = Counter(pair for title in titles for pair in set(_pairs(title.lower())))
    ranked = sorted(titles, key=lambda t: (-_central(t, support), len(t), t))
    said, what = next(
        (pair for t in ranked[:MOST_TRIED] if len((pair := _parts(t, names, support))[1]) >= SHORT), _parts(ranked[0], names, support)
    )
    if said and said[-1] not in "省市区县":
        where = said
    else:
        where = _usual_place(titles, names) or said
    if place:
        where = place
    return Line(where, what or ranked[0][:MOST_CHARS], _people(messages))


def _parts(title: str, names: Collection[str], support: Counter[str]) -> tuple[str, str]:
    """A title's place and its clause; a second place soon after the first belongs to the first when it is narrower."""
    place, rest = parted(title, names)
    again, what = parted(rest, names)
    if again and len(again) > 2:
        place, rest = (again if place and again.startswith(place) else place + again if place else again), what
    return place, _clause(rest, support)


def shown(title: str) -> str:
    """A title on one line, full-width digits and letters made plain."""
    return unicodedata.normalize("NFKC", plain(title, 80))


def parted(title: str, names: Collection[str]) -> tuple[str, str]:
    """(the place at its beginning, the rest), both without opening and closing words. The place is empty when the title begins with none."""
    title = _OPENING.sub("", title) or title
    end = _place_end(title.lower(), names)
    rest = _BESIDE.sub("", title[end:])
    return title[:end], _CLOSING.sub("", rest) or rest


def _place_end(title: str, names: Collection[str]) -> int:
    """How far a chain of names and divisions goes from the beginning; two characters between them may be anything."""
    end = 0
    while end < len(title):
        reach = end
        for start in range(end, min(len(title), end + _TIE + 1)):
            length = next((n for n in range(LONGEST, SHORTEST - 1, -1) if title[start : start + n] in names), 0)
            if length:
                reach = start + length
                break
        match = _DIVISION.match(title, end)
        reach = max(reach, match.end() if match else 0)
        if reach == end:
            return end
        end = reach
    return end if end < len(title) else 0


def _usual_place(titles: Sequence[str], names: Collection[str]) -> str:
    """The place most titles begin with, the longer one among equals; empty when fewer than two agree."""
    places = Counter(place for title in titles if (place := parted(title, names)[0]))
    if not places:
        return ""
    best, count = max(places.items(), key=lambda row: (row[1], len(row[0]), row[0]))
    return best if count >= 2 or len(titles) < 4 else ""


def _clause(text: str, support: Counter[str]) -> str:
    """The clause most people share, cut to a length one reads at a glance."""
    clauses = [c for c in _CLAUSES.split(text) if len(c) >= 2]
    if not clauses:
        return ""
    best = max(clauses, key=lambda c: (_central(c, support), -len(c), c))
    best = _CLOSING.sub("", _OPENING.sub("", best)) or best
    return best if len(best) <= MOST_CHARS else best[: MOST_CHARS - 1] + "…"


def _central(text: str, support: Counter[str]) -> float:
    pairs = set(_pairs(text.lower()))
    return sum(support[pair] - 1 for pair in pairs) / (len(pairs) + 6)


def _pairs(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(len(text) - 1)]


def _people(messages: Sequence[Message]) -> str:
    named: dict[str, set[str]] = defaultdict(set)
    for m in messages[:MOST_READ]:
        for word in set(_PEOPLE.findall(m.title)) | set(_PEOPLE.findall(m.body[:150])):
            named[word].add(m.who)
    everybody = len({m.who for m in messages[:MOST_READ]})
    best = max(named, key=lambda word: (len(named[word]), word), default="")
    return best if best and 10 * len(named[best]) >= 3 * everybody else ""
