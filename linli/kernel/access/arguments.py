"""What a form sent, as the arguments of an action: one reader for the verbs of every room."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final, get_type_hints

from django.utils.translation import gettext as _

from linli.kernel.access.refusals import Invalid
from linli.lib.texts import clean
from linli.lib.units import SHANGHAI

LARGEST: Final = 2**31 - 1


def read_arguments(function: Callable[..., Any], data: Mapping[str, Any], given: frozenset[str]) -> dict[str, Any]:
    """
    The action's keyword arguments by their names and types, without those in `given`. What is not sent keeps the action's default; lists come
    from `getlist` where `data` has it. Texts lose NUL and the blanks around them.

    Raises Invalid for numbers, days and moments that cannot be read, and for what must be there and is not.
    """
    hints = get_type_hints(function)
    wrong: dict[str, list[Any]] = {}
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in given:
            continue
        kind = str(hints[name])
        needed = parameter.default is inspect.Parameter.empty
        if "Sequence" in kind:
            several = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
            if several or needed:
                found[name] = [str(one).replace("\x00", "").strip() for one in several]
            continue
        raw = data.get(name)
        text = str(raw).replace("\x00", "").strip() if raw is not None else ""
        if "bool" in kind:
            if raw is not None or needed:
                found[name] = text.lower() in ("1", "on", "true", "yes")
        elif text:
            try:
                found[name] = _read(kind, text)
            except ValueError as problem:
                wrong[name] = [str(problem)]
        elif needed:
            if kind == str(str):
                found[name] = ""
            else:
                wrong[name] = [_("请填写这一项。")]
    if wrong:
        raise Invalid("bad_input", _("有几处没有看懂，您填的都还在。"), fields=wrong)
    return found


def needed(text: str, field: str, words: str, limit: int = 300) -> str:
    """A text that must be there, cleaned and cut at `limit` characters. Raises Invalid with `words` on the field."""
    made = clean(text, limit)
    if len(made) < 2:
        raise Invalid("missing", words, fields={field: [words]})
    return made


def _read(kind: str, text: str) -> Any:
    """One value by its type's name. Raises ValueError with words that say how to write it."""
    if "int" in kind:
        if not text.isdecimal() or int(text) > LARGEST:
            raise ValueError(_("请填 0 以上的整数。"))
        return int(text)
    if "datetime.datetime" in kind:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(_("请按“年-月-日 时:分”填写，例如 2026-06-30 19:00。")) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    if "datetime.date" in kind:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(_("请按“年-月-日”填写，例如 2026-07-10。")) from None
    return text
