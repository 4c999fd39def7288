"""What ballots say to people: refusals with their rule, and the frozen terms in the words of a notice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from linli.kernel.access.refusals import Refused
from linli.kernel.matters.clock import ZONE
from linli.law import voting
from linli.loops.council.ballots.models import Ballot, Kind, Secrecy
from linli.web.words import date_long

_WHY_NOT: Final = {
    "abandoned": lambda: _("这次表决已经停止，等新的公告。"),
    "not_open": lambda: _("还没有到投票时间。"),
    "closed": lambda: _("投票已经截止。"),
    "not_on_roll": lambda: _("名册上没有您，或者这一票由您家登记的代表来投。"),
    "first_stands": lambda: _("您已经投过票了；这次表决以第一票为准，不能改。"),
    "draft_only": lambda: _("公告以后，规则、名册、文本和记名方式都不能再改；要改就收回公告。"),
    "roll_not_frozen": lambda: _("名册还没有冻结。请先冻结名册，再设置表决。"),
    "official_only": lambda: _("本地规定，有约束力的网上投票要在主管部门的系统里进行；这里只能做征询性表决。"),
    "conflicts_open": lambda: _("还有互相矛盾的票没有核实，核实以后才能计票。"),
    "readings_open": lambda: _("还有纸质票没有第二人核对，核对以后才能计票。"),
    "hearings_open": lambda: _("还有电话或上门的票等见证人确认，确认或作废以后才能计票。"),
    "still_open": lambda: _("投票还没有截止。"),
    "already_counted": lambda: _("已经计过票了。"),
    "same_person": lambda: _("核对要由另一个人来做。"),
    "witness_needed": lambda: _("电话和上门的票要有另一位工作人员在场见证。"),
    "consent_needed": lambda: _("请先征得本人同意并登记。"),
    "no_proxies": lambda: _("这里的规定不允许委托投票。"),
    "proxy_limit": lambda: _("这个人代理的票数已经到了上限。"),
    "property_staff": lambda: _("物业服务人员不能代理业主投票。"),
}

_RULES: Final = {
    "official_only": "OWN-030",
    "no_proxies": "OWN-026",
    "property_staff": "OWN-029",
    "proxy_limit": "OWN-028",
}


def refuse(code: str, **details: object) -> Refused:
    """The refusal of that code, with its rule where law decides."""
    rule = rule_words(_RULES[code]) if code in _RULES else _("表决规则")
    return Refused(code, _WHY_NOT[code](), rule=rule, **details)


def rule_words(code: str) -> str:
    """A rule as people read it: the nation's with its article; one place's is another's too, under another article."""
    rule = voting.rules()[code]
    if rule.jurisdiction != "CN":
        return _("本地规定")
    return _("%(rule)s（%(article)s）") % {"rule": rule.rule_zh if language().startswith("zh") else rule.rule, "article": rule.citation}


def cited(rules: Iterable[str]) -> str:
    """The articles behind these rules, as a lawyer would cite them; each once, unknown ones left out."""
    known = voting.rules()
    return _("、").join(dict.fromkeys(known[r].citation for r in rules if r in known))


def language() -> str:
    return get_language() or "zh-hans"


def frozen_words(ballot: Ballot, today: date | None = None, *, voting_over: bool = False) -> tuple[str, ...]:
    """
    The ballot's terms as a notice says them: who votes, how, from when to when, by which rule, named or secret. Dates of the year of `today`
    (None: the day it is) go without their year. Beside a result (`voting_over`) nobody is told how to vote any more.
    """
    roll, profile = ballot.roll, profile_name(ballot)
    lines = [
        _("投票时间：%(opens)s 至 %(closes)s。")
        % {"opens": date_long(ballot.opens_at, today), "closes": date_long(ballot.closes_at, today)},
        _("名册：%(voters)s 名有表决权的人") % {"voters": roll.voter_count}
        + (_("，专有部分面积合计 %(area)s 平方米") % {"area": f"{roll.area // 100}.{roll.area % 100:02d}"} if roll.has_area else "")
        + _("，登记基准日 %(day)s，名册指纹 %(hash)s。") % {"day": roll.record_date.isoformat(), "hash": roll.hash[:24]},
        _("表决方式：%(kind)s，%(secrecy)s。通过标准：%(profile)s。")
        % {"kind": Kind(ballot.kind).label, "secrecy": Secrecy(ballot.secrecy).label, "profile": profile},
    ]
    if not voting_over:
        lines.append(_("一户多次投票以第一票为准。") if ballot.first_stands else _("截止前可以改投，以同一渠道的最后一票为准。"))
        lines.append(_("可以网上投票，也可以领取纸质票、打电话或请工作人员上门；同一名册序号只计一票。"))
    if ballot.settle_signed:
        lines.append(_("从不同渠道投的票互相矛盾时，凭本人签字的书面说明核实以哪一票为准。"))
    lines += seat_words(ballot)
    if ballot.is_objection:
        lines.append(_("注意：这是异议表决。没有交回的票视为没有异议；持异议的业主，面积和人数都不超过规定的比例，就通过。"))
        lines.append(_("采用异议表决的依据：%(basis)s") % {"basis": ballot.silent_clause})
    if ballot.is_secret:
        lines.append(_("投没投票是公开的，投了什么不公开；如果大家意见完全一样，就看得出来。无效票算参加、不算同意。"))
    silent = ballot.policies.get("silent", "strict")
    if silent != "strict":
        policy = voting.policies()["silent"].values[silent]
        lines.append(_("注意：未投票的按“%(policy)s”处理，依据是已经通过的规约条款。") % {"policy": policy[0]})
    if ballot.consultative:
        lines.append(_("这是征询性表决，有约束力的表决在%(system)s进行。") % {"system": ballot.official_system or _("主管部门的系统")})
    return tuple(lines)


def quota_words(quotas: Iterable[Mapping[str, Any]]) -> list[str]:
    """Each quota with its rule: "女委员至少 1 人（议事规则第 8 条）"."""
    return [_("%(name)s至少 %(n)s 人（%(source)s）") % {"name": q["name"], "n": q["least"], "source": q["source"]} for q in quotas]


def seat_words(ballot: Ballot) -> list[str]:
    """How an election fills its seats, as it was frozen; empty for other ballots."""
    question = ballot.question
    if ballot.kind != Kind.ELECTION:
        return []
    lines = [
        _("应选 %(n)s 席：候选人要各自达到通过标准，达到的按得票从多到少当选；争同一席票数相同的都不当选，再投一次。")
        % {"n": question["seats"]}
    ]
    if question.get("alternates"):
        lines.append(_("其余达到标准的，按得票从多到少列候补 %(n)s 人。") % {"n": question["alternates"]})
    if quotas := question.get("quotas"):
        lines.append(_("名额要求：%(list)s。") % {"list": _("；").join(quota_words(quotas))})
        lines.append(
            _(
                "当选的人里不够名额要求的，由达到标准、符合要求的候选人中得票多的当选，替下得票最少而又不影响其他名额要求的人；符合要求的人不够，席位仍按得票补足。"
            )
        )
    return lines


def seated_words(
    seated: Iterable[tuple[str, Mapping[str, Any] | None]], displaced: Sequence[str], short: Iterable[Mapping[str, Any]]
) -> list[str]:
    """
    Whom a quota seated, each with the quota; who had a seat by votes alone; which quotas could not be met. Empty where votes alone decided.
    """
    lines = []
    for who, quota in seated:
        if quota is None:
            lines.append(_("%(who)s按名额要求当选。") % {"who": who})
        else:
            lines.append(_("%(who)s按名额要求当选：%(quota)s。") % {"who": who, "quota": quota_words([quota])[0]})
    if displaced:
        lines.append(_("只按得票可以当选、因为名额要求没有当选的：%(names)s。") % {"names": _("、").join(displaced)})
    return lines + [_("符合要求的人不够，这一名额要求没有满足：%(quota)s。") % {"quota": words} for words in quota_words(short)]


def seated_of(ballot: Ballot) -> list[str]:
    """`seated_words` of a counted election, and which seats are left by equal votes. Empty for other ballots."""
    result = ballot.result
    names = {o["code"]: str(o["title"]) for o in ballot.question.get("options", ())}
    quotas = {q["code"]: q for q in ballot.question.get("quotas", ())}
    seated = [(names.get(row["code"], row["code"]), quotas.get(row["quota"])) for row in result.get("by_quota", ())]
    displaced = [names.get(code, code) for code in result.get("displaced", ())]
    lines = seated_words(seated, displaced, [quotas[code] for code in result.get("short_of", ()) if code in quotas])
    if tied := [names.get(code, code) for code in result.get("tied", ())]:
        lines.append(_("%(names)s得票相同，争同一席，都没有当选，需要再投一次；职务不抽签决定。") % {"names": _("、").join(tied)})
    if result.get("vacant"):
        lines.append(_("还缺 %(n)s 席。") % {"n": result["vacant"]})
    return lines


def choice_labels(ballot: Ballot) -> dict[str, str]:
    """What the three answers of a yes/no ballot are called: in objection voting one has an objection or none."""
    if ballot.is_objection:
        return {"agree": _("没有异议"), "against": _("有异议"), "abstain": _("弃权")}
    return {"agree": pgettext("a vote", "同意"), "against": _("反对"), "abstain": _("弃权")}


def profile_name(ballot: Ballot) -> str:
    if ballot.profile == "custom":
        return _("自定规则（%(source)s）") % {"source": ballot.thresholds_source}
    return voting.profile(ballot.profile).name(language())


def local(moment: object) -> str:
    return moment.astimezone(ZONE).isoformat() if hasattr(moment, "astimezone") else ""
