"""The list of requests at the Desk: filters, sorts, search, and several accepted or dispatched at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.models import Unit
from linli.kernel.matters import desk
from linli.kernel.matters.models import Grade, Matter, Urgency
from linli.kernel.matters.queries import id_of_ref, matter_for, places_in_reach, with_chosen
from linli.kernel.matters.saying import unit_name
from linli.kernel.places.queries import short_names
from linli.loops.requests import figures
from linli.loops.requests.actions import dispatch
from linli.loops.requests.desk import actor_and_now
from linli.loops.requests.desk.home import address
from linli.loops.requests.desk_forms import category_choices
from linli.loops.requests.desk_queries import COUNT_CAP, Wanted, desk_page, is_reference, wanted_from
from linli.loops.requests.rules import CHANNELS, KIND, STAGES, STATES, WORKFLOW
from linli.web.jinja import Fragment
from linli.web.words import ago, day

_LIST: Final = Fragment("requests/desk/list.html", "rows")
BATCH_MOST: Final = 50


@dataclass(frozen=True)
class ListRow:
    """One request in the list, in words; `may_pick` when several may be done at once with it."""

    matter: Matter
    href: str
    title: str
    sub: str
    where: str
    state: str
    holder: str
    due: str
    tone: str
    late: bool
    stopped: bool
    changed: str
    may_pick: bool


@require_GET
@desk.at_desk
def requests_list(request: HttpRequest) -> HttpResponse:
    """The requests in the reader's reach. A reference typed into the search opens that request at once."""
    actor, now = actor_and_now(request)
    wanted = wanted_from(request.GET)
    if wanted.q and is_reference(wanted.q):
        # One that is not there, or not the reader's, is a search that found nothing: the list says so and keeps what was typed.
        with suppress(NotFound):
            return HttpResponseRedirect(address(matter_for(actor, id_of_ref(wanted.q)).ref))
    after = request.GET.get("after", "")[:60]
    found = desk_page(actor, wanted, now, after=after)
    rows = _rows(actor, found.matters, now)
    values = {
        "rows": rows,
        "may_raise": table.holds(actor, "request.raise_for"),
        "wanted": wanted,
        "title": _title(wanted),
        "sub": _sub(wanted, found.count),
        "chosen": {
            "place": "",
            "category": "",
            "status": "",
            "channel": "",
            "urgency": "",
            "grade": "",
            "q": "",
            "since": "",
            "until": "",
            **wanted.address,
        },
        "statuses": _statuses(),
        "categories": category_choices(_("全部类别")),
        "places": with_chosen(places_in_reach(actor), wanted.place),
        "channels": [("", _("全部来源")), *[(code, str(word)) for code, word in CHANNELS.items()]],
        "urgencies": [("", _("全部")), *[(code, str(word)) for code, word in Urgency.choices]],
        "grades": [("", _("全部")), *[(code, str(word)) for code, word in Grade.choices], ("none", _("还没有定"))],
        "tabs": _tabs(wanted),
        "sort_base": f"?{urlencode({k: v for k, v in wanted.address.items() if k != 'sort'})}&sort=",
        "next": f"?{urlencode({**wanted.address, 'after': found.next_after})}" if found.next_after else "",
        "first": f"?{wanted.query}" if after else "",
        "exports": _exports(actor, wanted),
        "batch": _batch_units(actor) if any(r.may_pick for r in rows) else None,
        "stages": [str(s) for s in STAGES],
    }
    return _LIST(request, values)


def _rows(actor: Actor, matters: list[Matter], now: datetime) -> list[ListRow]:
    names = short_names([m.place for m in matters]) if matters else {}
    return [_row(actor, m, names[m.place_id], now) for m in matters]


def _row(actor: Actor, matter: Matter, where: str, now: datetime) -> ListRow:
    due, tone = desk.promise_chip(matter.due_at if matter.is_open else None, now)
    facts = [
        matter.ref,
        matter.category.name if matter.category else _("未分类"),
        str(CHANNELS.get(matter.channel, matter.channel)),
        ago(matter.raised_at, now),
    ]
    if matter.urgency != Urgency.ORDINARY:
        facts.insert(0, matter.get_urgency_display())
    if matter.grade == Grade.COMPLEX:
        facts.insert(0, _("%(grade)s事项") % {"grade": matter.get_grade_display()})
    if matter.me_too:
        facts.append(ngettext("%(n)s 位邻居也遇到", "%(n)s 位邻居也遇到", matter.me_too) % {"n": matter.me_too})
    return ListRow(
        matter=matter,
        href=address(matter.ref),
        title=matter.title,
        sub=" · ".join(facts),
        where=where,
        state=str(WORKFLOW.by_code[matter.state].label),
        holder=unit_name(matter.holder),
        due=due,
        tone=tone,
        late=tone == "red",
        stopped=matter.state in ("waiting", "suspended"),
        changed=_lately(matter.updated_at, now),
        may_pick=matter.state in ("raised", "accepted") and table.may(actor, "request.accept", matter.place_path),
    )


def _lately(when: datetime, now: datetime) -> str:
    """How long since, within a day; else the day: a list has no room for hours of last month."""
    return ago(when, now) if now - when < timedelta(days=1) else day(when)


def _title(wanted: Wanted) -> str:
    if wanted.behind:
        return figures.label_of(wanted.behind)
    return _("超期的诉求") if wanted.status == "overdue" else _("诉求")


def _sub(wanted: Wanted, count: int | None) -> str:
    if count is None:
        return _("按文字查找，最新的在前。")
    more = "+" if count > COUNT_CAP else ""
    number = f"{min(count, COUNT_CAP)}{more}"
    if wanted.behind and wanted.since and wanted.until:
        return _("这个数字背后的 %(n)s 件（%(since)s 至 %(until)s）。") % {"n": number, "since": wanted.since, "until": wanted.until}
    return _("共 %(n)s 件。") % {"n": number}


def _statuses() -> list[tuple[str, str]]:
    groups = [("", _("全部")), ("open", _("没办完")), ("overdue", _("已超期")), ("handling", _("在办理这一步")), ("closed", _("已结束"))]
    return [*groups, *[(s.code, str(s.label)) for s in STATES]]


def _tabs(wanted: Wanted) -> list[dict[str, Any]]:
    choices = (
        ("", _("全部")),
        ("open", _("没办完")),
        ("overdue", _("已超期")),
        ("whistled", _("吹哨中")),
        ("suspended", _("已挂账")),
        ("resolved", _("待评价")),
    )
    return [
        {"label": word, "href": f"?{wanted.but(status=code, behind='')}", "current": wanted.status == code and not wanted.behind}
        for code, word in choices
    ]


def _exports(actor: Actor, wanted: Wanted) -> list[tuple[str, str]]:
    if not table.holds(actor, "request.export"):
        return []
    return [
        (word, f"/desk/export/requests?{urlencode({**wanted.address, 'format': code})}")
        for word, code in (("Excel", "xlsx"), ("CSV", "csv"))
    ]


def _batch_units(actor: Actor) -> list[tuple[str, str]]:
    """Units several requests may be sent to: those at or above the actor's places, and those inside. One query."""
    roots = [s.path for s in actor.standings if s.role != "resident"]
    units = [
        u
        for u in Unit.objects.filter(active=True).select_related("place").order_by("name")[:400]
        if any(_near(u.place.path, root) for root in roots)
    ]
    return [("", _("派给……")), *[(str(u.pk), unit_name(u)) for u in units]]


def _near(path: str, root: str) -> bool:
    return path.startswith(root) or root.startswith(path)


@dataclass(frozen=True)
class Outcome:
    """What came of one row of a batch."""

    ref: str
    title: str
    done: bool
    words: str


@require_POST
@desk.at_desk
def batch(request: HttpRequest) -> HttpResponse:
    """Accept or dispatch several: each is its own turn with its own version, so one that changed meanwhile does not stop the others."""
    actor, now = actor_and_now(request)
    picked = request.POST.getlist("pick")[:BATCH_MOST]
    act = request.POST.get("act", "")
    unit = Unit.objects.filter(pk=number_in(request.POST.get("unit", "")) or 0, active=True).first()
    problem = ""
    if not picked:
        problem = _("请先在左边勾选要办的诉求。")
    elif act not in ("accept", "dispatch"):
        problem = _("请选择受理还是派单。")
    elif act == "dispatch" and unit is None:
        problem = _("请选择派给哪个单位。")
    outcomes = [] if problem else [_one(actor, pick, act, unit, now) for pick in picked]
    values = {
        "outcomes": outcomes,
        "problem": problem,
        "done": sum(o.done for o in outcomes),
        "back": _back(request),
        "verb": str(WORKFLOW.by_verb[act].label) if outcomes else "",
    }
    return render(request, "requests/desk/batch.html", values, status=422 if problem else 200)


def _one(actor: Actor, pick: str, act: str, unit: Unit | None, now: datetime) -> Outcome:
    number, version = (number_in(part) for part in (pick.partition(":")[0], pick.partition(":")[2]))
    found = Matter.objects.filter(pk=number or 0, kind=KIND).first()
    ref, title = (found.ref, found.title) if found and table.may(actor, "request.read", found.place_path) else (f"R{number}", "")
    try:
        if number is None or version is None:
            raise Invalid("bad_pick", _("请从列表里重新勾选。"))
        if act == "accept":
            dispatch.accept(actor=actor, matter_id=number, now=now, seen=version)
        else:
            assert unit is not None
            dispatch.dispatch(actor=actor, matter_id=number, now=now, seen=version, unit=unit)
    except Refused as refused:
        return Outcome(ref, title, False, str(refused.text))
    return Outcome(ref, title, True, _("派给%(unit)s") % {"unit": unit_name(unit)} if act == "dispatch" else _("已受理"))


def _back(request: HttpRequest) -> str:
    """The list the batch was made from: only its own parameters."""
    return f"/desk/requests/?{wanted_from(_params(request.POST.get('back', ''))).query}"


def _params(query: str) -> dict[str, str]:
    from urllib.parse import parse_qsl

    return dict(parse_qsl(query[:500]))
