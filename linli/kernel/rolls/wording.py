"""How rolls speak: titles, what was found and how to mend it, what was decided, choices. No rule, no query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.tongue import as_read
from linli.kernel.rolls.models import Roll
from linli.lib.masking import mask_name
from linli.lib.units import format_area


@dataclass(frozen=True)
class Words:
    """A kind of finding: its name in a few words, what it means, and what to do about it."""

    title: Any
    about: Any
    mend: Any = ""


FINDINGS: Final[Mapping[str, Words]] = {
    "no_owner": Words(
        _("房屋没有登记业主"),
        _("不知道这一户算谁的一票，人数和面积都定不下来。"),
        _("登记业主；确认是未售房屋；查不到业主的，按一个专有部分一人计入；不该计入的移出。"),
    ),
    "owner_unknown": Words(_("业主待查，按一人计入"), _("这一户计入总人数和总面积，但没有人能投票。"), _("查到业主后登记，再重新核对。")),
    "no_area": Words(_("房屋没有面积"), _("面积是表决权的一半，缺了就算不了总面积。"), _("填写面积和来源，或在房屋档案里登记。")),
    "bad_shares": Words(_("共有份额加起来不是 1"), _("计票按户不按份额，但可能漏登了共有人。"), _("在房屋档案里核对各共有人的份额。")),
    "alike_homes": Words(_("可能是同一户登记了两次"), _("同一户算两次，人数和面积都会多。"), _("移出重复的一户，或者确认是两户。")),
    "alike_people": Words(
        _("可能是同一个人登记了两次"), _("同名，而且电话或住址相同。一人只算一人。"), _("确认是同一人就合并，是两个人就分开。")
    ),
    "joint_without_representative": Words(
        _("共有人还没有推选代表"),
        _("几个共有人合起来算一人；没有推选代表时各自投票，意见不一致的要等他们说定。"),
        _("由共有人推选其中一位。"),
    ),
    "company_without_agent": Words(_("单位业主还没有登记代表"), _("单位要由持授权书的代表投票。"), _("登记代表。")),
    "minor_without_guardian": Words(_("业主未成年，没有登记监护人"), _("未成年业主由监护人代为投票。"), _("登记由谁代表。")),
    "owner_died": Words(_("业主已去世，继承人还没有登记"), _("这一户仍然计入；可以登记由哪位继承人投票。"), _("登记由谁代表。")),
    "owner_erased": Words(_("业主的个人资料已经删除"), _("这一户仍然计入，但联系不上业主。"), _("在房屋档案里核对现在的业主。")),
    "no_head": Words(_("这一户没有登记户主"), _("这一户计入，但还没有人能代表投票。"), _("从家庭成员里登记一位代表。")),
    "two_households": Words(_("同一人代表两户"), _("每户各算一户，请核对是不是登记错了。"), _("从另一户的成员里登记代表。")),
    "no_birth_date": Words(
        _("不知道出生日期"), _("满不满 18 周岁定不下来，不能猜。"), _("补登身份证号；确认已成年就列入；不该列入的移出。")
    ),
    "not_registered": Words(_("不在居民名册里"), _("只能用纸质票，不能在网上投票。"), _("登记为居民后重新录入。")),
    "entry_erased": Words(_("这个人的资料已经删除"), _("没有办法通知或核对本人。"), _("移出名单。")),
    "entry_minor": Words(_("未满 18 周岁"), _("未成年人一般没有表决权。"), _("核对后移出；满 16 周岁靠自己劳动生活的可以列入。")),
    "several_homes": Words(_("一人有几套房，算一人"), _("面积合计，人数算一人。")),
    "developers_homes": Words(_("建设单位未售、未交付的房屋，合计算一人"), _("面积合计，人数算一人。")),
    "guardian_votes": Words(_("未成年业主由监护人代为投票"), _("监护人已经登记，自动列为代表。")),
    "lives_elsewhere": Words(_("业主不住在这里"), _("送达时要用电话或邮寄，不能只贴在楼道。")),
    "parking_left_out": Words(_("没有计入的车位"), _("没有单独登记的车位，或者按本地规则车位不计。")),
    "excluded": Words(_("移出名册的"), _("理由随名册一起公示。")),
    "two_homes": Words(_("一人在两处居住，算一人"), _("按先登记的一处列入。")),
    "sixteen": Words(_("16、17 周岁"), _("以自己的劳动收入为主要生活来源的可以列入。"), _("核实后列入。")),
    "admitted": Words(_("核实后列入的"), _("年龄由工作人员核实。")),
    "entered_twice": Words(_("录入了两次，算一人"), _("同一个人只算一人。")),
    "two_bodies": Words(_("一人在两个组织，算一人"), _("联席会议上只投一票。")),
}

POLICY_WORDS: Final[Mapping[str, Any]] = {
    "parking": _("已登记车位"),
    "representative": _("共有人推选代表"),
    "names": _("公示名单写不写姓名"),
    "area_source": _("面积来自"),
    "tenants": _("租户"),
    "purpose": _("用来做什么"),
}
CHOICE_WORDS: Final[Mapping[tuple[str, str], Any]] = {
    ("parking", "count_area_if_registered"): _("计入（有单独登记的）"),
    ("parking", "exclude_area"): _("不计入"),
    ("representative", "optional"): _("没有推选也可以投票，意见不一致的待定"),
    ("representative", "required"): _("必须先推选"),
    ("names", "none"): _("只写门牌"),
    ("names", "masked"): _("写遮蔽的姓名"),
    ("names", "full"): _("写全名"),
    ("area_source", "register"): _("不动产登记簿"),
    ("area_source", "measured"): _("测绘面积"),
    ("area_source", "contract"): _("买卖合同"),
    ("tenants", "counted"): _("住在这里就计入"),
    ("tenants", "excluded"): _("不计入"),
    ("purpose", "any"): _("开会或者表决"),
    ("purpose", "village_election"): _("村民委员会选举的选民名单（异议期五天，三天内处理）"),
}
DECISION_WORDS: Final[Mapping[str, Any]] = {
    "exclude": _("移出名册"),
    "keep_unknown": _("业主待查，按一人计入"),
    "state": _("房屋状态"),
    "area": _("填写面积"),
    "agent": _("登记代表"),
    "merge": _("合并为一人"),
    "apart": _("确认是两个人"),
    "apart_homes": _("确认是两户"),
    "deceased": _("登记业主已去世"),
    "admit": _("核实后列入"),
    "enter": _("录入"),
}
# Which choices matter for which kind of roll.
CHOICES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "owners": ("parking", "representative", "area_source", "names"),
    "residents": ("tenants", "purpose", "names"),
    "households": ("tenants", "names"),
    "representatives": ("names",),
    "members": ("names",),
    "list": ("purpose", "names"),
}


def title_of(roll: Roll) -> str:
    """What the roll is called: its own title, or its place and kind."""
    return roll.title or gettext("%(place)s%(kind)s名册") % {"place": roll.place.name, "kind": roll.get_kind_display()}


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
        rows.append({"label": gettext("建设单位"), "value": roll.policy["developer"]})
    return rows


ERASED: Final = "已删除的居民"


def objector(objection: Any, *, whole: bool) -> str:
    """Who objected: the name for who answers, else masked; of somebody erased the house's own words."""
    if objection.name == ERASED:
        return as_read(ERASED)
    return str(objection.name) if whole else mask_name(objection.name)


def name_of(voter: Any) -> str:
    """A voter in words, unmasked: a developer or unknown owner has no name of its own."""
    if voter.name:
        return str(voter.name)
    if voter.key == "dev":
        return gettext("建设单位")
    if voter.key.startswith("h"):
        return gettext("业主待查")
    return gettext("代表待定") if voter.household_id else gettext("姓名已依法删除")
