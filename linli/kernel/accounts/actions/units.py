"""The units people act for: made, found, mended."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import Invalid
from linli.kernel.accounts.actions.log import log_event
from linli.kernel.accounts.models import Unit, UnitKind
from linli.kernel.places.models import Kind, Place


@transaction.atomic
def ensure_unit(
    *, actor: Actor, name: str, kind: str, place: Place, code: str = "", superior: Unit | None = None, phone: str = "", name_en: str = ""
) -> Unit:
    """The unit of that kind and name at the place, made when there is none."""
    table.require(actor, "unit.edit", place.path)
    unit, _made = Unit.objects.get_or_create(
        place=place, kind=kind, name=name.strip(), defaults={"code": code, "superior": superior, "phone": phone, "name_en": name_en}
    )
    return unit


# Whose staff belong to the office of their own community or street when no unit is named: the level of the place, the kind of unit.
_OFFICE_OF: dict[str, tuple[str, str]] = {
    "community_head": (Kind.COMMUNITY, UnitKind.COMMUNITY),
    "community_worker": (Kind.COMMUNITY, UnitKind.COMMUNITY),
    "street_officer": (Kind.STREET, UnitKind.STREET),
}


# What follows the place's name in the name of its office.
_OFFICE_NAMES: dict[str, dict[str, str]] = {
    UnitKind.COMMUNITY: {"村": "村委会", "": "居委会"},
    UnitKind.STREET: {"镇": "人民政府", "乡": "人民政府", "": "办事处"},
}


@transaction.atomic
def ensure_office(*, actor: Actor, role: str, place: Place | None) -> Unit | None:
    """
    The residents' committee or street office in which somebody with `role` at `place` works, made when the place has none yet.

    None for a role, or a level of place, without an office of its own. Without an office nobody would find new requests in an inbox.
    """
    level, kind = _OFFICE_OF.get(role, ("", ""))
    if place is None or place.kind != level:
        return None
    known = Unit.objects.filter(place=place, kind=kind, active=True).order_by("pk").first()
    if known is not None:
        return known
    name = place.name + next(word for end, word in _OFFICE_NAMES[kind].items() if place.name.endswith(end))
    return under_the_street(ensure_unit(actor=actor, name=name, kind=kind, place=place, phone=place.phone))


def under_the_street(unit: Unit) -> Unit:
    """
    Put a unit without a superior under the street office above it, and a street office above those below it that have none:
    overdue work then finds its way up from the first day.
    """
    if unit.kind == UnitKind.STREET:
        below = Unit.objects.filter(superior=None, **subtree("place__path", unit.place.path)).exclude(pk=unit.pk)
        below.update(superior=unit)
    elif unit.superior_id is None:
        street = Unit.objects.filter(kind=UnitKind.STREET, active=True, place__path__in=ancestors(unit.place.path)).order_by("pk").first()
        if street is not None:
            unit.superior = street
            unit.save(update_fields=["superior"])
    return unit


@transaction.atomic
def mend_unit(
    *,
    actor: Actor,
    unit: Unit,
    now: datetime,
    name: str,
    name_en: str = "",
    code: str = "",
    phone: str = "",
    superior: Unit | None = None,
    active: bool = True,
) -> Unit:
    """Change a unit's words, superior and whether it can be sent anything new. Raises Invalid for a taken name or a circle of superiors."""
    table.require(actor, "unit.edit", unit.place.path)
    above = superior
    while above is not None:
        if above.pk == unit.pk:
            raise Invalid("unit_circle", _("上级单位不能是它自己或它的下级。"), fields={"superior": [_("请另选上级单位。")]})
        above = above.superior
    unit.name, unit.name_en, unit.code, unit.phone, unit.superior, unit.active = (
        name.strip(),
        name_en.strip(),
        code.strip(),
        phone.strip(),
        superior,
        active,
    )
    try:
        with transaction.atomic():
            unit.save()
    except IntegrityError:
        raise Invalid("unit_taken", _("这里已经有一个同名同类的单位。"), fields={"name": [_("请换一个名称。")]}) from None
    log_event("unit_changed", now=now, actor=actor, about=unit.name)
    return unit
