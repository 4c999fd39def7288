"""How rolls speak: titles, what was found and how to mend it, what was decided, choices. No rule, no query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from linli.kernel.rolls.models import Roll
from linli.lib.units import format_area


@dataclass(frozen=True)
class Words:
    """A kind of finding: its name in a few words, what it means, and what to do about it."""

    title: Any
    about: Any
    mend: Any = ""


FINDINGS: Final[Mapping[str, Words]] = {
    "no_owner": Words(
        _l("房屋没有登记业主"),
        _l("不知道这一户算谁的一票，人数和面积都定不下来。"),
        _l("登记业主；确认是未售房屋；查不到业主的，按一个专有部分一人计入；不该计入的移出。"),
    ),
    "owner_unknown": Words(
        _l("业主待查，按一人计入"), _l("这一户计入总人数和总面积，但没有人能投票。"), _l("查到业主后登记，再重新核对。")
    ),
    "no_area": Words(_l("房屋没有面积"), _l("面积是表决权的一半，缺了就算不了总面积。"), _l("填写面积和来源，或在房屋档案里登记。")),
    "bad_shares": Words(_l("共有份额加起来不是 1"), _l("计票按户不按份额，但可能漏登了共有人。"), _l("在房屋档案里核对各共有人的份额。")),
    "alike_homes": Words(_l("可能是同一户登记了两次"), _l("同一户算两次，人数和面积都会多。"), _l("移出重复的一户，或者确认是两户。")),
    "alike_people": Words(
        _l("可能是同一个人登记了两次"), _l("同名，而且电话或住址相同。一人只算一人。"), _l("确认是同一人就合并，是两个人就分开。")
    ),
    "joint_without_representative": Words(
        _l("共有人还没有推选代表"),
        _l("几个共有人合起来算一人；没有推选代表时各自投票，意见不一致的要等他们说定。"),
        _l("由共有人推选其中一位。"),
    ),
    "company_without_agent": Words(_l("单位业主还没有登记代表"), _l("单位要由持授权书的代表投票。"), _l("登记代表。")),
    "minor_without_guardian": Words(_l("业主未成年，没有登记监护人"), _l("未成年业主由监护人代为投票。"), _l("登记由谁代表。")),
    "owner_died": Words(_l("业主已去世，继承人还没有登记"), _l("这一户仍然计入；可以登记由哪位继承人投票。"), _l("登记由谁代表。")),
    "owner_erased": Words(_l("业主的个人资料已经删除"), _l("这一户仍然计入，但联系不上业主。"), _l("在房屋档案里核对现在的业主。")),
    "no_head": Words(_l("这一户没有登记户主"), _l("这一户计入，但还没有人能代表投票。"), _l("从家庭成员里登记一位代表。")),
    "two_households": Words(_l("同一人代表两户"), _l("每户各算一户，请核对是不是登记错了。"), _l("从另一户的成员里登记代表。")),
    "no_birth_date": Words(
        _l("不知道出生日期"), _l("满不满 18 周岁定不下来，不能猜。"), _l("补登身份证号；确认已成年就列入；不该列入的移出。")
    ),
    "not_registered": Words(_l("不在居民名册里"), _l("只能用纸质票，不能在网上投票。"), _l("登记为居民后重新录入。")),
    "entry_erased": Words(_l("这个人的资料已经删除"), _l("没有办法通知或核对本人。"), _l("移出名单。")),
    "entry_minor": Words(_l("未满 18 周岁"), _l("未成年人一般没有表决权。"), _l("核对后移出；满 16 周岁靠自己劳动生活的可以列入。")),
    "several_homes": Words(_l("一人有几套房，算一人"), _l("面积合计，人数算一人。")),
    "developers_homes": Words(_l("建设单位未售、未交付的房屋，合计算一人"), _l("面积合计，人数算一人。")),
    "guardian_votes": Words(_l("未成年业主由监护人代为投票"), _l("监护人已经登记，自动列为代表。")),
    "lives_elsewhere": Words(_l("业主不住在这里"), _l("送达时要用电话或邮寄，不能只贴在楼道。")),
    "parking_left_out": Words(_l("没有计入的车位"), _l("没有单独登记的车位，或者按本地规则车位不计。")),
    "excluded": Words(_l("移出名册的"), _l("理由随名册一起公示。")),
    "two_homes": Words(_l("一人在两处居住，算一人"), _l("按先登记的一处列入。")),
    "sixteen": Words(_l("16、17 周岁"), _l("以自己的劳动收入为主要生活来源的可以列入。"), _l("核实后列入。")),
    "admitted": Words(_l("核实后列入的"), _l("年龄由工作人员核实。")),
    "entered_twice": Words(_l("录入了两次，算一人"), _l("同一个人只算一人。")),
    "two_bodies": Words(_l("一人在两个组织，算一人"), _l("联席会议上只投一票。")),
}

POLICY_WORDS: Final[Mapping[str, Any]] = {
    "parking": _l("已登记车位"),
    "representative": _l("共有人推选代表"),
    "names": _l("公示名单写不写姓名"),
    "area_source": _l("面积来自"),
    "tenants": _l("租户"),
}
CHOICE_WORDS: Final[Mapping[tuple[str, str], Any]] = {
    ("parking", "count_area_if_registered"): _l("计入（有单独登记的）"),
    ("parking", "exclude_area"): _l("不计入"),
    ("representative", "optional"): _l("没有推选也可以投票，意见不一致的待定"),
    ("representative", "required"): _l("必须先推选"),
    ("names", "none"): _l("只写门牌"),
    ("names", "masked"): _l("写遮蔽的姓名"),
    ("names", "full"): _l("写全名"),
    ("area_source", "register"): _l("不动产登记簿"),
    ("area_source", "measured"): _l("测绘面积"),
    ("area_source", "contract"): _l("买卖合同"),
    ("tenants", "counted"): _l("住在这里就计入"),
    ("tenants", "excluded"): _l("不计入"),
}
DECISION_WORDS: Final[Mapping[str, Any]] = {
    "exclude": _l("移出名册"),
    "keep_unknown": _l("业主待查，按一人计入"),
    "state": _l("房屋状态"),
    "area": _l("填写面积"),
    "agent": _l("登记代表"),
    "merge": _l("合并为一人"),
    "apart": _l("确认是两个人"),
    "apart_homes": _l("确认是两户"),
    "deceased": _l("登记业主已去世"),
    "admit": _l("核实后列入"),
    "enter": _l("录入"),
}
# Which choices matter for which kind of roll.
CHOICES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "owners": ("parking", "representative", "area_source", "names"),
    "residents": ("tenants", "names"),
    "households": ("tenants", "names"),
    "representatives": ("names",),
    "members": ("names",),
    "list": ("names",),
}


def title_of(roll: Roll) -> str:
    """What the roll is called: its own title, or its place and kind."""
    return roll.title or _("%(place)s%(kind)s名册") % {"place": roll.place.name, "kind": roll.get_kind_display()}


def area_words(hundredths: int) -> str:
    """12,345.67 without its unit."""
    whole, _dot, rest = format_area(hundredths).partition(".")
    return f"{int(whole):,}.{rest}"


def finding_title(code: str) -> str:
    return str(FINDINGS[code].title) if code in FINDINGS else code


def terms(roll: Roll) -> list[dict[str, str]]:
    """The choices of a roll in words, as rows of facts."""
    rows = [
        {"label": str(POLICY_WORDS[name]), "value": str(CHOICE_WORDS.get((name, roll.policy.get(name, "")), ""))}
        for name in CHOICES_OF.get(roll.kind, ())
    ]
    if roll.kind == "owners" and roll.policy.get("developer"):
        rows.append({"label": _("建设单位"), "value": roll.policy["developer"]})
    return rows


def name_of(voter: Any) -> str:
    """A voter in words, unmasked: a developer or unknown owner has no name of its own."""
    if voter.name:
        return str(voter.name)
    if voter.key == "dev":
        return _("建设单位")
    if voter.key.startswith("h"):
        return _("业主待查")
    return _("代表待定") if voter.household_id else _("姓名已依法删除")
