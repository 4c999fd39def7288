"""The figures of requests: three rates with their formulas, times, promises, the whistle; every number opens its matters."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in
from linli.kernel.matters import desk
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import PromiseRule
from linli.kernel.matters.opening import ways_from
from linli.kernel.places.models import Place
from linli.kernel.places.queries import chain
from linli.law.packs import exclusions
from linli.loops.requests import figures
from linli.loops.requests.desk import actor_and_now
from linli.loops.requests.desk.home import address, share_words
from linli.loops.requests.desk_forms import categories, entry_name
from linli.loops.requests.desk_queries import start_of
from linli.loops.requests.figures import Line, Overview, Scope, Took
from linli.loops.requests.queries import coming_back
from linli.loops.requests.rules import FEWEST
from linli.web.sheets import Listing, as_file, format_asked
from linli.web.words import day, minutes_words, percent

PERIODS: Final = {
    "": gettext_lazy("最近 30 天"),
    "week": gettext_lazy("本周"),
    "month": gettext_lazy("本月"),
    "quarter": gettext_lazy("本季度"),
    "custom": gettext_lazy("自选"),
}
BY: Final = {
    "place": gettext_lazy("按地点"),
    "category": gettext_lazy("按类别"),
    "unit": gettext_lazy("按单位"),
    "whistle": gettext_lazy("吹哨"),
}
RATES: Final = {
    "answered": (gettext_lazy("响应率"), gettext_lazy("说“有人答复”的 ÷ 回答了这个问题的")),
    "solved": (gettext_lazy("解决率"), gettext_lazy("说“解决了”的 ÷ 回答了这个问题的")),
    "satisfied": (gettext_lazy("满意率"), gettext_lazy("说“满意”的 ÷ 回答了这个问题的")),
}

REPEAT_FORMULA: Final = gettext_lazy("经办人确认、与同一户已办结的诉求关联的 ÷ 提出的")


def period_of(params: Any, today: date) -> tuple[str, date, date]:
    """The period asked for (empty: the last 30 days, for want of one that can be read) and its days, both included."""
    name = params.get("period", "")
    if name == "week":
        return name, today - timedelta(days=today.weekday()), today
    if name == "month":
        return name, today.replace(day=1), today
    if name == "quarter":
        return name, today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), today
    since, until = _day(params.get("since", "")), _day(params.get("until", ""))
    if since and until and since <= until <= today + timedelta(days=366):
        return "custom", since, until
    return "", today - timedelta(days=29), today


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_GET
@desk.at_desk
def rates(request: HttpRequest) -> HttpResponseBase:
    """One period, one place or the reader's whole reach, one breakdown at a time: at most twelve queries."""
    actor, now = actor_and_now(request)
    period, since, until = period_of(request.GET, now.astimezone(ZONE).date())
    number = number_in(request.GET.get("place", ""))
    line = _line(number)
    place = line[-1] if line else None
    code = request.GET.get("category", "")
    category = next((c for c in categories() if c.code == code), None)
    scope = Scope(start_of(since), start_of(until + timedelta(days=1)), place, category, number_in(request.GET.get("unit", "")))
    by = request.GET.get("by", "place") if request.GET.get("by", "place") in BY else "place"
    overview = figures.overview(actor, scope)
    base = {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "place": str(place.pk) if place else "",
        "category": category.code if category else "",
        "holder": str(scope.holder_id or ""),
    }
    lines, whistles = _lines(actor, scope, by), figures.by_whistle(actor, scope) if by == "whistle" else []
    if request.GET.get("format"):
        return as_file(_listing(overview, lines, whistles, since, until), format_asked(request.GET))
    here = {**{k: v for k, v in base.items() if k not in ("since", "until", "holder")}, "unit": base["holder"]}
    own = {"period": period} if period != "custom" else {"period": "custom", "since": base["since"], "until": base["until"]}
    values = {
        "o": overview,
        "period": period,
        "misread": not period and bool(request.GET.get("since") or request.GET.get("until")),
        "since": since,
        "until": until,
        "periods": [
            {"label": str(word), "href": f"?{_query({**here, 'period': name, 'by': by})}", "current": name == period}
            for name, word in PERIODS.items()
            if name != "custom"
        ],
        "by": by,
        "tabs": [
            {"label": str(word), "href": f"?{_query({**here, **own, 'by': name})}#lines", "current": name == by}
            for name, word in BY.items()
        ],
        "crumbs": _crumbs(actor, line, {**here, **own, "by": by}),
        "categories": [("", _("全部类别")), *[(c.code, c.name) for c in categories() if c.parent_id is None or c.code == code]],
        "category": category,
        "here": {**here, "by": by},
        "rates": [_rate(name, overview, base) for name in RATES],
        "left_out": _left_out(overview, base),
        "times": [
            _took(_("提出到首次答复"), overview.first_answer, "first_answered", base),
            _took(_("提出到办结"), overview.resolve, "resolved", base),
        ],
        "promises": _promises(overview, base),
        "repeat_share": share_words(overview.repeated),
        "returning": _returning(actor, scope),
        "counts": _counts(overview, base),
        "rows": [_row(line, by, base, {**here, **own, "by": by}) for line in lines],
        "whistles": [_whistle_row(w, base) for w in whistles],
        "exports": [(word, f"?{_query({**here, **own, 'by': by, 'format': form})}") for word, form in (("Excel", "xlsx"), ("CSV", "csv"))],
        "fewest": FEWEST,
        "may_book": table.holds(actor, "reading.read"),
        "repeat_formula": REPEAT_FORMULA,
    }
    return render(request, "requests/desk/figures.html", values)


def _query(params: dict[str, Any]) -> str:
    return urlencode({k: v for k, v in params.items() if v})


def behind_href(code: str, base: dict[str, str], **more: str) -> str:
    """The list of the very matters a figure counts."""
    return f"/desk/requests/?{_query({'behind': code, **base, **more})}"


def _line(number: int | None) -> list[Place]:
    place = Place.objects.filter(pk=number).first() if number else None
    return chain(place) if place else []


def _crumbs(actor: Actor, line: list[Place], here: dict[str, Any]) -> list[tuple[str, str]]:
    root = figures.common_root(actor)
    above = [p for p in line if len(p.path) > len(root)]
    trail = [(_("全部范围"), f"?{_query({**here, 'place': ''})}")] + [(p.name, f"?{_query({**here, 'place': p.pk})}") for p in above]
    return [*trail[:-1], (trail[-1][0], "")]


def _lines(actor: Actor, scope: Scope, by: str) -> list[Line]:
    made = {"place": figures.by_place, "category": figures.by_category, "unit": figures.by_unit}.get(by)
    return made(actor, scope) if made else []


def _rate(name: str, overview: Overview, base: dict[str, str]) -> dict[str, Any]:
    rate = getattr(overview.rates, name)
    label, formula = RATES[name]
    return {
        "label": str(label),
        "value": share_words(rate),
        "formula": str(formula),
        "yes": rate.numerator,
        "asked": rate.denominator,
        "yes_href": behind_href(f"{name}-yes", base),
        "asked_href": behind_href(f"{name}-asked", base),
        "enough": rate.share is not None,
    }


def _left_out(overview: Overview, base: dict[str, str]) -> list[dict[str, Any]]:
    found = overview.rates
    rows: list[dict[str, Any]] = [
        {"label": _("未联系上或不愿评价"), "n": found.unreachable, "code": "unreachable"},
        {"label": _("还没有评价或回访"), "n": found.not_asked, "code": "not_asked"},
        {"label": _("挂账中，条件具备再办"), "n": found.suspended, "code": "suspended"},
        *(
            {"label": _("依法不计入：%(reason)s") % {"reason": entry_name(exclusions()[code])}, "n": n, "code": f"excluded-{code}"}
            for code, n in found.excluded.items()
        ),
    ]
    return [{**row, "href": behind_href(row["code"], base)} for row in rows]


def _took(label: str, took: Took, code: str, base: dict[str, str]) -> dict[str, Any]:
    shown = took.median is not None
    return {
        "label": label,
        "median": minutes_words(took.median) if shown else "—",
        "ninth": minutes_words(took.ninth) if shown else "—",
        "count": took.count,
        "href": behind_href(code, base),
    }


def _promises(overview: Overview, base: dict[str, str]) -> list[dict[str, Any]]:
    rows = []
    for subject, (late, met) in overview.late.items():
        if met:
            share = percent(Fraction(met - late, met)) if met >= FEWEST else _("样本不足")
            rows.append(
                {
                    "label": str(PromiseRule.Subject(subject).label),
                    "share": share,
                    "late": late,
                    "met": met,
                    "late_href": behind_href(f"overdue-{subject}", base),
                    "met_href": behind_href(f"met-{subject}", base),
                }
            )
    return rows


def _counts(overview: Overview, base: dict[str, str]) -> list[dict[str, Any]]:
    rows = (
        (_("提出"), overview.raised, "raised"),
        (_("办完"), overview.rates.finished, "finished"),
        (_("评价或回访成功"), overview.rates.called_back, "asked"),
        (_("重新办理过"), overview.reopened, "reopened"),
        (_("办结后同一户再次反映"), overview.repeated.numerator, "repeated"),
    )
    return [{"label": label, "n": n, "href": behind_href(code, base)} for label, n, code in rows]


def _returning(actor: Actor, scope: Scope) -> list[dict[str, Any]]:
    """Requests that keep coming back, for those who see the whole area."""
    root = figures.common_root(actor)
    place = scope.place or Place.objects.filter(path=root).first()
    if not figures.sees_all_of(actor, place):
        return []
    return [
        {
            "title": row.first.public_title,
            "href": address(row.again[-1].ref),
            "meta": _("%(refs)s · 最近 %(day)s") % {"refs": _("、").join(m.ref for m in (row.first, *row.again)), "day": day(row.last_at)},
            "chip": ngettext("反映 %(n)s 次", "反映 %(n)s 次", row.times) % {"n": row.times},
            "tone": "gold",
            "ways": [
                {"label": str(way.label), "href": f"/desk/matters/{row.again[-1].ref}/open/{way.kind}/"}
                for way in ways_from(actor, row.again[-1])
            ],
        }
        for row in coming_back(place, scope.since, scope.until)[:10]
    ]


def _row(line: Line, by: str, base: dict[str, str], here: dict[str, Any]) -> dict[str, Any]:
    """One line of the breakdown: its numbers, what each opens, and where it leads deeper."""
    own = dict(base)
    deeper = ""
    if by == "place":
        own["place"] = str(line.key)
        own |= {"exact": "1"} if line.exact else {}
        deeper = f"?{_query({**here, 'place': line.key})}#lines" if line.deeper else ""
    elif by == "category":
        code = next((c.code for c in categories() if c.pk == line.key), "")
        own["category"] = code
        deeper = f"?{_query({**here, 'category': code})}#lines" if line.deeper else ""
    else:
        own["holder"] = str(line.key or "")
    # A line without a category or a unit cannot be asked for by an address: its numbers stand without a link.
    reachable = line.key is not None
    cells = {
        code: {"n": line.counts[code], "href": behind_href(code, own) if reachable and line.counts[code] else ""}
        for code in ("raised", "finished", "asked", "unreachable", "late", "reopened")
    }
    shares = {}
    for name in RATES:
        rate = line.rate(name)
        shares[name] = {
            "words": share_words(rate),
            "href": behind_href(f"{name}-asked", own) if reachable and rate.share is not None else "",
        }
    return {"name": line.name, "deeper": deeper, "cells": cells, "shares": shares}


def _whistle_row(line: figures.WhistleLine, base: dict[str, str]) -> dict[str, Any]:
    own = {**base, "unit": str(line.unit_id)}
    return {"name": line.name, "cells": {code: {"n": n, "href": behind_href(code, own) if n else ""} for code, n in line.counts.items()}}


# --- as a table to take away ---------------------------------------------------------------------------------------------
def _listing(overview: Overview, lines: list[Line], whistles: list[figures.WhistleLine], since: date, until: date) -> Listing:
    """The numbers shown, block below block."""
    rows: list[tuple[object, ...]] = []

    def write(*cells: object) -> None:
        rows.append(cells)

    write(_("指标"), _("值"), _("分子"), _("分母"), _("算法"))
    for name, (label, formula) in RATES.items():
        rate = getattr(overview.rates, name)
        write(label, share_words(rate), rate.numerator, rate.denominator, formula)
    for row in _left_out(overview, {}):
        write(row["label"], row["n"])
    write(_("提出"), overview.raised)
    write(_("办完"), overview.rates.finished)
    write(_("重新办理过"), overview.reopened)
    write(
        _("办结后同一户再次反映"),
        share_words(overview.repeated),
        overview.repeated.numerator,
        overview.repeated.denominator,
        REPEAT_FORMULA,
    )
    for what, took in ((_("提出到首次答复"), overview.first_answer), (_("提出到办结"), overview.resolve)):
        write(what, _("中位数"), minutes_words(took.median), _("九成在此之内"), minutes_words(took.ninth), took.count)
    if lines:
        write()
        write(
            _("名称"),
            _("提出"),
            _("办完"),
            *[f"{label} ({_('分子')}/{_('分母')})" for label, _formula in RATES.values()],
            _("未联系上"),
            _("有过超期"),
            _("重新办理过"),
        )
        for line in lines:
            shares = [f"{line.counts[f'{n}-yes']}/{line.counts[f'{n}-asked']}" for n in RATES]
            write(
                line.name,
                line.counts["raised"],
                line.counts["finished"],
                *shares,
                line.counts["unreachable"],
                line.counts["late"],
                line.counts["reopened"],
            )
    if whistles:
        write()
        write(_("单位"), *[figures.label_of(code) for code in whistles[0].counts])
        for whistle in whistles:
            write(whistle.name, *whistle.counts.values())
    return Listing(f"{_('数据')} {since} {until}", (_("期间"), since.isoformat(), until.isoformat()), rows, (28, 14, 14, 14, 40))
