"""The Desk's first page: one inbox for matters of every kind, what is due first first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters import desk
from linli.kernel.matters.models import WorkOrder
from linli.kernel.matters.queries import Standing, inbox, inbox_choices, inbox_standing, with_chosen
from linli.kernel.matters.saying import unit_name
from linli.kernel.matters.workflow import workflow_of
from linli.kernel.places.queries import place_by_id, short_names
from linli.web.downloads import STEP, as_download, asked_as, cut, downloads, every
from linli.web.jinja import Fragment

PAGE = 50
_INBOX = Fragment("matters/inbox.html", "orders")


@dataclass(frozen=True)
class InboxRow:
    """One order in the inbox, in words."""

    order: WorkOrder
    href: str
    title: str
    sub: str
    where: str
    stages: list[str]
    stage: int
    late: bool
    stopped: bool
    task: str
    holder: str
    due: str
    tone: str


@require_GET
@desk.at_desk
def home(request: HttpRequest) -> HttpResponseBase:
    """The open orders of the reader's units, with filters, keyboard and cursor; the figures of the last 30 days above."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    now: datetime = request.now  # type: ignore[attr-defined]  # as above
    task = request.GET.get("task", "")
    tasks = [task] if task in WorkOrder.Task.values else []
    place = _place(request.GET.get("place", ""))
    category = _number(request.GET.get("category", ""))
    after = _cursor(request.GET.get("after", ""))
    path = place.path if place else ""
    if asked_as(request):
        return _file(request, actor, tasks, path, category, now)
    orders = inbox(actor, tasks=tasks, place_path=path, category_id=category, after=after, limit=PAGE + 1)
    shown = orders[:PAGE]
    standing = inbox_standing(actor, now, tasks=tasks, place_path=path, category_id=category)
    chosen = {
        k: v for k, v in (("task", tasks[0] if tasks else ""), ("place", place.pk if place else ""), ("category", category or "")) if v
    }
    categories, places = inbox_choices(actor)
    values: dict[str, Any] = {
        "rows": _rows(shown, now),
        "sub": _sub(actor, standing),
        "standing": standing,
        "figures": desk.figures_for(actor, now) if not chosen and after is None else [],
        "tasks": [("", _("全部任务")), *[(code, str(label)) for code, label in WorkOrder.Task.choices]],
        "categories": categories,
        "chosen": {"task": "", "place": "", "category": "", **{k: str(v) for k, v in chosen.items()}},
        "places": with_chosen(places, place),
        "on": len(chosen),
        "first": "?" + urlencode(chosen) if after is not None else "",
        "next": f"?{urlencode({**chosen, 'after': _token(shown[-1])})}" if len(orders) > PAGE else "",
        "exports": downloads(request),
    }
    return _INBOX(request, values)


def _file(request: HttpRequest, actor: Actor, tasks: list[str], path: str, category: int | None, now: datetime) -> HttpResponseBase:
    """The inbox as it is narrowed, what is due first first; logged. Three queries for each five hundred."""

    def page(after: Any) -> tuple[Sequence[InboxRow], Any]:
        found = inbox(actor, tasks=tasks, place_path=path, category_id=category, after=after, limit=STEP + 1)
        orders, following = cut(found, lambda order: (order.due_at, order.pk))
        return _rows(list(orders), now), following

    lines = (
        [
            row.order.matter.ref,
            row.title,
            row.where,
            str(desk.category_words(row.order.matter)),
            row.stages[row.stage - 1] if 0 < row.stage <= len(row.stages) else "",
            row.task,
            row.holder,
            row.order.due_at,
            row.due,
        ]
        for row in every(page)
    )
    log_event("table_exported", now=now, actor=actor, about="inbox")
    header = (_("编号"), _("标题"), _("在哪"), _("类别"), _("走到哪一步"), _("任务"), _("谁在办"), _("承诺到期"), _("承诺"))
    return as_download(request, _("待办"), header, lines, (10, 36, 20, 18, 12, 14, 24, 18, 20))


def _rows(orders: list[WorkOrder], now: datetime) -> list[InboxRow]:
    names = short_names([o.matter.place for o in orders]) if orders else {}
    return [_row(order, names[order.matter.place_id], now) for order in orders]


def _row(order: WorkOrder, where: str, now: datetime) -> InboxRow:
    matter = order.matter
    workflow = workflow_of(matter.kind)
    due, tone = desk.promise_chip(order.due_at, now)
    facts = [word for word in (matter.ref, desk.category_words(matter)) if word]
    if matter.urgency != "ordinary":
        facts.insert(0, matter.get_urgency_display())
    if matter.me_too:
        facts.append(ngettext("%(n)s 位邻居也遇到", "%(n)s 位邻居也遇到", matter.me_too) % {"n": matter.me_too})
    if matter.reopened:
        facts.append(_("重新办理"))
    return InboxRow(
        order=order,
        href=desk.address_of(matter),
        title=matter.title,
        sub=" · ".join(str(f) for f in facts),
        where=where,
        stages=[str(stage) for stage in workflow.stages],
        stage=matter.stage,
        late=tone == "red",
        stopped=matter.state in ("waiting", "suspended"),
        task=order.get_task_display(),
        holder=unit_name(matter.holder),
        due=due or _("没有时限"),
        tone=tone,
    )


def _sub(actor: Actor, standing: Standing) -> str:
    if not actor.unit_ids:
        return _("您的角色不属于任何单位，所以没有派给您的任务。")
    if not standing.count:
        return _("现在没有待办。")
    more = "+" if standing.capped else ""
    return _("先到期的在前。共 %(n)s 件，今天到期 %(today)s 件，已超期 %(late)s 件。") % {
        "n": f"{standing.count}{more}",
        "today": standing.today,
        "late": standing.late,
    }


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _place(text: str) -> Any:
    number = _number(text)
    if number is None:
        return None
    try:
        return place_by_id(number)
    except NotFound:
        return None


def _token(order: WorkOrder) -> str:
    return f"{order.due_at.isoformat() if order.due_at else ''}~{order.pk}"


def _cursor(text: str) -> tuple[datetime | None, int] | None:
    due, _tilde, pk = text.partition("~")
    number = _number(pk)
    if number is None:
        return None
    try:
        return (parse_datetime(due) if due else None), number
    except ValueError:
        return None
