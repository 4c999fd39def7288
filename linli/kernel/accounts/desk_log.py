"""The security log at the Desk: narrowed, paged, taken away as a file."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.access import table
from linli.kernel.access.asking import actor_and_now, number_in, query
from linli.kernel.access.roles import ROLES
from linli.kernel.accounts import actions, events
from linli.kernel.accounts.models import Event
from linli.kernel.accounts.queries import log_page
from linli.web.downloads import STEP, asked_as, bounded, downloads, every
from linli.web.sheets import Listing, as_file

# What an inquiry asks for may be long: the log leaves with more rows than other lists.
LOG_MOST: Final = 100_000


def outcome_words(outcome: str) -> str:
    return {"done": _("成功"), "refused": _("被拒绝")}.get(outcome, _("其他"))


def _day(text: str, *, end: bool = False) -> datetime | None:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(on + timedelta(days=1) if end else on, time.min))


def _log_filter(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET
    return {
        "kinds": [asked["kind"]] if asked.get("kind") else [],
        "who": asked.get("q", ""),
        "outcome": asked.get("outcome", ""),
        "since": _day(asked.get("since", "")),
        "until": _day(asked.get("until", ""), end=True),
    }


@login_required
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    actor, _now = actor_and_now(request)
    chosen = _log_filter(request)
    rows, more = log_page(actor, **chosen, before=number_in(request.GET.get("before")))
    context = {
        "rows": [_line(e) for e in rows],
        "asked": request.GET,
        "kinds": [("", _("全部事件")), *events.choices()],
        "outcomes": [("", _("全部结果")), ("done", outcome_words("done")), ("refused", outcome_words("refused"))],
        "next": query(request, before=more) if more else "",
        "exports": downloads(request, "/desk/log/export/", most=LOG_MOST),
        "on": sum(bool(v) for v in chosen.values()),
    }
    return render(request, "accounts/desk/log.html", context)


def _line(event: Event) -> dict[str, Any]:
    return {
        "at": event.at,
        "who": event.who or (event.account.name if event.account else ""),
        "what": events.label(event.kind),
        "outcome": outcome_words(event.outcome),
        "refused": event.outcome == "refused",
        "about": _about(event),
        "ip": event.address or "",
    }


def _about(event: Event) -> str:
    """What an event was about, in words where it is a verb of the permission table or a role."""
    known = {r.verb: str(r.label) for r in table.rows()} if event.kind == "refused" else {}
    about = known.get(event.about) or (_("工作台") if event.about == "not_staff" else event.about)
    role = event.details.get("role")
    return f"{about} · {ROLES[role]}" if role in ROLES else about


@login_required
@require_safe
def log_export(request: HttpRequest) -> HttpResponseBase:
    """The filtered log as xlsx or csv, no cell of which is a formula; the export is itself logged. One query for each five hundred rows."""
    actor, now = actor_and_now(request)
    chosen = _log_filter(request)
    rows = every(lambda before: log_page(actor, **chosen, before=before, limit=STEP))
    actions.log_event("log_exported", now=now, actor=actor)
    header = [_("时间"), _("谁"), _("做了什么"), _("结果"), _("对象"), _("网络地址")]
    lines = (_line(event) for event in rows)
    cells = ((line["at"], line["who"], line["what"], line["outcome"], line["about"], line["ip"]) for line in lines)
    name = f"{_('安全日志')} {timezone.localdate(now)}"
    return as_file(Listing(name, header, bounded(cells, LOG_MOST), (20, 14, 20, 10, 40, 16)), asked_as(request) or "csv")
