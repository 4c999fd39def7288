"""What a category asks: questions defined, changed, put in order, retired and taken up again. Each change stands in the security log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters.models import Category
from linli.kernel.matters.setting_actions import require_everywhere
from linli.lib.texts import clean
from linli.ports.open311 import rules
from linli.ports.open311.models import ServiceAttribute

VERB = "category.edit"


@transaction.atomic
def save_attribute(
    *,
    actor: Actor,
    category: Category,
    now: datetime,
    attribute: ServiceAttribute | None = None,
    code: str = "",
    description: str,
    datatype: str = ServiceAttribute.DataType.STRING,
    required: bool = False,
    variable: bool = True,
    datatype_description: str = "",
    values: Sequence[tuple[str, str]] = (),
) -> ServiceAttribute:
    """
    Add a question to a category (attribute None), as its last, or change one. Its code never changes: answers are kept under it.

    A question that is not `variable` is a sentence to be read: nothing is asked, nothing required. Raises Invalid for a bad or taken
    code, no words, an unknown datatype, choices that do not fit it; Refused when a category asks as much as it may; NotAllowed.
    """
    require_everywhere(actor, VERB)
    described = clean(description, 200)
    pairs = [(clean(key, 60), clean(name, 120)) for key, name in values] if variable else []
    fields: dict[str, list[Any]] = {}
    if attribute is None and not rules.is_code(code):
        fields["code"] = [_("用字母、数字和 . _ -，最多 40 个，字母或数字开头。")]
    if not described:
        fields["description"] = [_("请写出问题。")]
    if datatype not in ServiceAttribute.DataType.values:
        fields["datatype"] = [_("请选择回答的形式。")]
    elif variable and (wrong := rules.why_not_values(datatype, pairs)):
        fields["values"] = [_why_values(wrong)]
    if fields:
        raise Invalid("bad_attribute", _("这个问题有几处要改。"), fields=fields)
    fresh = attribute is None
    if attribute is None:
        asked = ServiceAttribute.objects.filter(category=category, retired_at=None).count()
        if asked >= rules.MOST_QUESTIONS:
            raise Refused("too_many_questions", _("一个类别最多问 %(n)s 个问题，请先停用一个。") % {"n": rules.MOST_QUESTIONS})
        attribute = ServiceAttribute(category=category, code=code, order=_last(category) + 1)
    was = {} if fresh else {"description": attribute.description, "datatype": attribute.datatype, "required": attribute.required}
    attribute.description, attribute.datatype_description = described, clean(datatype_description, 200)
    attribute.datatype, attribute.variable, attribute.required = datatype, variable, required and variable
    attribute.values = [list(pair) for pair in pairs]
    try:
        with transaction.atomic():
            attribute.save()
    except IntegrityError:
        raise Invalid(
            "code_taken", _("这个代码在本类别里用过了。"), fields={"code": [_("请换一个代码；停用的问题可以在下面恢复。")]}
        ) from None
    _log(actor, attribute, now, was=was)
    return attribute


def _why_values(wrong: str) -> str:
    return {
        "missing": _("单选和多选至少要有两个选项。"),
        "unwanted": _("只有单选和多选才有选项，请清空，或改回答的形式。"),
        "too_many": _("选项最多 %(n)s 个。") % {"n": rules.MOST_VALUES},
        "empty": _("每个选项都要有代码和名称。"),
        "twice": _("选项的代码不能重复。"),
    }[wrong]


def _last(category: Category) -> int:
    return ServiceAttribute.objects.filter(category=category).order_by("-order").values_list("order", flat=True).first() or 0


@transaction.atomic
def move_attribute(*, actor: Actor, attribute: ServiceAttribute, up: bool, now: datetime) -> None:
    """Ask it one earlier, or one later; at the end of the list nothing changes. Orders are renumbered from 1 without gaps."""
    require_everywhere(actor, VERB)
    rows = list(ServiceAttribute.objects.filter(category=attribute.category_id, retired_at=None).order_by("order", "id"))
    at = next((n for n, row in enumerate(rows) if row.pk == attribute.pk), None)
    if at is None:
        raise Refused("retired", _("这个问题已经停用。"))
    other = at - 1 if up else at + 1
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    for order, row in enumerate(rows, start=1):
        row.order = order
    ServiceAttribute.objects.bulk_update(rows, ["order"])
    _log(actor, attribute, now, order=other + 1)


@transaction.atomic
def retire_attribute(*, actor: Actor, attribute: ServiceAttribute, now: datetime) -> None:
    """Ask it no more; answers already given stay. Retiring it again changes nothing."""
    require_everywhere(actor, VERB)
    if attribute.retired_at is None:
        attribute.retired_at = now
        attribute.save(update_fields=["retired_at"])
        _log(actor, attribute, now, retired=True)


@transaction.atomic
def restore_attribute(*, actor: Actor, attribute: ServiceAttribute, now: datetime) -> None:
    """Ask a retired question again, as the last. One that is in force stays where it is."""
    require_everywhere(actor, VERB)
    if attribute.retired_at is not None:
        attribute.retired_at, attribute.order = None, _last(attribute.category) + 1
        attribute.save(update_fields=["retired_at", "order"])
        _log(actor, attribute, now, retired=False)


def attribute_of(category: Category, attribute_id: int) -> ServiceAttribute:
    """Raises NotFound for another category's question."""
    found = ServiceAttribute.objects.select_related("category").filter(category=category, pk=attribute_id).first()
    if found is None:
        raise NotFound("no_attribute", _("没有找到这个问题。"))
    return found


def _log(actor: Actor, attribute: ServiceAttribute, now: datetime, **details: Any) -> None:
    about = f"{attribute.category.name}: {attribute.code}"
    log_event("service_attribute_changed", now=now, actor=actor, about=about, **details)
