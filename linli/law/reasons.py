"""
Reasons in words: why a vote passed or failed and how papers were counted, as a code with parameters, said in Chinese or English.

The sentences are data (`packs/voting/reasons.yaml`), so that a page, a poster and a terminal say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, Final

_WORDS_EN: Final = {
    Fraction(1, 2): "half", Fraction(2, 3): "two_thirds", Fraction(3, 4): "three_quarters", Fraction(1, 3): "one_third",
    Fraction(1, 4): "one_quarter", Fraction(4, 5): "four_fifths", Fraction(1, 5): "one_fifth", Fraction(1): "all",
}  # fmt: skip
_DIGITS_ZH: Final = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Reason:
    """A stable code and what fills its sentence. Areas are texts with two decimals, counts are integers."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    from linli.law.voting import read

    return {row["code"]: row for row in read("reasons")["entries"]}


@cache
def dimensions() -> Mapping[str, Mapping[str, str]]:
    """Names and units of what is counted, by dimension."""
    from linli.law.voting import read

    named: Mapping[str, Mapping[str, str]] = read("reasons")["dimensions"]
    return named


def say(reason: Reason, language: str) -> str:
    """The sentence for a language tag; everything that is not Chinese gets English. Raises KeyError for an unknown code."""
    tongue = "zh" if language.lower().startswith("zh") else "en"
    return _sentences()[reason.code][tongue].format_map({key: _shown(key, value, tongue) for key, value in reason.params.items()})


def _shown(key: str, value: Any, tongue: str) -> str:
    if key == "place":
        from linli.law.voting import place

        return place(value).name(tongue)
    if key == "missing" and isinstance(value, list | tuple):
        return ("、" if tongue == "zh" else ", ").join(map(str, value))
    if isinstance(value, Mapping):
        return str(value[tongue])
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def fraction_word(share: Fraction) -> str:
    """The word a threshold has in reason codes: two_thirds, half, three_quarters; others 5_8."""
    return _WORDS_EN.get(share, f"{share.numerator}_{share.denominator}")


def threshold_words(op: str, share: Fraction) -> Mapping[str, str]:
    """A threshold as the law words it: 三分之二以上, 过半数; in English "at least 2/3"."""
    if share == 1 and op == ">=":
        return {"zh": "全部", "en": "all"}
    plain = _han(share)
    zh = {">": "过半数" if share == Fraction(1, 2) else f"超过{plain}", ">=": f"{plain}以上", "<": f"不满{plain}", "<=": f"{plain}以下"}[op]
    en = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}[op]
    return {"zh": zh, "en": f"{en} {share}"}


def _han(share: Fraction) -> str:
    if share.denominator <= 10 and share.numerator <= 10:
        return f"{_DIGITS_ZH[share.denominator]}分之{_DIGITS_ZH[share.numerator]}"
    return str(share)


def percent(part: int, whole: int) -> str:
    """A share for showing: two decimals, rounded down, never compared. Of nothing: "-"."""
    if whole <= 0:
        return "-"
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def quantity(dimension: str, number: int) -> Mapping[str, str]:
    """A count with its unit in both languages; area is in 0.01 m²."""
    unit = dimensions()[dimension]
    text = f"{number // 100:,}.{number % 100:02d}" if dimension == "area" else f"{number:,}"
    return {"zh": f"{text}{unit['unit_zh']}", "en": f"{text} {unit['unit_en']}".strip()}
