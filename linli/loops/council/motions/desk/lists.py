"""The list of motions at the Desk: by where it stands, narrowed, sorted, taken away as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in
from linli.kernel.access.refusals import Invalid
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters import desk
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.models import Matter
from linli.kernel.matters.queries import id_of_ref, matter_for, places_in_reach, with_chosen
from linli.kernel.places.queries import short_names
from linli.law.roads import road_from
from linli.lib.units import format_fen
from linli.loops.council.motions.desk.forms import name_of, pairs
from linli.loops.council.motions.desk.home import MOTIONS, address
from linli.loops.council.motions.desk.reading import COUNT_CAP, Wanted, desk_page, wanted_from
from linli.loops.council.motions.desk.words import position_of, step_name
from linli.loops.council.motions.rules import ORIGINS, RUNGS, STAGES, STATES, TIERS, TOPICS, WORKFLOW
from linli.web.sheets import FORMATS, Listing, as_file
from linli.web.words import day

EXPORT_MOST: Final = 20_000


@dataclass(frozen=True)
class ListRow:
    """One motion in the list, in words; `step` is the step of its own road it stands on."""

    matter: Matter
    href: str
    title: str
    sub: str
    where: str
    seconders: str
    position: int
    state: str
    step: str
    holder: str
    due: str
    tone: str
    age: str


@require_GET
@desk.at_desk
def motions_list(request: HttpRequest) -> HttpResponse:
    """The motions in the reader's reach. A reference typed into the search opens that motion at once."""
    actor, now = worker_and_now(request)
    wanted = wanted_from(request.GET)
    if wanted.q[:1] in ("M", "m") and wanted.q[1:].isdecimal():
        return HttpResponseRedirect(desk.address_of(matter_for(actor, id_of_ref(wanted.q))))
    after = number_in(request.GET.get("after", "")) or 0
    found = desk_page(actor, wanted, now, after=min(after, EXPORT_MOST))
    more = "+" if found.count > COUNT_CAP else ""
    values = {
        "rows": rows_of(found.matters, now),
        "wanted": wanted,
        "title": str(MOTIONS),
        "sub": _("共 %(n)s 个议题。") % {"n": f"{min(found.count, COUNT_CAP)}{more}"},
        "chosen": {
            name: wanted.address.get(name, "") for name in ("q", "status", "place", "topic", "rung", "tier", "origin", "since", "until")
        },
        "statuses": [*_groups(), ("unmerged", _("全部，不含并入别处的")), *[(s.code, str(s.label)) for s in STATES]],
        "places": with_chosen(places_in_reach(actor), wanted.place),
        "topics": pairs(TOPICS, _("全部类别")),
        "rungs": pairs(RUNGS, _("全部")),
        "tiers": pairs(TIERS, _("全部")),
        "origins": pairs(ORIGINS, _("全部")),
        "tabs": [{"label": word, "href": f"?{wanted.but(status=code)}", "current": wanted.status == code} for code, word in _groups()],
        "sorts": _sorts(wanted),
        "next": f"?{urlencode({**wanted.address, 'after': found.next_after})}" if found.next_after else "",
        "first": f"?{urlencode(wanted.address)}" if after else "",
        "exports": _exports(actor, wanted),
        "stages": [str(s) for s in STAGES],
        "may_raise": table.holds(actor, "motion.raise_for"),
    }
    return render(request, "motions/desk/list.html", values)


def rows_of(matters: list[Matter], now: datetime) -> list[ListRow]:
    names = short_names([m.place for m in matters]) if matters else {}
    return [_row(m, names[m.place_id], now) for m in matters]


def _row(matter: Matter, where: str, now: datetime) -> ListRow:
    motion = matter.motion
    due, tone = desk.promise_chip(matter.due_at if matter.is_open else None, now)
    step = road_from(motion.road).steps[motion.step]
    days = (now - (motion.submitted_at or matter.raised_at)).days
    return ListRow(
        matter=matter,
        href=address(matter.ref),
        title=matter.title,
        sub=" · ".join(str(word) for word in (matter.ref, TOPICS[motion.topic], RUNGS[motion.rung], ORIGINS[motion.origin])),
        where=where,
        seconders=_seconders(motion.second_count, motion.seconds_needed),
        position=position_of(matter),
        state=str(WORKFLOW.by_code[matter.state].label),
        step=step_name(step.name_zh, step.name_en),
        holder=name_of(matter.holder),
        due=due,
        tone=tone,
        age=ngettext("%(n)s 天", "%(n)s 天", days) % {"n": days},
    )


def _seconders(count: int, needed: int) -> str:
    return _("%(count)s / %(needed)s 户") % {"count": count, "needed": needed} if needed else "—"


def _groups() -> list[tuple[str, str]]:
    return [
        ("", _("全部")),
        ("coming", _("附议和审核")),
        ("bank", _("议题库")),
        ("preparing", _("协商筹备")),
        ("deciding", _("表决和公示")),
        ("carrying", _("落实和评价")),
        ("overdue", _("已超期")),
        ("closed", _("已结束")),
    ]


def _sorts(wanted: Wanted) -> list[dict[str, Any]]:
    words = (("new", _("最新")), ("hot", _("附议最多")), ("age", _("等得最久")), ("due", _("最先到期")), ("updated", _("最近有动静")))
    return [{"label": word, "href": f"?{wanted.but(sort=code)}", "current": wanted.sort == code} for code, word in words]


def _exports(actor: Actor, wanted: Wanted) -> list[tuple[str, str]]:
    if not table.holds(actor, "motion.export"):
        return []
    base = "/desk/motions/export/"
    return [(word, f"{base}?{urlencode({**wanted.address, 'format': code})}") for word, code in (("Excel", "xlsx"), ("CSV", "csv"))]


@require_GET
@desk.at_desk
def export(request: HttpRequest) -> Any:
    """The list as a file, with the filters of the page. Titles as the public reads them; that it was taken away is logged."""
    actor, now = worker_and_now(request)
    if not table.holds(actor, "motion.export"):
        raise table.refusal(actor, "motion.export")
    form = request.GET.get("format", "xlsx")
    if form not in FORMATS:
        raise Invalid("bad_format", _("格式请用 xlsx 或 csv。"), fields={"format": ["xlsx, csv"]})
    wanted = wanted_from(request.GET)
    found = desk_page(actor, wanted, now, limit=EXPORT_MOST)
    log_event("table_exported", now=now, actor=actor, about="motions")
    heads = (
        _("编号"),
        _("标题"),
        _("在哪"),
        _("类别"),
        _("参与程度"),
        _("层级"),
        _("由谁发起"),
        _("环节"),
        _("附议户数"),
        _("要求户数"),
        _("接下来谁办"),
        _("预算（元）"),
        _("提交日期"),
        _("到期"),
    )
    widths = (10, 36, 20, 16, 10, 10, 22, 14, 10, 10, 24, 14, 12, 12)
    return as_file(Listing(str(MOTIONS), heads, (_cells(row) for row in rows_of(found.matters, now)), widths), form)


def _cells(row: ListRow) -> list[Any]:
    matter, motion = row.matter, row.matter.motion
    return [
        matter.ref,
        matter.public_title,
        row.where,
        str(TOPICS[motion.topic]),
        str(RUNGS[motion.rung]),
        str(TIERS[motion.tier]),
        str(ORIGINS[motion.origin]),
        row.state,
        motion.second_count,
        motion.seconds_needed,
        row.holder,
        format_fen(motion.budget_fen) if motion.budget_fen is not None else "",
        day(motion.submitted_at) if motion.submitted_at else "",
        day(matter.due_at) if matter.due_at else "",
    ]
