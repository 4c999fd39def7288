"""What a machine suggests, and a person chooses, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.matters.models import Grade, Urgency
from linli.law.packs import departments
from linli.loops.requests.desk_forms import categories


def _of_departments() -> dict[str, str]:
    language = get_language() or "zh"
    return {d.code: d.name(language) for d in departments()}


_FIELDS: Final[dict[str, tuple[Callable[[], str], Callable[[], dict[str, str]]]]] = {
    "category": (lambda: _("类别"), lambda: {c.code: c.name for c in categories()}),
    "unit": (lambda: _("承办单位"), _of_departments),
    "urgency": (lambda: _("紧急程度"), lambda: {str(k): str(v) for k, v in Urgency.choices}),
    "grade": (lambda: _("难易程度"), lambda: {str(k): str(v) for k, v in Grade.choices}),
}
FIELDS: Final = tuple(_FIELDS)


def field_name(field: str) -> str:
    return _FIELDS[field][0]()


def words_by_field(field: str) -> dict[str, str]:
    """What each code of a field is called."""
    return _FIELDS[field][1]()
