"""How everything here refuses what it cannot use: one shape, in two languages, with what to do about it."""

from __future__ import annotations

from linli.lib.problems import InputProblem


def refuse(code: str, text_zh: str, text_en: str) -> InputProblem:
    """The problem, to be raised by the caller."""
    return InputProblem(code, text_zh, text_en)
