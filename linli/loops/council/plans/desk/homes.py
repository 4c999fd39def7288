"""The homes of a plan: floor, area, own key, fund balance, who is left out; a page at a time, nothing typed is lost."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from linli.kernel.access.asking import number_in, query
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.matters.acts import worker_and_now
from linli.loops.council.plans.actions import drafting
from linli.loops.council.plans.actions.drafting import Entered
from linli.loops.council.plans.desk.common import address, of_plan
from linli.loops.council.plans.forms import home_typed, read_home
from linli.loops.council.plans.models import Plan, PlanHome
from linli.loops.council.plans.wording import key_words, left_out_words
from linli.web.downloads import as_download, asked_as, downloads

ROWS: Final = 60
BOXES: Final = ("floor", "area", "key", "balance")


@require_http_methods(["GET", "HEAD", "POST"])
@of_plan("plan.edit")
def homes(request: HttpRequest, plan: Plan) -> HttpResponseBase:
    """Sixty homes a page, in the order of the doors; `?lack=1` only those that lack a floor or an area."""
    if request.method != "POST" and asked_as(request):
        return _file(request, plan)
    actor, now = worker_and_now(request)
    rows = list(_asked(request, plan, number_in(request.GET.get("after", "")))[: ROWS + 1])
    page, more = rows[:ROWS], len(rows) > ROWS
    typed = {h.home_id: home_typed(h) for h in page}
    wrong: dict[int, str] = {}
    refused: Refused | None = None
    if request.method == "POST":
        entered = []
        for home in page:
            sent = _sent(request, home.home_id)
            typed[home.home_id] |= sent
            try:
                entered.append(Entered(home.home_id, _values(sent)))
            except Invalid as problem:
                wrong[home.home_id] = str(problem.text)
        if not wrong:
            try:
                seen = number_in(request.POST.get("version", ""))
                count = drafting.enter(actor=actor, plan_id=plan.pk, rows=entered, now=now, seen=seen)
            except Refused as problem:
                refused = problem
            else:
                words = ngettext("已改 %(n)s 户。", "已改 %(n)s 户。", count) % {"n": count}
                messages.success(request, words if count else _("没有改动。"))
                return HttpResponseRedirect(request.get_full_path())
    boxes = _boxes(plan)
    context = {
        "plan": plan,
        "boxes": boxes,
        "columns": [{"label": label} for label in (_("门牌"), *(word for _name, word in boxes), _("不参加"), _("原因"))],
        "rows": [{"home": h, "typed": typed[h.home_id], "wrong": wrong.get(h.home_id, "")} for h in page],
        "wrong": wrong,
        "refused": refused,
        "problems": [str(t) for texts in getattr(refused, "fields", {}).values() for t in texts],
        "next": query(request, after=str(page[-1].pk)) if more else "",
        "back": address(plan.pk),
        "lack": "lack" in request.GET,
        "exports": downloads(request),
    }
    status = refused.status if refused else 422 if wrong else 200
    return render(request, "plans/desk/homes.html", context, status=status)


def _boxes(plan: Plan) -> list[tuple[str, str]]:
    """What is entered of each home of this plan, with its word."""
    said = {"floor": _("楼层"), "area": _("面积（㎡）"), "key": _("自定系数"), "balance": _("维修资金余额（元）")}
    return [(name, said[name]) for name in BOXES if _shown(plan, name)]


def _file(request: HttpRequest, plan: Plan) -> HttpResponseBase:
    """The homes as the page shows them; filled in, the file can be imported again."""
    boxes = _boxes(plan)
    rows = (
        [h.home_id, h.door, *(_value(h, name) for name, _word in boxes), left_out_words(h), h.why_left_out] for h in _asked(request, plan)
    )
    header = (_("编号"), _("门牌"), *(word for _name, word in boxes), _("不参加"), _("原因"))
    return as_download(request, f"{_('各户资料')} {plan.title}", header, rows, (10, 24, *(14 for _box in boxes), 10, 30))


def _value(home: PlanHome, name: str) -> Any:
    """What stands in a box, as a number where it is one."""
    if name == "floor":
        return home.floor
    if name == "key":
        return key_words(home.key) or None
    value = home.area if name == "area" else home.balance_fen
    return None if value is None else value / 100


def _asked(request: HttpRequest, plan: Plan, after: int | None = None) -> Any:
    found = PlanHome.objects.filter(plan=plan)
    if after:
        last = found.filter(pk=after).first()
        found = found.filter(Q(path__gt=last.path)) if last else found
    if "lack" in request.GET:
        found = found.filter(Q(area=None) | Q(floor=None), left_out=False)
    return found.order_by("path", "id")


def _shown(plan: Plan, name: str) -> bool:
    """A lift asks for floors, a levy from the fund for balances; areas and own keys both."""
    return name not in ("floor", "balance") or (name == "floor" and plan.is_lift) or (name == "balance" and plan.from_fund)


def _sent(request: HttpRequest, home_id: int) -> dict[str, str]:
    found = {name: request.POST[f"h{home_id}_{name}"][:24] for name in BOXES if f"h{home_id}_{name}" in request.POST}
    return {**found, "left_out": request.POST.get(f"h{home_id}_out", ""), "why": request.POST.get(f"h{home_id}_why", "")[:120]}


def _values(typed: dict[str, str]) -> dict[str, Any]:
    values = read_home({name: typed[name] for name in BOXES if name in typed})
    return {**values, "left_out": bool(typed["left_out"]), "why_left_out": typed["why"]}
