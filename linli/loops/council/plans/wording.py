"""How plans speak: money, floors, ways to share with their source, and the text a chosen plan becomes. No query."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from linli.insight.plans import KEY_UNIT, Line, Subsidy
from linli.law.lifts import LiftScheme, scheme_from
from linli.lib.units import format_fen
from linli.loops.council.plans.models import Alternative, How, Plan, PlanHome, State
from linli.loops.council.plans.reckoning import Figures, Reckoned

TONES = {State.DRAFT: "plain", State.SHOWN: "gold", State.ADOPTED: "green", State.DROPPED: "plain"}
MOST_LINES = 40


def tongue() -> str:
    return get_language() or "zh-hans"


def figure(fen: int) -> str:
    """An amount in yuan without its unit: "580,000", "12.50"."""
    return format_fen(fen).removesuffix(".00")


def money(fen: int) -> str:
    """An amount in yuan: "580,000 元", "12.50 元"."""
    return _("%(money)s 元") % {"money": figure(fen)}


def share_words(fen: int | None) -> str:
    """What a home pays, in words: also that it pays nothing, receives something, or is not in the plan."""
    if fen is None:
        return _("不在分摊范围内")
    if fen < 0:
        return _("不用出钱，收到补偿 %(money)s") % {"money": money(-fen)}
    return money(fen) if fen else _("不用出钱")


def decimal(value: Fraction) -> str:
    """A coefficient as people write it: 0.5, 1.1, 1/3 where no decimal is exact."""
    for places in range(5):
        if (value * 10**places).denominator == 1:
            text = f"{int(value * 10**places):0{places + 1}d}"
            return f"{text[:-places]}.{text[-places:]}" if places else text
    return str(value)


def key_words(key: int | None) -> str:
    """A key of one's own as entered: 1.25."""
    return "" if key is None else decimal(Fraction(key, KEY_UNIT))


def left_out_words(home: PlanHome) -> str:
    """What stands in a sheet's column of homes that do not share: yes, or nothing."""
    return pgettext("left out", "是") if home.left_out else ""


def floor_words(floor: int | None) -> str:
    if floor is None:
        return _("楼层未填")
    return _("地下 %(n)s 层") % {"n": -floor} if floor < 0 else _("%(n)s 层") % {"n": floor}


def scheme_of(alternative: Alternative) -> LiftScheme | None:
    return scheme_from(alternative.scheme) if alternative.how == How.FLOOR and alternative.scheme else None


def name_of(alternative: Alternative) -> str:
    """Its name as entered; those a plan begins with in the reader's language."""
    scheme = scheme_of(alternative)
    if scheme is not None and alternative.name == scheme.name_zh[:60]:
        return scheme.name(tongue())
    return _(alternative.name)


def confidence_words(confidence: str) -> tuple[str, str]:
    """How far a key's source was checked, and the tone of its chip."""
    said = {
        "verified_text": (_("已核对原文"), "green"),
        "verified_secondary": (_("据公开转述，未核对原文"), "gold"),
        "from_memory": (_("未核对"), "gold"),
        "own": (_("本地填写"), "blue"),
        "example": (_("示例，未核实"), "red"),
    }
    return said.get(confidence, (_("未核对"), "gold"))


def how_words(alternative: Alternative) -> str:
    """How an alternative shares, in one sentence."""
    scheme = scheme_of(alternative)
    if scheme is not None:
        base = _("按楼层系数乘以面积分摊") if scheme.by == "area" else _("按楼层系数分摊，同层各户一样")
    else:
        base = {
            How.AREA: _("按专有部分面积分摊"), How.HOME: _("每户一样"), How.KEY: _("按各户自定系数分摊"),
        }.get(How(alternative.how), "")  # fmt: skip
    if alternative.free_up_to is None:
        return base
    if alternative.paid_fen:
        return _("%(base)s；%(floor)s及以下不出钱，每户补偿 %(money)s") % {
            "base": base, "floor": floor_words(alternative.free_up_to), "money": money(alternative.paid_fen),
        }  # fmt: skip
    return _("%(base)s；%(floor)s及以下不出钱") % {"base": base, "floor": floor_words(alternative.free_up_to)}


def source_words(alternative: Alternative) -> str:
    """Where a key by floor comes from; for the others the law's own default where it is one."""
    scheme = scheme_of(alternative)
    if scheme is not None:
        return scheme.source(tongue())
    return _("民法典第 283 条：没有约定的，按专有部分面积") if alternative.how == How.AREA else ""


def subsidy_words(subsidy: Subsidy, lifts: int) -> str:
    """How a subsidy is reckoned: fixed, for each lift, a share with its cap."""
    if subsidy.kind == "per_lift":
        return _("每台 %(money)s，%(n)s 台") % {"money": money(subsidy.fen), "n": lifts}
    if subsidy.kind == "share":
        share = _("总金额的 %(share)s%%") % {"share": decimal(subsidy.share * 100)}
        return share if subsidy.cap_fen is None else _("%(share)s，最多 %(cap)s") % {"share": share, "cap": money(subsidy.cap_fen)}
    return pgettext("subsidy", "固定金额")


def line_words(line: Line) -> str:
    """A floor's homes pay: one figure, or from the least to the most."""
    if line.least_fen == line.most_fen:
        return share_words(line.least_fen)
    return _("%(least)s 至 %(most)s") % {"least": figure(line.least_fen), "most": money(line.most_fen)}


def option_title(plan: Plan, reckoned: Reckoned) -> str:
    """An option's name on the ballot, within what a ballot allows."""
    return _("%(plan)s：%(way)s") % {"plan": plan.title[:36], "way": name_of(reckoned.alternative)[:40]}


def option_text(figures: Figures, reckoned: Reckoned, digest: str) -> str:
    """
    What an alternative says as the text that is voted on: exact sums, each floor's figures, running costs, fund, and the digest of the whole
    calculation.
    """
    plan, net, shared = figures.plan, figures.net, reckoned.shared
    assert net is not None and shared is not None, "only what can be reckoned becomes a text"
    alternative = reckoned.alternative
    lines = [_("%(how)s。") % {"how": how_words(alternative)}]
    if source := source_words(alternative):
        lines.append(_("系数来源：%(source)s。") % {"source": source})
    sums = _("总金额 %(cost)s") % {"cost": money(net.cost_fen)}
    for one, fen in net.subsidies:
        sums += _("，减去%(name)s %(money)s（%(source)s）") % {"name": one.name, "money": money(fen), "source": one.source}
    lines.append(_("%(sums)s，由 %(n)s 户分摊 %(net)s。") % {"sums": sums, "n": len(shared.shares), "net": money(net.net_fen)})
    lines += each_floor(reckoned.floors)
    if reckoned.yearly is not None:
        items = _("、").join(f"{row['name']} {figure(row['fen'])}" for row in plan.running)
        lines.append(_("每年运行费 %(money)s（%(items)s），按同样的办法分摊。") % {"money": money(figures.running_fen), "items": items})
    if reckoned.fund is not None:
        lines.append(_("从各户维修资金账户列支，余额不够的另行补交。"))
    lines.append(_("各户金额见分摊方案 %(number)s；计算校验值 %(digest)s。") % {"number": plan.pk, "digest": digest})
    return "\n".join(lines)


def each_floor(floors: Mapping[int | None, Line]) -> list[str]:
    """One line a floor; of a place with many floors or with homes whose floor nobody knows only the range."""
    if len(floors) > MOST_LINES or None in floors:
        least, most = min(line.least_fen for line in floors.values()), max(line.most_fen for line in floors.values())
        if least == most:
            return [_("每户 %(money)s。") % {"money": share_words(least)}]
        if least <= 0:
            return [_("有的%(least)s，最多的一户 %(most)s。") % {"least": share_words(least), "most": money(most)}]
        return [_("每户 %(least)s 至 %(most)s。") % {"least": figure(least), "most": money(most)}]
    return [
        _("%(floor)s（%(n)s 户）每户：%(money)s。") % {"floor": floor_words(floor), "n": line.homes, "money": line_words(line)}
        for floor, line in floors.items()
    ]


def verb_words(verb: str, facts: dict[str, Any]) -> str:
    """A line of what was done to a plan."""
    if verb == "show":
        return _("停用方案") if facts.get("drop") else _("撤回征求意见") if facts.get("back") else _("公开征求意见")
    said = {
        "start": _("建立方案"), "terms": _("修改费用"), "redraw": _("重新取得各户"), "enter": _("填写 %(n)s 户的资料") % {"n": facts.get("homes", 0)},
        "offer": _("修改分摊办法：%(name)s") % {"name": facts.get("name", "")}, "take_away": _("删去一个分摊办法"), "lead": _("换了现在的办法"),
        "copy": _("以此为底另做一份"), "adopt": _("写入议题 %(ref)s 的文本第 %(n)s 版") % {"ref": facts.get("ref", ""), "n": facts.get("version", "")},
    }  # fmt: skip
    return said.get(verb, verb)


def row_of(plan: Plan, href: str, place: str) -> dict[str, Any]:
    meta = [place, money(plan.cost_fen) if plan.cost_fen else "", plan.matter.ref if plan.matter else ""]
    return {
        "title": plan.title, "href": href, "meta": " · ".join(filter(None, meta)), "chip": plan.get_state_display(),
        "tone": TONES[State(plan.state)], "icon": "chart",
    }  # fmt: skip
