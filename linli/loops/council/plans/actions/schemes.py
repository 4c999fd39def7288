"""An operator's own keys by floor, entered with their source and ended, never edited: plans carry a copy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, said
from linli.kernel.places.models import Place
from linli.law.lifts import scheme_from
from linli.lib.problems import InputProblem
from linli.lib.texts import clean
from linli.loops.council.plans.models import Scheme


@transaction.atomic
def enter_scheme(*, actor: Actor, name: str, data: Mapping[str, Any], place: Place | None, now: datetime) -> Scheme:
    """
    A key for plans at `place` and below (None: everywhere in the house). Its source must be written: whoever pays asks where it comes from.

    Raises NotAllowed, Invalid.
    """
    table.require(actor, "plan.scheme", place.path if place else "")
    name, source = clean(name, 61), clean(str(data.get("source_zh", "")), 120)
    wrong: dict[str, list[Any]] = {}
    if not name or len(name) > 60:
        wrong["name"] = [_("请写名称，最多 60 个字。")]
    if not source:
        wrong["source"] = [_("请写明来源：哪份文件，或者哪次会议商定的。")]
    if not wrong:
        try:
            made = scheme_from({**data, "code": "own", "name_zh": name, "source_zh": source, "confidence": "own"})
        except InputProblem as problem:
            wrong["scheme"] = [said(problem)]
    if wrong:
        raise Invalid("bad_scheme", _("系数有几处要改。"), fields=wrong)
    path = place.path if place else ""
    try:
        with transaction.atomic():
            return Scheme.objects.create(
                place=place, place_path=path, name=name, data=made.data(), starts_at=now, set_by_id=actor.account_id
            )
    except IntegrityError:
        words = _("这里已经有同名的系数，请换个名称，或者先停用原来的。")
        raise Invalid("name_taken", words, fields={"name": [words]}) from None


@transaction.atomic
def end_scheme(*, actor: Actor, scheme_id: int, now: datetime) -> None:
    """No new plan takes it any more; those that did keep their copy. Doing it twice changes nothing. Raises NotFound, NotAllowed."""
    found = Scheme.objects.filter(pk=scheme_id).first()
    if found is None:
        raise NotFound("no_scheme", _("没有找到这套系数。"))
    table.require(actor, "plan.scheme", found.place_path)
    Scheme.objects.filter(pk=scheme_id, ends_at=None).update(ends_at=now)
