"""Lists of plans as files, for the Square and for the Desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from linli.kernel.places.queries import short_names
from linli.loops.council.plans.models import Plan
from linli.web.downloads import MOST, as_download, cut, every


def plans_file(
    request: HttpRequest,
    asked: Callable[[int | None], Sequence[Plan]],
    base: str,
    *,
    first: Sequence[Plan] = (),
    most: int = MOST,
) -> HttpResponseBase:
    """`first`, then the others that `asked(before)` gives in pages of five hundred and one. Two queries for each five hundred."""
    own = {plan.pk for plan in first}

    def page(before: int | None) -> tuple[Sequence[Any], int | None]:
        found, following = cut(asked(before), lambda plan: plan.pk)
        rows = [*([] if before else first), *(plan for plan in found if plan.pk not in own)]
        names = short_names([plan.place for plan in rows]) if rows else {}
        return [(plan, names[plan.place_id]) for plan in rows], following

    header = (_("分摊方案"), _("哪一种"), _("地点"), _("状态"), _("总金额（元）"), _("议题"), _("网页"))
    return as_download(request, _("分摊方案"), header, _rows(every(page), base), (40, 16, 28, 12, 16, 12, 40), most=most)


def _rows(found: Iterator[tuple[Plan, str]], base: str) -> Iterator[Sequence[Any]]:
    for plan, place in found:
        cost = plan.cost_fen / 100 if plan.cost_fen else None
        ref = plan.matter.ref if plan.matter else ""
        yield (
            plan.title,
            plan.get_kind_display(),
            place,
            plan.get_state_display(),
            cost,
            ref,
            f"{settings.PUBLIC_URL}{base}{plan.pk}/",
        )
