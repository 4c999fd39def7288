"""What a venue's pages say: findings in whole sentences, hours and whether it is open, amounts in their units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext, pgettext, pgettext_lazy

from linli.kernel.matters.clock import ZONE
from linli.law.venues import Standard, items
from linli.loops.venues import hours
from linli.loops.venues.models import State, Venue
from linli.loops.venues.rules import Finding
from linli.loops.venues.standing import Stand, today_of, tongue
from linli.web.words import WEEKDAYS_EN, WEEKDAYS_ZH, clock, date_long, in_english, percent

GROUPS: Final = {
    "area": gettext_lazy("面积"),
    "site": gettext_lazy("场地"),
    "access": gettext_lazy("无障碍"),
    "zone": gettext_lazy("分区"),
    "equipment": gettext_lazy("设备"),
    "function": gettext_lazy("功能"),
    "hours": gettext_lazy("开放时间"),
    "staff": gettext_lazy("人员"),
    "governance": gettext_lazy("规则公开"),
    "money": gettext_lazy("经费"),
    "exit": gettext_lazy("满意与退出"),
}
MEASURES: Final = {
    "zone": gettext_lazy("有这个分区"),
    "equipment": gettext_lazy("有这样设备"),
    "feature": gettext_lazy("符合这个条件"),
    "area": gettext_lazy("使用面积"),
    "area_per_household": gettext_lazy("每户平均面积"),
    "points": gettext_lazy("每个院落的议事点数"),
    "functions": gettext_lazy("功能项数"),
    "weekly_hours": gettext_lazy("每周开放小时数"),
    "evening_hours": gettext_lazy("每周 18:00 以后的小时数"),
    "weekend_hours": gettext_lazy("周末开放小时数"),
    "full_time": gettext_lazy("专职管理员人数"),
    "teams": gettext_lazy("固定队伍数"),
    "volunteers": gettext_lazy("志愿者人数"),
    "digital": gettext_lazy("数字专员人数"),
    "training_hours": gettext_lazy("兼职人员每年培训小时数"),
    "yearly_cost": gettext_lazy("每年经费"),
    "satisfaction": gettext_lazy("上一年满意率"),
    "answers": gettext_lazy("上一年评价份数"),
    "years_below": gettext_lazy("连续低于满意率的年数"),
}
OPS: Final = {
    "has": gettext_lazy("要有"),
    ">=": gettext_lazy("至少"),
    ">": gettext_lazy("超过"),
    "<=": gettext_lazy("至多"),
    "<": gettext_lazy("少于"),
    "between": gettext_lazy("在两数之间"),
}
TYPES: Final = {
    "old_residential": gettext_lazy("城市老旧社区"),
    "new_commercial": gettext_lazy("新建商品房社区"),
    "rural": gettext_lazy("农村社区"),
    "special": gettext_lazy("安置或多民族社区"),
    "industrial_park_adjacent": gettext_lazy("产业园区周边社区"),
    "ageing": gettext_lazy("老龄化社区"),
    "young": gettext_lazy("年轻社区"),
    "mixed": gettext_lazy("老少混合社区"),
    "culture_heritage": gettext_lazy("文化传承社区"),
}
TRAITS: Final = ("ageing", "young", "mixed", "culture_heritage")
STAFF: Final = {
    "full_time": gettext_lazy("专职管理员（人）"),
    "teams": gettext_lazy("固定队伍（支）"),
    "volunteers": gettext_lazy("志愿者（人）"),
    "digital": gettext_lazy("数字专员（人）"),
    "training_hours": gettext_lazy("兼职人员每年培训（小时）"),
}
CONFIDENCE: Final = {
    "stated": gettext_lazy("方案写明"),
    "worded": gettext_lazy("怎样算达到由我们定"),
    "own": gettext_lazy("我们定的数"),
}
STATES: Final = {
    "meets": pgettext_lazy("venue", "达到"),
    "misses": gettext_lazy("没达到"),
    "unknown": gettext_lazy("还不清楚"),
    "not_applicable": gettext_lazy("不适用"),
}
TONES: Final = {"meets": "green", "misses": "red", "unknown": "gold", "not_applicable": "plain"}
VENUE_TONES: Final = {State.IN_USE: "green", State.PREPARING: "gold", State.CLOSED: "plain"}
DOCUMENTS: Final = {
    "S1": gettext_lazy("四进社区方案"),
    "S3": gettext_lazy("议事阵地方案"),
}


def figure(value: Fraction, digits: int = 2) -> str:
    """A number as short as it is exact, at most `digits` decimals, halves rounded up: 30, 12.5, 0.33."""
    scaled = (2 * abs(value) * 10**digits + 1) // 2
    whole, rest = divmod(int(scaled), 10**digits)
    text = f"{whole:,}" + (f".{rest:0{digits}d}".rstrip("0") if rest else "")
    return f"-{text}" if value < 0 and scaled else text


def amount(unit: str, value: Fraction) -> str:
    """A quantity with its unit."""
    n = figure(value)
    plural = int(value) if value.denominator == 1 else 2
    if unit == "square_metres":
        return _("%(n)s 平方米") % {"n": n}
    if unit == "yuan":
        return _("%(n)s 元") % {"n": n}
    if unit == "percent":
        return percent(value / 100)
    made = {
        "hours": ngettext("%(n)s 小时", "%(n)s 小时", plural),
        "persons": npgettext("venue", "%(n)s 人", "%(n)s 人", plural),
        "teams": ngettext("%(n)s 支", "%(n)s 支", plural),
        "functions": ngettext("%(n)s 项", "%(n)s 项", plural),
        "answers": ngettext("%(n)s 份", "%(n)s 份", plural),
        "years": ngettext("%(n)s 年", "%(n)s 年", plural),
        "points_per_courtyard": npgettext("venue", "%(n)s 处", "%(n)s 处", plural),
    }
    return made[unit] % {"n": n}


def asked(standard: Standard, need: Fraction | None = None) -> str:
    """What the standard asks, in words: "至少 50 平方米"."""
    if standard.op == "has":
        return _("要有：%(what)s") % {"what": items()[standard.item].name(tongue())}
    value = amount(standard.unit, standard.value if need is None else need)
    if standard.op == "between" and standard.most is not None:
        return _("%(low)s 到 %(high)s") % {"low": value, "high": amount(standard.unit, standard.most)}
    if standard.op == ">" and standard.value == 0:
        return _("要有")
    words = {">=": _("至少 %(value)s"), ">": _("超过 %(value)s"), "<=": _("至多 %(value)s"), "<": _("少于 %(value)s")}
    return words[standard.op] % {"value": value}


def for_whom(standard: Standard) -> str:
    """For how many households and which kinds of community; empty for every venue."""
    low, high = standard.households_from, standard.households_to
    parts = []
    if low is not None and high is not None:
        parts.append(_("%(low)s 到 %(high)s 户") % {"low": low, "high": high})
    elif low is not None:
        parts.append(_("%(low)s 户以上") % {"low": low})
    elif high is not None:
        parts.append(_("%(high)s 户以下（含）") % {"high": high})
    return _("；").join([*parts, *(str(TYPES[t]) for t in standard.types)])


def take(finding: Finding) -> str:
    """What it would take to meet a standard that is missed; empty for any other."""
    standard = finding.standard
    if finding.state != "misses":
        return ""
    if standard.op == "has":
        what = items()[standard.item].name(tongue())
        return {
            "zone": _("要辟出：%(what)s。"),
            "equipment": _("要添置：%(what)s。"),
        }.get(standard.measure, _("要做到：%(what)s。")) % {"what": what}
    if standard.measure == "evening_hours" and finding.need == 0:
        return _("每周至少有一天 18:00 以后也要开放。")
    if standard.measure == "weekend_hours" and finding.need == 0:
        return _("周六或周日要开放。")
    if standard.measure == "satisfaction":
        return _("满意率还要提高 %(n)s 个百分点。") % {"n": figure(finding.short, 1)}
    if standard.measure == "years_below":
        return _("应当整改或者重新组织。")
    if finding.short > 0:
        short = amount(standard.unit, finding.short)
        if standard.measure == "area_per_household":
            return _("每户平均还差 %(n)s。") % {"n": short}
        return {
            "area": _("还要增加 %(n)s。"),
            "points": _("还要设 %(n)s议事点。"),
            "weekly_hours": _("每周还要多开放 %(n)s。"),
            "evening_hours": _("每周 18:00 以后还要多开放 %(n)s。"),
            "weekend_hours": _("周末还要多开放 %(n)s。"),
            "full_time": _("还要配专职管理员 %(n)s。"),
            "teams": _("还要建固定队伍 %(n)s。"),
            "volunteers": _("还要招募志愿者 %(n)s。"),
            "digital": _("还要配数字专员 %(n)s。"),
            "training_hours": _("每年还要多培训 %(n)s。"),
            "functions": _("还要增加功能 %(n)s。"),
            "yearly_cost": _("每年还要多投入 %(n)s。"),
            "answers": _("还要多收 %(n)s评价。"),
        }[standard.measure] % {"n": short}
    if finding.over > 0:
        return _("多出 %(n)s。") % {"n": amount(standard.unit, finding.over)}
    return _("要%(asked)s。") % {"asked": asked(standard, finding.need)}


def by_how_much(finding: Finding) -> str:
    """What a standard that is met has to spare; empty where nothing is counted."""
    if finding.state != "meets" or finding.have is None:
        return ""
    have = amount(finding.standard.unit, finding.have)
    if finding.over > 0 and finding.standard.op in (">=", ">"):
        return _("现有 %(have)s，多 %(over)s。") % {"have": have, "over": amount(finding.standard.unit, finding.over)}
    return _("现有 %(have)s。") % {"have": have}


def why_so(finding: Finding) -> str:
    """Why a standard cannot be judged, or does not apply."""
    reasons = {
        "households": _("不知道有多少户：请填户数，或者把房屋登记完整。"),
        "type": _("不知道是哪一类社区：请在地点里选好社区类型。"),
        "few_answers": _("上一年的评价份数不够，不算满意率。"),
        "no_year": _("还没有一整年的评价。"),
        "value": _("还没有填写，或者没有人查看过。"),
        "overridden": _("由另一条标准代替。"),
        "other_households": _("不是这个户数的小区。"),
        "other_type": _("不是这一类社区。"),
    }
    return reasons.get(finding.why, "")


def said(finding: Finding) -> str:
    """The one sentence beside a finding."""
    return take(finding) or by_how_much(finding) or why_so(finding)


def source_words(cites: Iterable[str]) -> str:
    """Where a standard comes from: documents with their sections; our own and a place's own as such."""
    named: dict[str, list[str]] = {}
    for cite in cites:
        document, _space, section = cite.partition(" ")
        if document in DOCUMENTS and section:
            named.setdefault(str(DOCUMENTS[document]), []).append(section)
        else:
            named.setdefault(_("我们定的") if cite == "own" else cite, [])
    return _("；").join(" ".join([document, listed(sections)]).strip() for document, sections in named.items())


@dataclass(frozen=True)
class Row:
    """A finding as a page draws it."""

    name: str
    group: str
    state: str
    word: str
    tone: str
    asked: str
    have: str
    said: str
    source: str
    confidence: str
    note: str
    applies_to: str
    code: str


def row_of(finding: Finding) -> Row:
    s = finding.standard
    return Row(
        name=s.name(tongue()),
        group=str(GROUPS[s.group]),
        state=finding.state,
        word=str(STATES[finding.state]),
        tone=TONES[finding.state],
        asked=asked(s, finding.need if finding.have is not None else None),
        have=amount(s.unit, finding.have) if finding.have is not None else "",
        said=said(finding),
        source=source_words(s.cites),
        confidence=str(CONFIDENCE[s.confidence]),
        note=s.note(tongue()),
        applies_to=for_whom(s),
        code=s.code,
    )


def rows_of(findings: Iterable[Finding], states: Sequence[str] = ()) -> list[Row]:
    return [row_of(f) for f in findings if not states or f.state in states]


def sum_words(stand: Stand) -> str:
    """ "20 项达到，3 项没达到，5 项还不清楚"."""
    s = stand.summary
    parts = [_("%(n)s 项达到") % {"n": s.meets}, _("%(n)s 项没达到") % {"n": s.misses}]
    parts += [_("%(n)s 项还不清楚") % {"n": s.unknown}] if s.unknown else []
    return _("，").join(parts)


def hours_words(minutes: int) -> str:
    """So many minutes as hours: "34.5 小时"."""
    return amount("hours", Fraction(minutes, 60))


# --- hours -----------------------------------------------------------------------------------------------------------------
def weekday(n: int) -> str:
    return WEEKDAYS_EN[n] if in_english() else f"周{WEEKDAYS_ZH[n]}"


def week_rows(week: hours.Week) -> list[dict[str, str]]:
    """Days in a row with the same hours: label and words."""
    rows = []
    for first, last, day in hours.runs(week):
        label = weekday(first) if first == last else _("%(first)s至%(last)s") % {"first": weekday(first), "last": weekday(last)}
        rows.append({"label": label, "value": hours.day_text(day) or _("不开放")})
    return rows


def exception_words(day: hours.Day) -> str:
    return hours.day_text(day) or _("不开放")


def open_chip(now: hours.Standing) -> tuple[str, str]:
    """(words, tone) of whether it is open now."""
    if now.open:
        return (_("正在开放"), "green")
    return (_("现在没开"), "plain") if now.by else (_("没有公布开放时间"), "plain")


def open_words(now: hours.Standing, at: datetime) -> str:
    """One sentence on whether it is open and what comes next."""
    coming = ""
    if now.next_at is not None:
        today = today_of(at)
        when = clock(now.next_at) if today_of(now.next_at) == today else date_long(now.next_at, today)
        coming = _("下次 %(when)s 开门。") % {"when": when}
    if now.open:
        if now.until is not None:
            text = _("开到 %(time)s。") % {"time": clock(now.until)}
        else:
            text = _("现在开着，不在公布的开放时间里。")
        return text if now.by == "log" else _("按开放时间正在开放，%(text)s") % {"text": text}
    if now.early:
        return _("今天提前关门了。") + coming
    return coming or (_("两周内没有开放时间。") if now.by else _("开放时间还没有公布，请先打电话问。"))


def moment(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%H:%M}"


def venue_meta(venue: Venue) -> str:
    return " · ".join(part for part in (venue.place.name, venue.address) if part)


def listed(words: Iterable[str]) -> str:
    """Words of a list in one line."""
    return _("、").join(words)


def access_words(venue: Venue) -> str:
    """What helps whoever moves, sees or hears less well: what is there, and what is known not to be; empty when nobody has looked."""
    known = [(i.name(tongue()), venue.has[i.code]) for i in items().values() if i.access and i.code in venue.has]
    there, absent = listed(n for n, yes in known if yes), listed(n for n, yes in known if not yes)
    return _("；").join(part for part in (there, _("没有：%(what)s") % {"what": absent} if absent else "") if part)


def there(venue: Venue, kind: str) -> list[str]:
    """What of a kind is known to be there, in words."""
    return [i.name(tongue()) for i in items().values() if i.kind == kind and venue.has.get(i.code)]


def functions_of(venue: Venue) -> list[str]:
    return [items()[code].name(tongue()) for code in venue.functions or () if code in items()]


def state_word(venue: Venue) -> str:
    return {
        State.PREPARING: pgettext("venue", "筹备中"),
        State.IN_USE: pgettext("venue", "使用中"),
        State.CLOSED: pgettext("venue", "已停用"),
    }[State(venue.state)]


def facts_rows(stand: Stand) -> list[dict[str, Any]]:
    """Area, households and what one makes of the other, staff and money: what the Desk reads at a glance."""
    v, f = stand.venue, stand.facts
    each = ""
    if f.area is not None and f.households:
        each = amount("square_metres", Fraction(f.area, f.households))
    households = "" if f.households is None else _("%(n)s 户") % {"n": figure(Fraction(f.households))}
    if households and stand.counted:
        households = _("%(n)s（按房屋登记）") % {"n": households}
    cost = amount("yuan", Fraction(f.cost_fen, 100)) if f.cost_fen is not None else ""
    if cost and v.cost_year:
        cost = _("%(cost)s（%(year)s 年）") % {"cost": cost, "year": v.cost_year}
    return [
        {"label": _("服务范围"), "value": v.place.name},
        {"label": _("社区类型"), "value": listed(str(TYPES[t]) for t in TYPES if t in f.types)},
        {"label": _("使用面积"), "value": amount("square_metres", Fraction(f.area, 100)) if f.area is not None else ""},
        {"label": _("户数"), "value": households},
        {"label": _("每户平均面积"), "value": each},
        {"label": _("座位"), "value": str(v.seats) if v.seats is not None else ""},
        {"label": _("功能"), "value": listed(functions_of(v))},
        {"label": _("人员"), "value": _("；").join(f"{STAFF[k]} {n}" for k, n in ((k, f.staff.get(k)) for k in STAFF) if n is not None)},
        {"label": _("每年经费"), "value": cost},
    ]
