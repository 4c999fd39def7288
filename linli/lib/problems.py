"""The shape of every "this input cannot be read" of the ground floor: a stable code and how to mend it, in two languages."""

from __future__ import annotations


class InputProblem(ValueError):
    """
    Input that cannot be accepted. `code` is stable and English (for machines); `text_zh` and `text_en` say what is wrong
    and how to mend it, never repeating the input itself (it may be personal).
    """

    def __init__(self, code: str, text_zh: str, text_en: str) -> None:
        super().__init__(code)
        self.code, self.text_zh, self.text_en = code, text_zh, text_en

    def __str__(self) -> str:
        return f"{self.code}: {self.text_en}"

    def text(self, language: str) -> str:
        """The text for a language tag such as "zh-hans" or "en"; everything that is not Chinese gets English."""
        return self.text_zh if language.lower().startswith("zh") else self.text_en
