"""The list of calls: people who are told by phone, and those to be asked how it went; also as a file, with numbers only for who may open them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters import desk
from linli.kernel.matters.models import WorkOrder
from linli.kernel.matters.queries import inbox
from linli.kernel.notices.actions import record_call
from linli.kernel.notices.models import Channel, Delivery
from linli.kernel.people.actions import reveal_phones
from linli.kernel.people.models import Person
from linli.kernel.places.queries import short_names
from linli.lib.masking import mask_name, mask_phone
from linli.loops.requests.desk import actor_and_now
from linli.loops.requests.desk.home import address
from linli.web.downloads import asked_as, bounded, downloads
from linli.web.sheets import FORMATS, Listing, as_file

PAGE: Final = 50
# As many calls as a file holds: more than a day of any office, and each number opened for it is one reading a resident finds in their log.
FILE_MOST: Final = 2_000


@dataclass(frozen=True)
class Call:
    """One call to make. `name` and `phone` are masked unless they were opened for this answer."""

    delivery: Delivery
    name: str
    phone: str
    where: str
    href: str


def _waiting(actor: Actor) -> QuerySet[Delivery]:
    """Calls nobody has made yet, in the actor's reach."""
    scope = Q(pk__in=[])
    for reach, standing in table.reach_of(actor, "call.record"):
        if reach == "area":
            scope |= Q(**subtree("message__place_path", standing.path)) if standing.path else Q(message__place_path__gte="")
    return Delivery.objects.filter(scope, channel=Channel.CALL, state=Delivery.State.WAITING)


def waiting_calls(actor: Actor, *, after: int = 0, limit: int = PAGE) -> list[Delivery]:
    """
    Who waits longest first, all that is for one person together on a page. `after` is the number of a call: those behind it, also when it was
    made meanwhile; an unknown number is the beginning. Two queries at most.
    """
    found = _waiting(actor).select_related("message")
    last = Delivery.objects.filter(pk=after, channel=Channel.CALL).values_list("message__created_at", flat=True).first() if after else None
    if last is not None:
        found = found.filter(Q(message__created_at__gt=last) | Q(message__created_at=last, pk__gt=after))
    waiting = list(found.order_by("message__created_at", "pk")[:limit])
    first: dict[tuple[str, int], int] = {}
    for delivery in waiting:
        first.setdefault(_whom(delivery), len(first))
    return sorted(waiting, key=lambda delivery: first[_whom(delivery)])


def _whom(delivery: Delivery) -> tuple[str, int]:
    return ("person", delivery.message.person_id) if delivery.message.person_id else ("delivery", delivery.pk)


@require_GET
@desk.at_desk
def calls(request: HttpRequest) -> HttpResponseBase:
    form = asked_as(request)
    return _file(request, form, revealed=False) if form else _page(request, revealed=False)


@require_POST
@desk.at_desk
def reveal(request: HttpRequest) -> HttpResponseBase:
    """
    The same list with names and phones, to be called through or printed; as a file where a `format` is sent. Each reading is logged for the
    person to see.
    """
    form = request.POST.get("format", "")
    return _file(request, form, revealed=True) if form in FORMATS else _page(request, revealed=True)


def _page(request: HttpRequest, *, revealed: bool) -> HttpResponse:
    actor, now = actor_and_now(request)
    after = _number(request.GET.get("after", ""))
    rows = _calls(actor, now, revealed=revealed, after=after, limit=PAGE)
    waiting = _waiting(actor).count() if len(rows) == PAGE or after else len(rows)
    last = max((row.delivery for row in rows), key=lambda one: (one.message.created_at, one.pk), default=None)
    more = last is not None and len(rows) == PAGE and bool(waiting_calls(actor, after=last.pk, limit=1))
    values: dict[str, Any] = {
        "rows": rows,
        "waiting": waiting,
        "first": "/desk/calls/" if after else "",
        "next": f"/desk/calls/?after={last.pk}" if last and more else "",
        "here": f"?after={after}" if after else "",
        "revealed": revealed,
        "may_reveal": table.holds(actor, "person.reveal"),
        "follow_ups": _follow_ups(actor, now),
        "now": now,
        "printed_by": actor.name,
        "exports": downloads(request, "/desk/calls/", most=FILE_MOST),
    }
    return render(request, "requests/desk/calls.html", values)


def _file(request: HttpRequest, form: str, *, revealed: bool) -> HttpResponseBase:
    """The calls in the order of the page, masked as on it; `revealed`: with names and numbers, each reading logged before the first row goes out."""
    actor, now = actor_and_now(request)
    rows = _calls(actor, now, revealed=revealed, limit=FILE_MOST + 1)
    log_event("table_exported", now=now, actor=actor, about="calls", opened=revealed)
    header = (_("要告知什么"), _("内容"), _("打给谁"), _("住址"), _("号码"), _("打过几次"), _("上次的结果"), _("从什么时候等"), _("编号"))
    lines = (
        [
            row.delivery.message.title,
            row.delivery.message.body,
            row.name or _("未登记姓名"),
            row.where,
            row.phone,
            row.delivery.tries,
            row.delivery.outcome,
            row.delivery.message.created_at,
            row.delivery.message.about,
        ]
        for row in rows
    )
    return as_file(Listing(_("电话单"), header, bounded(lines, FILE_MOST), (32, 48, 14, 28, 16, 10, 24, 18, 10)), form)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _calls(actor: Actor, now: datetime, *, revealed: bool, limit: int, after: int = 0) -> Sequence[Call]:
    """The calls waiting, in words; the phones of all of them opened and logged where `revealed`. Raises NotAllowed. At most five queries."""
    if not table.holds(actor, "call.record"):
        raise table.refusal(actor, "call.record")
    waiting = waiting_calls(actor, after=after, limit=limit)
    ids = {d.message.person_id for d in waiting if d.message.person_id}
    people = {p.pk: p for p in Person.objects.filter(pk__in=ids).select_related("home_place")}
    if revealed:
        reveal_phones(actor=actor, people=list(people.values()), purpose=gettext_noop("电话告知"), now=now)
    homes = [p.home_place for p in people.values() if p.home_place]
    names = short_names(homes) if homes else {}
    return [_call(d, people.get(d.message.person_id or 0), names, revealed) for d in waiting]


def _call(delivery: Delivery, person: Person | None, names: dict[int, str], revealed: bool) -> Call:
    number = delivery.to.open() if delivery.to else ""
    name = person.name if person else ""
    about = delivery.message.about
    return Call(
        delivery=delivery,
        name=name if revealed else mask_name(name),
        phone=number if revealed else mask_phone(number),
        where=names.get(person.home_place_id or 0, "") if person else "",
        href=address(about) if about.startswith("R") else "",
    )


def _follow_ups(actor: Actor, now: Any) -> list[dict[str, Any]]:
    rows = []
    for order in inbox(actor, tasks=[WorkOrder.Task.FOLLOW_UP], limit=PAGE):
        due, tone = desk.promise_chip(order.due_at, now)
        rows.append(
            {
                "href": f"{address(order.matter.ref)}#act-record_rating",
                "title": order.matter.title,
                "meta": order.matter.ref,
                "chip": due,
                "tone": tone,
            }
        )
    return rows


@require_POST
@desk.at_desk
def record(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """What came of one call."""
    actor, now = actor_and_now(request)
    if not Delivery.objects.filter(pk=delivery_id, channel=Channel.CALL).exists():
        raise NotFound("no_call", _("没有找到这个电话。"))
    reached = request.POST.get("reached") == "yes"
    outcome = request.POST.get("outcome", "").strip()[:200] or (_("已告知") if reached else _("没有接通"))
    try:
        record_call(actor=actor, delivery_id=delivery_id, reached=reached, outcome=outcome, now=now)
    except Refused as refused:
        if refused.status != 409:
            raise
        messages.warning(request, str(refused.text))
    else:
        messages.success(request, _("已记下：%(outcome)s") % {"outcome": outcome})
    after = _number(request.GET.get("after", ""))
    return HttpResponseRedirect(f"/desk/calls/?after={after}" if after else "/desk/calls/")
