"""
The first day, without any label: rules made of what is written about the categories, behind the same interface as a trained model.

A description is cut into words; the name of a category counts more than its description, a word that several categories have less for
each (see `KeywordRules`). Needs nothing but the core.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from linli.insight.keywords import KeywordRules
from linli.insight.reading.readings import TOP, Reading
from linli.insight.reading.words import words_of
from linli.lib.problems import InputProblem

NAME_WEIGHT: Final = 2.0


class Rules:
    """Reads by keywords. `descriptions` maps a label to what belongs to it, in any words; an empty one leaves the label's own name."""

    def __init__(self, descriptions: Mapping[str, str]) -> None:
        if not descriptions:
            raise InputProblem("no_rules", "没有一个类别的说明，请检查文件。", "There is no description of any category; check the file.")
        self.labels = tuple(descriptions)
        self._rules = KeywordRules({label: _keywords(label, text) for label, text in descriptions.items()})

    def read(self, texts: Sequence[str], *, explained: int = TOP) -> Iterator[Reading]:
        """What each text is read as. Never sure: confidence of counted words is no chance, and a text without any word has 0."""
        for text in texts:
            told = self._rules.suggest(text, TOP)
            others = [label for label in self.labels if label not in {one.code for one in told}]
            labels = (*(one.code for one in told), *others)[:TOP]
            chances = (*(one.confidence for one in told), *(0.0 for _label in others))[:TOP]
            words = (*(one.reason for one in told), *(() for _label in others))[:TOP]
            yield Reading(labels, chances, tuple(said if n < explained else () for n, said in enumerate(words)), sure=False)


def _keywords(label: str, text: str) -> list[tuple[str, float]]:
    """Words of two characters and more, with their weight; the whole name too."""
    described = {word: 1.0 for word in words_of(text) if len(word) > 1}
    named = {word: NAME_WEIGHT for word in words_of(label) if len(word) > 1}
    return [*(described | named).items(), (label.strip(), NAME_WEIGHT)]
