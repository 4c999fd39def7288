"""The rules of a ballot in words, for the Desk: thresholds with their articles, what a place sets, turnout and result."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from linli.kernel.places.models import Place
from linli.kernel.places.queries import chain
from linli.kernel.rolls.wording import area_words
from linli.law import voting
from linli.loops.council.ballots.models import Ballot, Channel, Openings, Published
from linli.loops.council.ballots.queries import Dimension, Turnout
from linli.loops.council.ballots.wording import cited
from linli.web.words import date_long

_DIMENSIONS: Final = {
    "area": gettext_lazy("面积"),
    "owners": gettext_lazy("业主人数"),
    "voters": gettext_lazy("人数"),
    "entitled": gettext_lazy("人数"),
    "members": gettext_lazy("成员人数"),
    "persons": gettext_lazy("人数"),
    "households": gettext_lazy("户数"),
    "villagers_18": gettext_lazy("十八周岁以上村民人数"),
    "persons_or_households": gettext_lazy("人数或户数"),
    "registered": gettext_lazy("登记选民"),
    "votes": gettext_lazy("选票"),
}
_OPS: Final = {">": gettext_lazy("超过 %(share)s"), ">=": gettext_lazy("不少于 %(share)s"), "<": gettext_lazy("少于 %(share)s"), "<=": gettext_lazy("不超过 %(share)s")}  # fmt: skip
_BASES: Final = {
    "participating": gettext_lazy("参与表决的"),
    "all": gettext_lazy("全体的"),
    "votes_cast": gettext_lazy("所投票数的"),
}


def language() -> str:
    return get_language() or "zh-hans"


def dimension_word(name: str) -> str:
    return str(_DIMENSIONS.get(name, name))


def _tests(tests: tuple[voting.Threshold, ...]) -> str:
    said = [{"what": dimension_word(t.dimension), "test": str(_OPS[t.op]) % {"share": str(t.share)}} for t in tests]
    return _("、").join(_("%(what)s%(test)s") % one for one in said)


def profile_words(profile: voting.Profile) -> str:
    """Its thresholds in one sentence; that they must be entered where nobody verified them."""
    if not profile.verified:
        return _("法律的数字还没有核实，要由您按现行条文写入。")
    parts = []
    if profile.take_part:
        parts.append(_("参与表决：%(tests)s") % {"tests": _tests(profile.take_part)})
    if profile.agree:
        parts.append(_("同意：%(base)s%(tests)s") % {"base": str(_BASES[profile.base]), "tests": _tests(profile.agree)})
    if profile.object_max:
        parts.append(_("反对：全体的%(tests)s") % {"tests": _tests(profile.object_max)})
    return _("；").join(parts)


def profile_rows() -> list[dict[str, str]]:
    return [{"label": p.name(language()), "value": profile_words(p), "cited": cited(p.rules)} for p in voting.profiles().values()]


def rule_of(ballot: Ballot) -> voting.Profile:
    """The rule the ballot is counted by, with what the operator entered."""
    known = voting.profiles().get(ballot.profile) or voting.Profile(
        id="custom", name_zh="自定规则", name_en="Rule of your own", verified=False
    )
    if not ballot.thresholds:
        return known
    return known.with_thresholds(
        ballot.thresholds.get("take_part"), ballot.thresholds.get("agree", {}), source=ballot.thresholds_source or "-"
    )


# --- places ------------------------------------------------------------------------------------------
def place_facts(place: voting.Place) -> list[dict[str, str]]:
    """What a place sets for a ballot of owners, each with its article; what is not said by itself is the nation's."""
    days, rows = ngettext, []

    def add(label: str, value: str, *names: str) -> None:
        source = next((s for name in names if (s := place.setting(name)) is not None), None)
        rows.append({"label": label, "value": value, "cited": source.source.citation if source else ""})

    notice = place.notice_days()
    add(_("公告期"), days("至少 %(n)s 天", "至少 %(n)s 天", notice) % {"n": notice}, "notice_days")
    least, most = place.days("ballot_open_days_min"), place.days("ballot_open_days_max")
    window = _("%(least)s 到 %(most)s 天") % {"least": least, "most": most} if least and most else _("没有规定")
    add(_("投票多长时间"), window, "ballot_open_days_min", "ballot_open_days_max")
    parking = place.setting("parking")
    add(_("车位"), _policy_word("parking", str(parking.value) if parking else ""), "parking")
    add(_("没有交回的票"), _("可以按规约条款") if place.is_set("silent_clause_allowed") else _("只按严格口径"), "silent_clause_allowed")
    add(_("委托"), _proxies(place), "proxy_principals_max", "proxy_property_staff", "proxy_instructions_per_topic", "proxy_allowed")
    add(
        _("用哪个系统"),
        _("有约束力的用主管部门的系统") if place.is_set("official_platform_required") else _("没有规定"),
        "official_platform_required",
    )
    published = place.days("publish_result_days") or place.days("publish_decision_days")
    word = days("结果 %(n)s 天内公布", "结果 %(n)s 天内公布", published) % {"n": published} if published else _("没有规定")
    add(_("公布"), word, "publish_result_days", "publish_decision_days")
    return rows


def _policy_word(policy: str, value: str) -> str:
    found = voting.policies()[policy].values.get(value)
    return found[0 if language().lower().startswith("zh") else 1] if found else _("没有规定")


def _proxies(place: voting.Place) -> str:
    if not place.is_set("proxy_allowed"):
        return _("不能委托")
    words = [_("要书面委托")]
    if most := place.days("proxy_principals_max"):
        words.append(_("一人最多代理 %(n)s 票") % {"n": most})
    if place.is_set("proxy_instructions_per_topic"):
        words.append(_("要写明意见"))
    staff = place.setting("proxy_property_staff")
    if staff is not None and staff.value is False:
        words.append(_("物业人员不能代理"))
    return _("，").join(words)


def place_rows() -> list[dict[str, Any]]:
    return [{"name": place.name(language()), "facts": place_facts(place)} for place in voting.places().values()]


_LETTERS: Final = {"11": "CN-BJ", "31": "CN-SH", "3301": "CN-33-HZ", "3302": "CN-33-NB", "3310": "CN-33-TZ", "3311": "CN-33-LS", "3309": "CN-33-ZS", "3305": "CN-33-HUZ", "3304": "CN-33-JX", "3306": "CN-33-SX", "3715": "CN-37-LC", "3703": "CN-37-ZB", "3707": "CN-37-WF", "3702": "CN-37-QD", "3716": "CN-37-BZ", "4101": "CN-41-ZZ", "4418": "CN-44-QY"}  # fmt: skip


def likely_place(place: Place) -> str:
    """The jurisdiction a place lies in by the statistical codes above it; the nation where none is known."""
    codes = [p.code for p in chain(place) if p.code]
    for code in reversed(codes):
        for known in (_LETTERS.get(code[:4]), _LETTERS.get(code[:2]), f"CN-{code[:2]}"):
            if known in voting.places():
                return str(known)
    return "CN"


# --- turnout and result ----------------------------------------------------------------------------------
def dimension_rows(found: Turnout) -> list[dict[str, Any]]:
    return [_dimension(d) for d in found.dimensions]


def _dimension(d: Dimension) -> dict[str, Any]:
    area = d.name == "area"

    def say(value: int) -> str:
        return _("%(n)s 平方米") % {"n": area_words(value)} if area else f"{value:,}"

    if d.needed is None:
        note = _("这项标准不要求最低参与。")
    elif d.missing:
        note = _("参与要达到 %(needed)s，还差 %(missing)s。") % {"needed": say(d.needed), "missing": say(d.missing)}
    else:
        note = _("参与已达到要求的 %(needed)s。") % {"needed": say(d.needed)}
    return {
        "label": _("已投票：%(what)s") % {"what": dimension_word(d.name)},
        "value": say(d.have),
        "of": _("共 %(total)s") % {"total": say(d.total)},
        "note": note,
        "done": d.needed is not None and not d.missing,
    }


def channel_rows(found: Turnout) -> list[dict[str, Any]]:
    return [{"label": str(Channel(c).label), "value": n} for c, n in sorted(found.by_channel.items())]


def explained(law: dict[str, Any]) -> list[str]:
    """The result by the rule: each test with its numbers, in the reader's language."""
    which = "zh" if language().lower().startswith("zh") else "en"
    return [row[which] for row in law.get("explain", ())]


def when_words(opens_at: datetime, closes_at: datetime) -> str:
    return _("%(opens)s 至 %(closes)s") % {"opens": date_long(opens_at), "closes": date_long(closes_at)}


# --- after the count ---------------------------------------------------------------------------------
def sealed_of(ballot: Ballot) -> dict[str, Any] | None:
    """What the ballot's page says of it; None before the count. Two queries at most."""
    published = Published.objects.filter(ballot=ballot).defer("content").first()
    if published is None:
        return None
    kept = Openings.objects.filter(ballot=ballot).defer("kept").select_related("taken_by").first() if ballot.is_secret else None
    return {
        "ready": published.state == Published.State.READY,
        "failed": published.problem if published.state == Published.State.FAILED else "",
        "openings": kept is not None,
        "taken": _("%(when)s由%(who)s取走，交给：%(witnesses)s")
        % {"when": date_long(kept.taken_at), "who": kept.taken_by.name if kept.taken_by else "", "witnesses": kept.witnesses}
        if kept is not None and kept.taken_at
        else "",
        "erased": date_long(kept.erased_at) if kept is not None else "",
    }
