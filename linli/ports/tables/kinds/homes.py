"""Homes: where each is, its area and use, and who owns which share. One row for each owner of a home."""

from __future__ import annotations

from linli.kernel.people.models import HomeUse
from linli.ports.tables import values
from linli.ports.tables.columns import Column, Kind, words_of

USES = words_of(
    [
        (HomeUse.DWELLING, ("住宅", "居住", "住房", "dwelling", "home")),
        (HomeUse.SHOP, ("商铺", "商业", "店铺", "门面", "shop")),
        (HomeUse.PARKING, ("车位", "车库", "停车位", "parking")),
        (HomeUse.OTHER, ("其他", "其它", "办公", "other")),
    ]
)


def use_words() -> list[str]:
    return [str(label) for _value, label in HomeUse.choices]


COMPOUND = Column(
    "compound",
    "小区",
    "Compound",
    synonyms=("小区名称", "楼盘", "楼盘名称", "项目", "院落", "自然村", "estate", "community"),
    limit=80,
    example="芳草苑",
    note_zh="只有一个小区时可以不填",
    note_en="May be empty when there is only one",
)
BUILDING = Column(
    "building",
    "楼栋",
    "Building",
    synonyms=("幢", "栋", "楼号", "栋号", "幢号", "楼栋号", "楼幢", "楼", "号楼", "block"),
    limit=80,
    example="3栋",
    note_zh="3、3栋、3幢、３号楼都认得",
    note_en="3, 3栋, 3幢 and ３号楼 are all understood",
)
ENTRANCE = Column(
    "entrance",
    "单元",
    "Entrance",
    synonyms=("单元号", "门", "门号", "unit", "staircase"),
    limit=80,
    example="2单元",
    note_zh="没有单元的楼可以不填",
    note_en="Empty where a building has none",
)
ROOM = Column(
    "room",
    "房号",
    "Home no.",
    synonyms=("室", "室号", "房间", "房间号", "房屋号", "门牌号", "户号", "房屋编号", "room", "flat", "apartment"),
    limit=80,
    example="501",
)
AREA = Column(
    "area",
    "专有面积",
    "Exclusive area",
    values.area,
    ("建筑面积", "面积", "房屋面积", "产权面积", "专有部分面积", "平方米", "area", "area m2", "sqm"),
    example="89.37",
    note_zh="平方米，最多两位小数",
    note_en="Square metres, at most two decimals",
)
SHARE = Column(
    "share",
    "产权份额",
    "Share",
    values.share,
    ("份额", "产权比例", "所有权份额", "共有份额", "占比", "share", "ownership share"),
    example="1/2",
    note_zh="1/2、50% 或 0.5；同一户合计不超过 1",
    note_en="1/2, 50% or 0.5; together at most 1 for a home",
)

HOMES = Kind(
    "homes",
    "房屋与业主",
    "Homes and owners",
    (
        COMPOUND,
        BUILDING,
        ENTRANCE,
        Column("room", "房号", "Home no.", synonyms=ROOM.synonyms, limit=80, example="501", required=True),
        AREA,
        Column(
            "use",
            "用途",
            "Use",
            values.choice(USES, use_words),
            ("房屋用途", "规划用途", "性质", "房屋性质", "use"),
            example="住宅",
            choices=use_words,
        ),
        Column(
            "register_code",
            "不动产单元号",
            "Register code",
            values.digits,
            ("不动产权证号", "不动产证号", "产权证号", "房产证号", "register code"),
            limit=32,
            width=30,
        ),
        Column(
            "owner",
            "业主姓名",
            "Owner",
            synonyms=("业主", "产权人", "所有权人", "权利人", "姓名", "owner", "name"),
            limit=60,
            example="王小明",
            personal=True,
        ),
        Column(
            "identity",
            "业主身份证号",
            "Owner's identity no.",
            values.identity,
            ("身份证", "身份证号", "身份证号码", "证件号", "证件号码", "公民身份号码", "产权人证件号", "identity", "id number"),
            example="11010519491231002X",
            personal=True,
            width=22,
        ),
        Column(
            "phone",
            "业主电话",
            "Owner's phone",
            values.phone,
            ("手机", "手机号", "手机号码", "电话", "联系电话", "联系方式", "phone", "mobile"),
            example="13800138000",
            personal=True,
            width=16,
        ),
        SHARE,
        Column(
            "since_on",
            "登记日期",
            "Since",
            values.day,
            ("取得日期", "产权登记日期", "登记时间", "since", "date"),
            example="2020-03-01",
            width=14,
        ),
    ),
    about_zh="一户房屋有几位业主就写几行；没有业主信息的房屋写一行。",
    about_en="One row for each owner of a home; a home without owners takes one row.",
)
