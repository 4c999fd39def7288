"""What the Square says of ballots: state, turnout, rule, result and choices as sentences and rows for its pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.law import voting
from linli.law.reasons import dimensions, quantity
from linli.lib.units import format_fen
from linli.loops.council.ballots.models import Ballot, Kind, Secrecy, State
from linli.loops.council.ballots.money import OwnShare
from linli.loops.council.ballots.queries import Dimension, Turnout, thresholds_of
from linli.loops.council.ballots.wording import choice_labels, cited, language, profile_name, seat_words
from linli.web.words import date_long


def tongue() -> str:
    return "zh" if language().startswith("zh") else "en"


def state_words(ballot: Ballot, now: datetime) -> tuple[str, str]:
    """The state in a word, and the tone of its chip."""
    if ballot.state == State.OPEN and now >= ballot.closes_at:
        return _("已截止，等待计票"), "gold"
    if ballot.state == State.COUNTED:
        if ballot.kind == Kind.SURVEY or ballot.consultative:
            return _("已有结果"), "blue"
        return (_("通过"), "green") if ballot.passed else (_("未通过"), "red")
    said = {
        State.ANNOUNCED: (_("已公告，还没开始"), "blue"),
        State.OPEN: (_("正在投票"), "green"),
        State.CLOSED: (_("已截止，等待计票"), "gold"),
        State.ABANDONED: (_("已停止"), "plain"),
    }
    return said.get(State(ballot.state), (str(State(ballot.state).label), "plain"))


def kind_note(ballot: Ballot) -> str:
    """What marks a ballot that binds nobody; empty for one that decides."""
    if ballot.kind == Kind.SURVEY:
        return _("这是征求意见，不作为决定。")
    if ballot.consultative:
        return _("这是征询性表决，没有约束力。有约束力的表决在%(system)s进行。") % {"system": ballot.official_system or _("主管部门的系统")}
    return ""


def window_words(ballot: Ballot) -> str:
    return _("%(opens)s 至 %(closes)s") % {"opens": date_long(ballot.opens_at), "closes": date_long(ballot.closes_at)}


def missing_words(found: Turnout) -> str:
    """ "还差 37 名业主、2,910.45 平方米": what the law still asks for; empty where it asks for nothing."""
    known = [d for d in found.dimensions if d.needed is not None]
    if not known:
        return ""
    parts = [_amount(d, d.missing) for d in known if d.missing]
    return _("还差 %(parts)s，参与才够数。") % {"parts": _("、").join(parts)} if parts else _("参与已经够数。")


def _amount(dimension: Dimension, amount: int) -> str:
    if dimension.name == "area":
        return _("%(n)s 平方米") % {"n": grouped_area(amount)}
    return (_("%(n)s 名业主") if dimension.name == "owners" else _("%(n)s 人")) % {"n": f"{amount:,}"}


def grouped_area(hundredths: int) -> str:
    """291000 → "2,910"; hundredths only where there are some."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"


def turnout_bars(found: Turnout) -> list[dict[str, Any]]:
    """One bar a dimension in percent of all, rounded down, with the amounts in words."""
    rows = []
    for d in found.dimensions:
        label = {"area": _("面积（㎡）"), "owners": pgettext("turnout", "业主")}.get(d.name, _("人数"))
        have, total = (grouped_area(d.have), grouped_area(d.total)) if d.name == "area" else (f"{d.have:,}", f"{d.total:,}")
        share = d.have * 100 // d.total if d.total else 0
        label = _("%(what)s %(have)s / %(total)s") % {"what": label, "have": have, "total": total}
        rows.append({"label": label, "value": share, "text": f"{share}%"})
    return rows


# --- the rule ----------------------------------------------------------------------------------------------
def rule_words(ballot: Ballot) -> list[str]:
    """The rule in sentences, each threshold with its dimension; the articles last. Empty for a survey."""
    if ballot.kind == Kind.SURVEY:
        return []
    profile = voting.profile(ballot.profile) if ballot.profile != "custom" else None
    entered = ballot.thresholds.get("agree", {}) if ballot.thresholds else {}
    lines = [_("适用规则：%(name)s。") % {"name": profile_name(ballot)}]
    lines += [_("参加：%(what)s") % {"what": _test(t.dimension, t.op, str(t.share))} for t in thresholds_of(ballot)]
    if profile is not None and not entered:
        base = _("全体") if profile.base == "all" else _("参加者")
        lines += [_("同意：占%(base)s的%(what)s") % {"base": base, "what": _test(t.dimension, t.op, str(t.share))} for t in profile.agree]
    else:
        base = _("全体") if entered.get("base") == "all" else _("参加者")
        agree = [(name, test) for name, test in entered.items() if name != "base" and isinstance(test, list | tuple)]
        lines += [_("同意：占%(base)s的%(what)s") % {"base": base, "what": _test(name, test[0], str(test[1]))} for name, test in agree]
    if profile is not None and profile.object_max:
        lines += [_("持异议的：占全体的%(what)s，就通过") % {"what": _test(t.dimension, t.op, str(t.share))} for t in profile.object_max]
        lines.append(_("这是异议表决：没有投票的视为没有异议。依据：%(basis)s") % {"basis": ballot.silent_clause})
    elif ballot.policies.get("silent", "strict") == "strict":
        lines.append(_("没有投票的不算参加，也不算同意。"))
    else:
        policy = voting.policies()["silent"].values[ballot.policies["silent"]]
        lines.append(
            _("注意：没有投票的按“%(policy)s”处理；严格口径的结果会同时公布。") % {"policy": policy[0 if tongue() == "zh" else -1]}
        )
    lines += seat_words(ballot)
    lines.append(
        _("先投的一票算数，不能改。") if ballot.first_stands else _("截止前可以改，以最后一票为准；几种渠道的票不一致时要先核实。")
    )
    if profile is not None and profile.rules:
        lines.append(_("依据：%(rules)s。") % {"rules": cited(profile.rules)})
    return lines


def _test(dimension: str, op: str, share: str) -> str:
    name = dimensions()[dimension][f"name_{tongue()}"] if dimension in dimensions() else dimension
    words = {
        ">": _("%(name)s超过 %(share)s"),
        ">=": _("%(name)s达到 %(share)s"),
        "<": _("%(name)s低于 %(share)s"),
        "<=": _("%(name)s不超过 %(share)s"),
    }
    return words[op] % {"name": name, "share": share}


def voters_words(ballot: Ballot) -> str:
    roll = ballot.roll
    if roll.has_area:
        return _("%(n)s 名业主，面积合计 %(area)s 平方米") % {"n": f"{roll.voter_count:,}", "area": grouped_area(roll.area)}
    return _("%(n)s 人") % {"n": f"{roll.voter_count:,}"}


def secrecy_words(ballot: Ballot) -> str:
    if ballot.secrecy == Secrecy.SECRET:
        return _("无记名：谁投过票会公布，投了什么不公布。要是大家意见完全一样，也就看得出来。")
    return _("记名：计票后，名册序号和选择会一起公布，不写姓名和门牌。")


# --- the result ----------------------------------------------------------------------------------------------
def result_rows(ballot: Ballot) -> list[dict[str, Any]]:
    """Every threshold of the law in words: how much, of how much, met or missed and by how much."""
    law = ballot.result.get("law", {})
    return [_line(row) for row in law.get("explain", ())]


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    code = row["code"]
    return {"text": row[tongue()], "met": True if code.endswith(("_met", "_met_untold")) else False if "_missed" in code else None}


def _labels() -> dict[str, str]:
    return {"agree": pgettext("a vote", "同意"), "against": _("反对"), "abstain": _("弃权")}


def sums_rows(law: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    """Participating, in favour, against, abstaining: heads and area beside each other, area only where it may be told."""
    names = {"total": _("名册合计"), "participating": _("参加"), **(labels or _labels())}
    rows = []
    for name, label in names.items():
        found = law.get(name) or {}
        heads = next((str(v) for k, v in found.items() if k != "area"), "")
        rows.append(
            {
                "label": label,
                "heads": f"{int(heads):,}" if heads.isdecimal() else heads,
                "area": _grouped(found["area"]) if "area" in found else "",
            }
        )
    return [row for row in rows if row["heads"]]


def _grouped(area: Any) -> str:
    """ "3395.00" → "3,395.00"; what is no number stays as it is."""
    whole, point, rest = str(area).partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.isdecimal() else str(area)


def strict_words(ballot: Ballot) -> str:
    """The strict result beside one by another policy on silence; empty where the rule is strict."""
    strict = ballot.result.get("law", {}).get("strict")
    if not strict:
        return ""
    return _("按严格口径（没投票的不算）：通过。") if strict["passed"] else _("按严格口径（没投票的不算）：没有通过。")


def headline(ballot: Ballot) -> str:
    """The result in one sentence."""
    names = titles(ballot)
    result = ballot.result
    if ballot.kind == Kind.SURVEY:
        return _("征求意见已经结束，下面是各种意见的数目。")
    said = _("表决通过。") if ballot.passed else _("表决没有通过。")
    if result.get("elected"):
        said += _("当选：%(names)s。") % {"names": _("、").join(names.get(c, c) for c in result["elected"])}
    elif result.get("winners") is not None:
        said += _("入选项目：%(names)s。") % {"names": _("、").join(names.get(c, c) for c in result["winners"]) or _("没有")}
    elif result.get("winner"):
        said += _("得到支持的方案：%(name)s。") % {"name": names.get(result["winner"], result["winner"])}
    return said + ("" if ballot.passed else shortfall(ballot))


def shortfall(ballot: Ballot) -> str:
    """
    By what a question of yes or no failed, and by what it did not: "同意的业主人数够了，专有部分面积还差181.51平方米。" Empty where several
    were asked about, and where the sums of a secret ballot are withheld.
    """
    if ballot.kind != Kind.YES_NO or ballot.result.get("withheld"):
        return ""
    tests = ballot.result.get("law", {}).get("tests", ())
    failed = next((t["kind"] for t in tests if not t["met"]), "")
    if failed not in ("take_part", "agree") or any("missing" not in t for t in tests):
        return ""
    parts = [
        _("%(what)s够了") % {"what": _dimension(t)}
        if t["met"]
        else _("%(what)s还差%(amount)s") % {"what": _dimension(t), "amount": _missing(t)}
        for t in sorted((t for t in tests if t["kind"] == failed), key=lambda t: not t["met"])
    ]
    said = _("参与表决的%(parts)s。") if failed == "take_part" else _("同意的%(parts)s。")
    return said % {"parts": _("，").join(parts)}


def _dimension(test: Mapping[str, Any]) -> str:
    return str(dimensions()[test["dimension"]][f"name_{tongue()}"])


def _missing(test: Mapping[str, Any]) -> str:
    missing = Fraction(str(test["missing"]))
    return quantity(test["dimension"], int(missing * 100) if test["dimension"] == voting.AREA else int(missing))[tongue()]


def titles(ballot: Ballot) -> dict[str, str]:
    return {o["code"]: str(o["title"]) for o in ballot.question.get("options", ())}


def option_rows(ballot: Ballot) -> list[dict[str, str]]:
    """Each option with its votes and what became of it; candidates elected, alternate, tied or not carried."""
    result, names = ballot.result, titles(ballot)
    found: list[dict[str, str]] = []
    for option in result.get("options", ()):
        code, law = option["code"], option["law"]
        heads = option.get("heads", next((v for k, v in law.get("agree", {}).items() if k != "area"), 0))
        found.append({"title": names.get(code, code), "votes": _("%(n)s 票") % {"n": heads}, "note": _fate(result, code, law)})
    return found


def _fate(result: Mapping[str, Any], code: str, law: Mapping[str, Any]) -> str:
    if code in result.get("elected", ()):
        return _("按名额要求当选") if any(row["code"] == code for row in result.get("by_quota", ())) else _("当选")
    if code in result.get("alternates", ()):
        return _("候补")
    if code in result.get("tied", ()) or code in result.get("tied_alternates", ()):
        return _("票数相同，需要再投")
    if code in result.get("displaced", ()):
        return _("因名额要求没有当选")
    if code == result.get("winner"):
        return _("领先，达到法定比例") if law["passed"] else _("领先，没有达到法定比例")
    return _("达到法定比例") if law["passed"] else _("没有达到法定比例")


def round_rows(ballot: Ballot) -> list[str]:
    """Instant runoff round by round."""
    names, lines = titles(ballot), []
    for n, one in enumerate(ballot.result.get("detail", {}).get("rounds", ()), start=1):
        counts = _("，").join(_("%(name)s %(n)s 票") % {"name": names.get(c, c), "n": v} for c, v in one["counts"].items())
        out = _("；淘汰 %(name)s") % {"name": names.get(one["out"], one["out"])} if one.get("out") else ""
        lines.append(_("第 %(n)s 轮：%(counts)s%(out)s。") % {"n": n, "counts": counts, "out": out})
    return lines


def project_rows(ballot: Ballot) -> list[dict[str, str]]:
    """Every project of a budget: chosen or not, and why, in words."""
    result, names = ballot.result, titles(ballot)
    made = result.get("rules", {}).get(result.get("method", ""), {})
    costs = {o["code"]: o.get("cost_fen") or 0 for o in ballot.question.get("options", ())}
    rows = []
    for one in _projects(made):
        code = one["id"]
        rows.append(
            {
                "title": names.get(code, code),
                "cost": _("%(money)s 元") % {"money": format_fen(costs.get(code, 0))},
                "votes": _("%(n)s 人支持") % {"n": one.get("supporters", 0)},
                "note": _("入选") if code in result.get("winners", ()) else _("没有入选"),
                "why": _why(one),
            }
        )
    return rows


def _projects(made: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    found = made.get("projects", ())
    return found if isinstance(found, list) else ()


def _why(one: Mapping[str, Any]) -> str:
    said = {
        "paid_by_supporters": _("支持它的人用分到的钱凑够了费用。"),
        "costs_nothing": _("不花钱。"),
        "no_supporters": _("没有人支持。"),
        "supporters_cannot_pay": _("支持它的人剩下的钱不够付这个项目。"),
        "fits": _("按每元得到的支持排队，轮到时钱还够。"),
        "does_not_fit": _("轮到时剩下的钱不够。"),
    }
    return said.get(str(one.get("reason", "")), "")


# --- a choice -------------------------------------------------------------------------------------------------
def choice_words(ballot: Ballot, choice: Any) -> list[str]:
    """A choice as its voter reads it again before sending: one line an option."""
    if isinstance(choice, str):
        return [{**choice_labels(ballot), "invalid": _("废票")}.get(choice, choice)]
    names = titles(ballot)
    if "points" in choice:
        return [_("%(name)s：%(n)s 点") % {"name": names.get(c, c), "n": n} for c, n in choice["points"].items()]
    if "rank" in choice:
        return [_("第 %(n)s：%(name)s") % {"n": n, "name": names.get(c, c)} for n, c in enumerate(choice["rank"], start=1)]
    return [names.get(c, c) for c in choice["approve"]]


def money(fen: int | None) -> str:
    return _("%(money)s 元") % {"money": format_fen(fen).removesuffix(".00")} if fen else ""


def share_words(share: OwnShare) -> str:
    """What a voter's homes pay for an option: also that they pay nothing, receive something, or are not among those who share."""
    if share.share_fen is None:
        return _("您家不在分摊范围内")
    if share.share_fen < 0:
        return _("不用出钱，收到补偿 %(money)s") % {"money": money(-share.share_fen)}
    return money(share.share_fen) or _("不用出钱")
