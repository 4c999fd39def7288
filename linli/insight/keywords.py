"""
Suggestions from words alone: which category, which department, how urgent. The floor that works on the first day.

A suggestion never decides: it carries a confidence and the words it rests on, and a person's choice is recorded beside it. A
learned model comes in through the same `Suggester` interface.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from linli.lib.texts import fold


@dataclass(frozen=True)
class Suggestion:
    """A code, how sure the suggester is (0 to 1), and the words that decided, weightiest first."""

    code: str
    confidence: float
    reason: tuple[str, ...]


SURE_FROM: Final = 0.4
"""
Confidence from which the first of counted words is worth more than a look by a person: from there on such rules are right seven times in ten and
better, below it hardly every other time, where a wrong dispatch costs three looks (`reading.doubt`; measured: bench/README.md, "Reading messages").
"""


def is_sure(told: Sequence[Suggestion]) -> bool:
    """Whether the first of what keyword rules suggest may stand without a look. Nothing suggested: no doubt to tell of."""
    return not told or told[0].confidence >= SURE_FROM


class Suggester(Protocol):
    """Anything that reads a text and suggests codes, best first. It keeps nothing and decides nothing."""

    def suggest(self, text: str, top: int = 3) -> list[Suggestion]: ...


class KeywordRules:
    """
    Suggests codes by weighted keywords; `rules` maps a code to keywords or (keyword, weight) pairs.

    Longer keywords weigh more, a keyword shared by several codes weighs less for each, repetition adds a little. All occurrences
    are found in one pass, also overlapping ones. Built once, it is immutable and shared between threads.
    """

    def __init__(self, rules: Mapping[str, Iterable[str | tuple[str, float]]]) -> None:
        weights: dict[str, dict[str, float]] = defaultdict(dict)
        for code, keywords in rules.items():
            for keyword in keywords:
                word, weight = keyword if isinstance(keyword, tuple) else (keyword, 1.0)
                word = _folded(word)
                if not word:
                    raise ValueError(f"an empty keyword for {code!r}")
                weights[word][code] = max(weight, weights[word].get(code, 0.0))
        self._weights = {
            word: {code: weight * _length_factor(word) / len(codes) for code, weight in codes.items()} for word, codes in weights.items()
        }
        self._inside = {word: [part for part in _prefixes(word) if part in self._weights] for word in self._weights}
        self._finder = _longest_at_each_place(self._weights)

    def suggest(self, text: str, top: int = 3) -> list[Suggestion]:
        """At most `top` suggestions, best first; none when no keyword occurs. Equal scores keep the order of the rules' codes."""
        counts = self._occurrences(_folded(text))
        scores: dict[str, float] = defaultdict(float)
        reasons: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for word, count in counts.items():
            for code, weight in self._weights[word].items():
                gain = weight * (1 + 0.25 * min(count - 1, 2))
                scores[code] += gain
                reasons[code].append((gain, word))
        total = sum(scores.values())
        best = sorted(scores, key=lambda code: -scores[code])[:top]
        return [
            Suggestion(code, round(scores[code] / (total + 1), 3), tuple(word for _, word in sorted(reasons[code], key=_heaviest)[:5]))
            for code in best
        ]

    def _occurrences(self, folded: str) -> Counter[str]:
        counts: Counter[str] = Counter()
        for match in self._finder.finditer(folded):
            counts.update(self._inside[match[1]])
        return counts


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


EMERGENCY_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "119": _words(
        "着火 起火 失火 火灾 火情 冒烟 冒浓烟 浓烟 爆炸 煤气泄漏 燃气泄漏 天然气泄漏 燃气泄露 煤气泄露 天然气泄露 闻到煤气 "
        "闻到燃气 煤气味很重 电梯困人 困在电梯 被困电梯 关在电梯 困在了电梯 被困 坍塌 倒塌 塌方 楼塌 落水 溺水 掉进井 "
        "掉入井"
    ),
    "120": _words(
        "触电 晕倒 昏倒 昏迷 不省人事 没有呼吸 呼吸困难 心脏病发 心梗 中风 抽搐 大出血 流血不止 煤气中毒 一氧化碳中毒 "
        "食物中毒 坠楼 高空坠落 从楼上摔 要生了"
    ),
    "110": _words(
        "跳楼 轻生 自杀 割腕 想死 不想活 砍人 持刀 行凶 打人 斗殴 抢劫 绑架 入室盗窃 家暴 被打 孩子走失 老人走失 "
        "小孩走丢 老人走丢 孩子丢了 炸弹"
    ),
}
"""Words of danger to life, by the number to call: 119 fire and rescue, 120 medical, 110 police."""

URGENT_WORDS: Final[tuple[str, ...]] = _words(
    "停水 没水 断水 水管爆 爆管 管道爆裂 停电 断电 没电 跳闸 停气 没气 断气 停暖 没暖气 暖气不热 不供暖 污水外溢 "
    "污水倒灌 粪水 下水道外溢 化粪池满 井盖缺失 井盖丢失 井盖没了 没有井盖 电线掉 电线裸露 漏电 燃气味 煤气味 墙皮脱落 "
    "外墙脱落 瓷砖脱落 高空抛物 树要倒 树倒 广告牌要掉 积水严重 电梯停运 电梯坏 电梯故障 电梯下坠 电梯急坠 门禁坏了进不去 "
    "消防通道堵 堵塞消防通道 占用消防通道 火灾隐患 消防隐患 安全隐患 疯狗 恶犬 狗咬 蜂窝 马蜂 塌陷 地面下沉 漏水严重 "
    "电动车进楼 飞线充电 独居老人没 联系不上老人"
)
"""Words of failing supply or danger to come: the matter waits hours, not days (HOT-014 names water, power, gas and heat)."""

_NOT_NOW_BEFORE: Final = re.compile(
    r"(?:(?:没有|没|未|无|并非|不是|担心|害怕|生怕)[^，。；！？,.;!?]?"
    r"|(?:不会|预防|防止|防范|谨防|避免|杜绝|假如|如果|万一|曾|以前|当年|去年)[^，。；！？,.;!?]{0,3})$"
)
_NOT_NOW_AFTER: Final = re.compile(
    r"^[^，。；！？,.;!?]{0,3}(?:隐患|演练|演习|培训|宣传|讲座|知识|险|风险|预防|预案|器材|保险|报警器|怎么办)"
)


def urgency_of(text: str) -> Suggestion:
    """
    "emergency" (danger to life now: tell the writer to call, see `numbers_to_call`), "urgent" or "ordinary", with the words.

    One word of danger in a long story is believed less (0.5): who is in danger writes briefly. A word that is denied, feared
    or taught ("预防触电", "火灾隐患") does not make an emergency, only an urgent matter.
    """
    folded = _folded(text)
    now, later = _dangers(folded)
    if now:
        told_at_length = len(folded) > _LONG and len(now) == 1
        return Suggestion("emergency", 0.5 if told_at_length else min(0.95, round(0.7 + 0.1 * len(now), 2)), tuple(now))
    urgent = list(dict.fromkeys(match[1] for match in _URGENT.finditer(folded)))
    if urgent:
        return Suggestion("urgent", min(0.9, round(0.6 + 0.1 * len(urgent), 2)), tuple(urgent))
    if later:
        return Suggestion("urgent", 0.4, tuple(later))
    return Suggestion("ordinary", 0.6, ())


def numbers_to_call(text: str) -> tuple[str, ...]:
    """The emergency numbers (110, 119, 120) the words call for, in the order they occur; empty unless it is an emergency."""
    now, _later = _dangers(_folded(text))
    return tuple(dict.fromkeys(_NUMBER_OF[word] for word in now))


def _dangers(folded: str) -> tuple[list[str], list[str]]:
    """The words of danger that are meant now, and those denied, feared or taught."""
    now: dict[str, None] = {}
    later: dict[str, None] = {}
    for match in _EMERGENCY.finditer(folded):
        start, end = match.span(1)
        remote = _NOT_NOW_BEFORE.search(folded[max(0, start - 8) : start]) or _NOT_NOW_AFTER.search(folded[end : end + 8])
        (later if remote else now)[match[1]] = None
    return list(now), list(later)


def _folded(text: str) -> str:
    return fold(text).lower()


def _heaviest(entry: tuple[float, str]) -> tuple[float, str]:
    return -entry[0], entry[1]


def _length_factor(word: str) -> float:
    """A keyword of two characters counts 1; each further one half more, up to 3: longer words are more particular."""
    return min(3.0, 0.5 * len(word)) if len(word) > 1 else 0.5


def _prefixes(word: str) -> list[str]:
    return [word[:end] for end in range(1, len(word) + 1)]


def _longest_at_each_place(words: Iterable[str]) -> re.Pattern[str]:
    """One regular expression, shaped as a prefix tree, that finds the longest word starting at each place of a text."""
    tree: dict[str, dict[str, Any]] = {}
    for word in words:
        node = tree
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}
    return re.compile(f"(?=({_branch(tree)}))" if tree else r"(?!)()")


def _branch(node: dict[str, Any]) -> str:
    ways = [re.escape(char) + _branch(below) for char, below in sorted(node.items()) if char]
    if not ways:
        return ""
    either = ways[0] if len(ways) == 1 and "" not in node else f"(?:{'|'.join(ways)})"
    return either + ("?" if "" in node else "")


_LONG: Final = 200
_NUMBER_OF: Final = {word: number for number, words in EMERGENCY_WORDS.items() for word in words}
_EMERGENCY: Final = _longest_at_each_place(_NUMBER_OF)
_URGENT: Final = _longest_at_each_place(URGENT_WORDS)
