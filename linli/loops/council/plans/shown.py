"""Rows and facts for the pages of plans, the same on the Square and at the Desk: costs, alternatives side by side, one home's own figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from linli.insight.plans import summed
from linli.kernel.access.refusals import said
from linli.kernel.places.models import Place
from linli.lib.units import format_area
from linli.loops.council.plans import wording as words
from linli.loops.council.plans.models import How, PlanHome
from linli.loops.council.plans.reckoning import Figures, Reckoned, unit_of


def cost_facts(found: Figures) -> list[dict[str, Any]]:
    """Total, each subsidy with its source, what is left, who shares it, what it costs a year."""
    plan = found.plan
    total = words.money(plan.cost_fen) if plan.cost_fen else ""
    if total and plan.cost_source:
        total = _("%(money)s（%(source)s）") % {"money": total, "source": plan.cost_source}
    rows = [{"label": _("总金额"), "value": total}]
    if found.net is not None:
        for one, fen in found.net.subsidies:
            said = {"money": words.money(fen), "how": words.subsidy_words(one, plan.lifts), "source": one.source}
            rows.append({"label": one.name, "value": _("减 %(money)s（%(how)s；%(source)s）") % said})
        rows.append(
            {
                "label": _("由各户分摊"),
                "value": _("%(money)s，%(n)s 户") % {"money": words.money(found.net.net_fen), "n": len(found.sharing)},
            }
        )
    if plan.running:
        items = _("、").join(f"{row['name']} {words.figure(row['fen'])}" for row in plan.running)
        rows.append(
            {"label": _("每年运行费"), "value": _("%(money)s（%(source)s）") % {"money": words.money(found.running_fen), "source": items}}
        )
    if plan.from_fund:
        rows.append({"label": _("怎么付"), "value": _("从各户维修资金账户列支，不够的补交")})
    return rows


def ways(found: Figures) -> list[dict[str, Any]]:
    """Each alternative: how it shares, its source and how far that was checked, what is in its way."""
    rows = []
    for one in found.alternatives:
        a = one.alternative
        scheme = words.scheme_of(a) if not one.problems or one.key else None
        chip, tone = words.confidence_words(scheme.confidence) if scheme else ("", "plain")
        rows.append({
            "number": a.number, "name": words.name_of(a), "how": words.how_words(a) if scheme or a.how != How.FLOOR else "", "source": words.source_words(a) if scheme or a.how != How.FLOOR else "",
            "chip": chip, "tone": tone, "note": scheme.note(words.tongue()) if scheme else "", "lead": one is found.lead,
            "problems": [said(p) for p in one.problems], "range": _range(one), "coefficients": _coefficients(one),
            "short": len(one.fund.short) if one.fund else 0, "unknown": len(one.fund.unknown) if one.fund else 0,
            "short_fen": words.money(one.fund.short_fen) if one.fund else "",
        })  # fmt: skip
    return rows


def _range(one: Reckoned) -> str:
    if one.shared is None:
        return ""
    fen = [share.fen for share in one.shared.shares.values()]
    if min(fen) <= 0:
        return _("每户最多 %(most)s") % {"most": words.money(max(fen))}
    if min(fen) == max(fen):
        return _("每户 %(money)s") % {"money": words.money(max(fen))}
    return _("每户 %(least)s 至 %(most)s") % {"least": words.figure(min(fen)), "most": words.money(max(fen))}


def _coefficients(one: Reckoned) -> str:
    if one.alternative.how != How.FLOOR or not one.floors:
        return ""
    return _("，").join(f"{words.floor_words(floor)} {words.decimal(line.coefficient)}" for floor, line in one.floors.items())


def side_by_side(found: Figures, groups: Mapping[int, str] | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """
    (columns, rows) of the alternatives beside each other: by floor for a lift, by part of the place for a levy; what a home of it pays. Only those
    that can be reckoned have a column.
    """
    able = [one for one in found.alternatives if one.shared is not None]
    parts = _parts(found, groups)
    columns: list[dict[str, Any]] = [{"label": _("楼层") if found.plan.is_lift else _("哪一部分")}, {"label": _("户数"), "numeric": True}]
    columns += [{"label": words.name_of(one.alternative), "numeric": True} for one in able]
    rows = []
    for name, homes in parts:
        units = [unit_of(h) for h in homes]
        lines = [summed(units, one.shared) for one in able if one.shared is not None]
        cells = [(c["label"], words.line_words(line)) for c, line in zip(columns[2:], lines, strict=True)]
        rows.append({"name": name, "homes": len(homes), "cells": cells, "sums": [words.money(line.sum_fen) for line in lines]})
    return columns, (rows if able else [])


def _parts(found: Figures, groups: Mapping[int, str] | None) -> list[tuple[str, list[PlanHome]]]:
    parts: dict[Any, list[PlanHome]] = {}
    sharing = found.sharing
    if found.plan.is_lift:
        for home in sorted(sharing, key=lambda h: (h.floor is None, h.floor or 0)):
            parts.setdefault(home.floor, []).append(home)
        return [(words.floor_words(floor), homes) for floor, homes in parts.items()]
    for home in sharing:
        parts.setdefault(home.group_id, []).append(home)
    named = groups or {}
    return [(named.get(group, found.plan.place.name), homes) for group, homes in parts.items()]


def group_names(homes: Sequence[PlanHome]) -> dict[int, str]:
    """The names of the parts of a place. One query, none where there are no parts."""
    ids = {h.group_id for h in homes if h.group_id}
    return dict(Place.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def own_rows(found: Figures, home: PlanHome) -> list[dict[str, Any]]:
    """One home under each alternative: once, beside the present way, every year, what is left of its fund."""
    lead = found.lead
    now = lead.fen(home.home_id) if lead else None
    rows = []
    for one in found.alternatives:
        if one.shared is None:
            continue
        fen = one.fen(home.home_id)
        yearly = one.yearly_fen(home.home_id)
        rows.append({
            "number": one.number, "name": words.name_of(one.alternative), "lead": one is lead, "share": words.share_words(fen),
            "beside": _beside(fen, now) if one is not lead else _("现在的办法"), "yearly": words.money(yearly) if yearly else _("不用出钱") if found.running_fen else "",
            "left": _left(one, home), "steps": steps(found, one, home),
        })  # fmt: skip
    return rows


def _beside(fen: int | None, now: int | None) -> str:
    if fen is None or now is None or fen == now:
        return _("一样") if fen == now else ""
    return (_("多 %(money)s") if fen > now else _("少 %(money)s")) % {"money": words.money(abs(fen - now))}


def _left(one: Reckoned, home: PlanHome) -> str:
    if one.fund is None:
        return ""
    left = one.fund.left.get(str(home.home_id))
    if left is None:
        return _("账户余额没有登记")
    return (
        _("账户还剩 %(money)s") % {"money": words.money(left)}
        if left >= 0
        else _("账户不够，要补交 %(money)s") % {"money": words.money(-left)}
    )


def steps(found: Figures, one: Reckoned, home: PlanHome) -> list[str]:
    """How one home's figure comes about, number by number, so that it can be reckoned again with pencil and paper."""
    shared, key = one.shared, one.key
    share = shared.shares.get(str(home.home_id)) if shared else None
    if found.net is None or shared is None or key is None or share is None:
        return []
    if share.fen < 0:
        return [_("这一层不出钱，每户补偿 %(money)s，由其他各户分摊。") % {"money": words.money(-share.fen)}]
    lines = []
    weight, area = shared.weights[str(home.home_id)], format_area(home.area or 0)
    unit = _("（权数）")
    if key.by_area:
        weight, whole, unit = weight / 100, shared.whole / 100, _("（平方米 × 系数）") if key.how == "floor" else _("平方米")
        if key.how == "floor":
            lines.append(
                _("您家的权数：%(floor)s系数 %(c)s × 面积 %(area)s 平方米 = %(weight)s。")
                % {"floor": words.floor_words(home.floor), "c": words.decimal(shared.coefficients[str(home.home_id)]), "area": area, "weight": _number(weight)}
            )  # fmt: skip
        else:
            lines.append(_("您家的面积：%(area)s 平方米。") % {"area": area if weight else _("（不出钱）") + area})
    else:
        whole = shared.whole
        lines.append(_("您家的权数：%(weight)s。") % {"weight": _number(weight)})
    lines.append(_("全部 %(n)s 户合计：%(whole)s %(unit)s。") % {"n": len(shared.shares), "whole": _number(whole), "unit": unit})
    total = shared.total_fen + shared.paid_fen
    if shared.paid_fen:
        lines.append(
            _("要分摊的钱：%(net)s，加上补偿 %(paid)s，共 %(total)s。")
            % {"net": words.money(shared.total_fen), "paid": words.money(shared.paid_fen), "total": words.money(total)}
        )
    lines.append(
        _("%(total)s × %(weight)s ÷ %(whole)s = %(share)s。")
        % {"total": words.money(total), "weight": _number(weight), "whole": _number(whole), "share": words.money(share.fen)}
    )
    lines.append(_("先各取整到分，余下的几分钱给小数最大的几户，各户加起来一分不差。"))
    return lines


def _number(value: Fraction) -> str:
    return words.decimal(value)
