"""Residents: who lives where, how to reach them, what they need."""

from __future__ import annotations

import unicodedata

from linli.kernel.people.models import ContactBy, Relation
from linli.law.packs import population_groups
from linli.ports.tables import values
from linli.ports.tables.columns import Column, Kind, words_of
from linli.ports.tables.kinds.homes import AREA, BUILDING, COMPOUND, ENTRANCE, ROOM, SHARE

# Marks a relation that also makes the person head of the household.
HEAD = "+head"
_FAMILY = "配偶 丈夫 妻子 夫 妻 儿子 女儿 子 女 长子 次子 长女 次女 子女 父亲 母亲 父 母 父母 公公 婆婆 岳父 岳母 媳妇 儿媳 女婿 孙子 孙女 外孙 外孙女 祖父 祖母 爷爷 奶奶 外公 外婆 兄 弟 姐 妹 哥哥 弟弟 姐姐 妹妹 兄弟 姐妹 家属 家人 家庭成员 亲属 之夫 之妻 之子 之女 之父 之母"
RELATIONS = words_of(
    [
        (Relation.OWNER, ("户主", "本人", "业主", "业主自住", "产权人", "房主", "自住", "head", "head of household", "owner-occupier")),
        (Relation.FAMILY, (*_FAMILY.split(), "spouse", "child", "parent", "family member")),
        (Relation.TENANT, ("租户", "承租人", "租客", "租住", "租赁", "房客", "合租", "lodger")),
        (Relation.OTHER, ("其他", "其它", "保姆", "借住", "寄住", "非亲属", "雇员")),
    ]
)
CONTACTS = words_of(
    [
        (ContactBy.APP, ("应用内消息", "应用", "in the app")),
        (ContactBy.SMS, ("短信", "手机短信", "text message")),
        (ContactBy.PHONE, ("打电话", "电话", "座机", "phone call", "call")),
        (ContactBy.NONE, ("不联系", "无", "不要联系", "do not contact")),
    ]
)
RELATIONS |= dict.fromkeys(("户主", "本人", "head", "head of household"), Relation.OWNER + HEAD)
LANGUAGES = words_of([("zh-hans", ("中文", "汉语", "普通话", "chinese")), ("en", ("英语", "英文", "english"))])


def relation_words() -> list[str]:
    return [str(label) for _value, label in Relation.choices]


def contact_words() -> list[str]:
    return [str(label) for _value, label in ContactBy.choices]


def group_words() -> dict[str, str]:
    """Every name of a population group, and common short ones, to its code."""
    found = {
        unicodedata.normalize("NFKC", word).lower(): group.code
        for group in population_groups()
        for word in (group.code, group.name_zh, group.name_en)
    }
    short = {
        "老年人": "elder",
        "老人": "elder",
        "高龄老人": "elder_80",
        "独居老人": "solitary_elder",
        "独居": "solitary_elder",
        "残疾": "disabled",
        "残疾人": "disabled",
        "低保": "low_income",
        "低收入": "low_income",
        "低保户": "low_income",
        "困境儿童": "child_in_difficulty",
        "退役军人": "veteran",
        "少数民族": "ethnic_minority",
    }
    return {**{word: code for word, code in short.items() if code in population_groups().by_code}, **found}


def group_names() -> list[str]:
    return [group.name_zh for group in population_groups()]


def _looks_like_identity(text: str) -> bool:
    text = text.strip().upper()
    return len(text) == 18 and text[:17].isdecimal() and text[6:8] in ("18", "19", "20")


def _looks_like_phone(text: str) -> bool:
    text = "".join(char for char in unicodedata.normalize("NFKC", text) if char not in " -+()")
    return text.isdecimal() and ((len(text) == 11 and text[0] == "1") or (len(text) in (10, 11, 12) and text[0] == "0"))


NAME = Column(
    "name",
    "姓名",
    "Name",
    synonyms=("名字", "居民姓名", "业主姓名", "住户姓名", "户主姓名", "人员姓名", "full name", "resident"),
    required=True,
    limit=60,
    example="王小明",
    personal=True,
)
IDENTITY = Column(
    "identity",
    "身份证号",
    "Identity no.",
    values.identity,
    ("身份证", "身份证号码", "证件号", "证件号码", "公民身份号码", "身份号码", "居民身份证", "identity number", "id number", "id card"),
    example="11010519491231002X",
    note_zh="18 位，按文本填写",
    note_en="18 characters, as text",
    looks=_looks_like_identity,
    personal=True,
    width=22,
)
PHONE = Column(
    "phone",
    "手机",
    "Phone",
    values.phone,
    ("手机号", "手机号码", "电话", "电话号码", "联系电话", "联系方式", "移动电话", "mobile", "phone number", "telephone"),
    example="13800138000",
    note_zh="手机或带区号的座机",
    note_en="Mobile, or landline with area code",
    looks=_looks_like_phone,
    personal=True,
    width=16,
)

RESIDENTS = Kind(
    "residents",
    "居民",
    "Residents",
    (
        NAME,
        IDENTITY,
        PHONE,
        COMPOUND,
        BUILDING,
        ENTRANCE,
        ROOM,
        Column(
            "relation",
            "与户主关系",
            "Relation",
            values.choice(RELATIONS, relation_words),
            ("关系", "与房屋关系", "户主关系", "家庭关系", "身份", "人员类型", "居住类型", "住户类型", "relation to head", "relationship"),
            example="户主",
            note_zh="户主、配偶、子女、父母、租户、其他 …",
            note_en="户主, 配偶, 子女, 父母, 租户, 其他 … or their English words",
        ),
        AREA,
        SHARE,
        Column(
            "groups",
            "人群标签",
            "Population groups",
            values.several(group_words),
            ("标签", "人群", "人群类别", "特殊人群", "重点人群", "人员类别", "groups", "tags"),
            example="独居老人",
            note_zh="可填几项，用顿号隔开",
            note_en="Several are separated by commas",
            choices=group_names,
            width=20,
        ),
        Column(
            "since_on",
            "入住日期",
            "Lives here since",
            values.day,
            ("入住时间", "居住日期", "迁入日期", "登记日期", "起始日期", "move-in date", "since"),
            example="2020-03-01",
        ),
        Column(
            "address",
            "其他地址",
            "Other address",
            synonyms=("通讯地址", "户籍地址", "户籍地", "联系地址", "address"),
            limit=200,
            personal=True,
            width=26,
        ),
        Column(
            "contact_by",
            "联系偏好",
            "Contact by",
            values.choice(CONTACTS, contact_words),
            ("联系方式偏好", "通知方式", "preferred contact"),
            choices=contact_words,
            example="打电话",
        ),
        Column("language", "语言", "Language", values.choice(LANGUAGES, lambda: ["中文", "English"]), ("使用语言", "preferred language")),
        Column(
            "large_type",
            "需要大字",
            "Large type",
            values.yes,
            ("大字", "大字版", "长辈版", "needs large type"),
            choices=lambda: ["是", "否"],
        ),
    ),
    one_of=(("identity", "phone", "room"),),
    about_zh="一人一行。身份证号、手机、房号至少有一项。同一个人再次导入不会重复。",
    about_en="One row for each person, with identity number, phone or home. Importing somebody again does not double them.",
)
