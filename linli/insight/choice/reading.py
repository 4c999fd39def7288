"""Reading plain JSON with care: every problem is collected with its path, what is wrong, and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar

from linli.lib.problems import InputProblem
from linli.lib.units import UnitError, parse_area

MOST_PROBLEMS: Final = 20
T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """One thing to mend: `path` is the place in the JSON ($.units[3].area), the texts say what is wrong and how to mend it."""

    path: str
    code: str
    text_zh: str
    text_en: str

    def text(self, language: str) -> str:
        return f"{self.path}: {self.text_zh if language.lower().startswith('zh') else self.text_en}"


class CaseError(InputProblem):
    """A case that cannot be counted; `problems` has at least one entry and at most MOST_PROBLEMS."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        zh, en = (" ".join(problem.text(tongue) for problem in problems) for tongue in ("zh", "en"))
        super().__init__(problems[0].code, zh, en)
        self.problems = tuple(problems)


class Reader:
    """Collects problems; `done` raises them together, so that a long roll is mended in one go."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, path: str, code: str, text_zh: str, text_en: str) -> None:
        """Note a problem; the twentieth ends the reading."""
        self.problems.append(Problem(path, code, text_zh, text_en))
        if len(self.problems) >= MOST_PROBLEMS:
            self.done()

    def done(self) -> None:
        """Raise CaseError with what was found so far, if anything was."""
        if self.problems:
            raise CaseError(self.problems)

    def must(self, value: T | None) -> T:
        """`value`, which can only be None after a problem was noted."""
        if value is None:
            self.done()
        assert value is not None
        return value

    def mapping(self, path: str, value: Any) -> Mapping[str, Any] | None:
        if isinstance(value, Mapping):
            return value
        self.wrong(path, "not_an_object", "这里应当是一个对象，写成 {…}。", "This must be an object, written {…}.")
        return None

    def listing(self, path: str, value: Any) -> Sequence[Any]:
        if isinstance(value, list):
            return value
        self.wrong(path, "not_a_list", "这里应当是一个列表，写成 […]。", "This must be a list, written […].")
        return ()

    def text(self, path: str, value: Any) -> str:
        """An id or word; whole numbers are taken as their digits."""
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self.wrong(path, "not_text", "这里应当填写一个编号或者词，不能为空。", "This must be an id or a word, and not empty.")
        return ""

    def word(self, path: str, value: Any, words: Iterable[str]) -> str:
        """One of `words`."""
        known = list(words)
        if isinstance(value, str) and value in known:
            return value
        listed = ", ".join(word or '""' for word in known)
        self.wrong(path, "unknown_word", f"这里只能填写：{listed}。", f"This must be one of: {listed}.")
        return known[0]

    def flag(self, path: str, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        self.wrong(path, "not_yes_or_no", "这里只能填写 true 或者 false。", "This must be true or false.")
        return False

    def count(self, path: str, value: Any) -> int:
        """A whole number of 0 or more; 12.0 and "12" are 12."""
        try:
            number = Decimal(value if isinstance(value, str) else str(value))
            whole = int(number) if not isinstance(value, bool) and number == number.to_integral_value() else -1
        except (ArithmeticError, ValueError):
            whole = -1
        if 0 <= whole <= 10**12:
            return whole
        self.wrong(path, "not_a_count", "人数应当是 0 或者正整数，如 37。", "A count must be a whole number of 0 or more, such as 37.")
        return 0

    def area(self, path: str, value: Any) -> int:
        """Square metres ("89.37") as 0.01 m²; any size, for sums are larger than homes."""
        if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
            return self._no_area(path, '面积请写成数字，如 "89.37"。', 'Write an area as a number, such as "89.37".')
        try:
            return parse_area(value)
        except UnitError as problem:
            return self._no_area(path, problem.text_zh, problem.text_en)

    def only(self, path: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
        """Note every key that is not known, for a slip of the pen must not lose votes."""
        allowed = sorted(known)
        for key in given:
            if key not in allowed and not key.startswith("_"):
                listed = ", ".join(allowed)
                self.wrong(
                    f"{path}.{key}", "unknown_key", f"没有这个项目，可以用：{listed}。", f"There is no such key; there are: {listed}."
                )

    def calling(self, path: str, make: Callable[[], T]) -> T | None:
        """What `make` returns; an InputProblem it raises is noted at `path`."""
        try:
            return make()
        except InputProblem as problem:
            self.wrong(path, problem.code, problem.text_zh, problem.text_en)
        except ValueError as problem:
            self.wrong(path, "refused", str(problem), str(problem))
        return None

    def _no_area(self, path: str, text_zh: str, text_en: str) -> int:
        self.wrong(path, "area", text_zh, text_en)
        return 0


def parse(text: str | bytes) -> Any:
    """JSON with exact decimals. Raises CaseError for what is no JSON, has a key twice, or holds NaN."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_double)
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        where = f"line {fault.lineno}, column {fault.colno}" if isinstance(fault, json.JSONDecodeError) else "UTF-8"
        raise CaseError(
            [
                Problem(
                    "$",
                    "not_json",
                    f"这不是有效的 JSON（{where}），请检查括号、引号和逗号。",
                    f"This is no JSON ({where}); check brackets, quotes and commas.",
                )
            ]
        ) from None
    except RecursionError:
        raise CaseError([Problem("$", "too_deep", "嵌套太深，请检查括号。", "Nested too deeply; check the brackets.")]) from None


def _no_constant(name: str) -> Any:
    raise CaseError([Problem("$", "not_a_number", f"{name} 不是数字，请改正。", f"{name} is no number; correct it.")])


def _no_double(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise CaseError(
            [Problem(f"$..{twice}", "key_twice", "同一个项目写了两次，请删去一个。", "This key stands twice in one object; remove one.")]
        )
    return found
