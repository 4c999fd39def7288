"""
Personal details made up in every way people write them, inside sentences: what a measurement of masking reads. Nobody real is meant.

Given names are drawn from characters common in them; numbers are random with right check digits.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

Draw = random.Random


class Made(NamedTuple):
    """A text with one detail in it, its kind and format, and what must not be read in public any more (without separators)."""

    kind: str
    form: str
    text: str
    secret: str


BEFORE = ("您好，", "情况属实。", "", "\n", "请尽快处理，", "我们小区一直这样，", "反映多次没人管！", "麻烦您了。")
AFTER = ("，谢谢", "。希望尽快解决", "", "！", "，请回电", "\n多谢", "；急", "，已经半个月了")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
HAN = str.maketrans("0123456789", "零一二三四五六七八九")
YAO = str.maketrans("0123456789", "〇幺二三四五六七八九")
BANKERS = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
TRADITIONAL = "張劉陳楊趙黃吳孫馬羅鄭謝韓馮許鄧呂蘇盧蔣"
COMPOUND = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "皇甫",
    "尉迟",
    "慕容",
    "令狐",
    "宇文",
    "长孙",
    "司徒",
    "夏侯",
    "轩辕",
    "端木",
    "独孤",
    "歐陽",
    "公孙",
    "东方",
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰春梅建国志鹏宇浩轩子涵梓怡佳琪欣妍文博俊凯晨曦雅婷诗慧玲燕红霖思远泽瑞嘉悦琳倩薇蕾"
)
FOREIGN = (
    "阿依古丽·买买提",
    "买买提·吐尔逊",
    "努尔兰·哈力克",
    "古丽娜尔·阿不都拉",
    "扎西·次仁",
    "卓玛·央金",
    "玛依拉·沙吾提",
    "艾尼瓦尔·吐尔地",
    "帕提曼·依明",
    "热依汗·木沙",
)
DOTS = "·•・"


def _digits(draw: Draw, count: int, first: str = "0123456789") -> str:
    return draw.choice(first) + "".join(draw.choice("0123456789") for _n in range(count - 1))


def mobile(draw: Draw) -> str:
    return "1" + draw.choice("3456789") + _digits(draw, 9)


def rin(draw: Draw, *, end: str = "") -> str:
    region = draw.choice(("110105", "310101", "440305", "510104", "430102", "650102", "540102", "320506"))
    while True:
        body = f"{region}{draw.randint(1935, 2022)}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}{draw.randint(0, 999):03d}"
        check = "10X98765432"[
            sum(int(c) * w for c, w in zip(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        ]
        if not end or check == end:
            return body + check


def old_rin(draw: Draw) -> str:
    return f"{draw.choice(('110105', '310101', '440305', '510104'))}{draw.randint(35, 84):02d}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}{draw.randint(0, 999):03d}"


def card(draw: Draw, length: int) -> str:
    body = "62" + _digits(draw, length - 3)
    total = sum(int(d) if n % 2 else sum(divmod(int(d) * 2, 10)) for n, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def _grouped(text: str, sizes: tuple[int, ...], joint: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return joint.join(part for part in (*parts, text[at:]) if part)


PHONES: dict[str, Callable[[str], str]] = {
    "plain": lambda n: n,
    "full width": lambda n: n.translate(WIDE),
    "3 4 4": lambda n: _grouped(n, (3, 4), " "),
    "3-4-4": lambda n: _grouped(n, (3, 4), "-"),
    "3 3 5": lambda n: _grouped(n, (3, 3), " "),
    "4-3-4": lambda n: _grouped(n, (4, 3), "－"),
    "dots": lambda n: _grouped(n, (3, 4), "."),
    "wide dashes": lambda n: _grouped(n, (3, 4), "—").translate(WIDE),
    "+86": lambda n: f"+86{n}",
    "+86 spaced": lambda n: f"+86 {_grouped(n, (3, 4), ' ')}",
    "(+86)": lambda n: f"(+86){n}",
    "0086": lambda n: f"0086{n}",
    "86-": lambda n: f"86-{n}",
    "leading 0": lambda n: f"0{n}",
    "Chinese numerals": lambda n: n.translate(HAN),
    "Chinese numerals with 幺": lambda n: n.translate(YAO),
    "Chinese numerals spaced": lambda n: _grouped(n.translate(HAN), (3, 4), " "),
    "bankers' numerals": lambda n: n.translate(BANKERS),
    "mixed numerals": lambda n: n[:3].translate(HAN) + n[3:],
    "Arabic digits": lambda n: n.translate(ARABIC),
    "zero width": "\u200b".join,
    "every digit apart": " ".join,
    "brackets": lambda n: f"({n[:3]}){n[3:]}",
}
RINS: dict[str, Callable[[str], str]] = {
    "plain": lambda n: n,
    "small x": lambda n: n.lower(),
    "full width": lambda n: n.translate(WIDE).replace("X", "Ｘ"),
    "6 8 4": lambda n: _grouped(n, (6, 8), " "),
    "6-8-4": lambda n: _grouped(n, (6, 8), "-"),
    "6 4 4 4": lambda n: _grouped(n, (6, 4, 4), " "),
    "Chinese numerals": lambda n: n.translate(HAN),
    "zero width": lambda n: _grouped(n, (6, 8), "\u200b"),
}
PLATES: dict[str, Callable[[Draw], tuple[str, str]]] = {
    "plain": lambda d: _plate(d, "", 5),
    "dot": lambda d: _plate(d, "·", 5),
    "dash": lambda d: _plate(d, "-", 5),
    "space": lambda d: _plate(d, " ", 5),
    "dot and space": lambda d: _plate(d, "· ", 5),
    "new energy small": lambda d: _plate(d, d.choice(("", "·")), 0, tail=d.choice("DF") + _digits(d, 5)),
    "new energy large": lambda d: _plate(d, d.choice(("", "·")), 0, tail=_digits(d, 5) + d.choice("DF")),
    "letters between": lambda d: _plate(
        d, "", 0, tail=f"{d.choice('123456789')}{d.choice(LETTERS)}{_digits(d, 1)}{d.choice(LETTERS)}{_digits(d, 1)}"
    ),
    "police, trailer, learner, Hong Kong": lambda d: _plate(d, "", 0, tail=_digits(d, 4) + d.choice("警挂学港澳")),
    "full width": lambda d: _wide(_plate(d, "", 5)),
    "small letters": lambda d: _small(_plate(d, "", 0, tail=d.choice(LETTERS) + _digits(d, 4))),
    "space after the province": lambda d: _apart(_plate(d, "", 5)),
}


def _plate(draw: Draw, joint: str, count: int, *, tail: str = "") -> tuple[str, str]:
    tail = tail or _digits(draw, count)
    return draw.choice(PROVINCES) + draw.choice(LETTERS) + joint + tail, tail


def _wide(made: tuple[str, str]) -> tuple[str, str]:
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in made[0]), made[1]


def _small(made: tuple[str, str]) -> tuple[str, str]:
    return made[0].lower(), made[1].lower()


def _apart(made: tuple[str, str]) -> tuple[str, str]:
    return f"{made[0][0]} {made[0][1:]}", made[1]


NAMED: dict[str, str] = {
    "联系人": "联系人：{name}，有事请说",
    "姓名": "姓名 {name} 性别男",
    "我叫": "我叫{name}，是这里的业主",
    "名叫": "有个名叫{name}的人占了车位",
    "投诉人": "投诉人:{name}",
    "举报人": "举报人（{name}）",
    "申请人": "申请人{name}，今年六十岁",
    "业主": "业主{name}反映漏水",
    "村民": "村民{name}、他的儿子都在",
    "邻居": "邻居{name}家的狗整夜叫",
    "本人": "本人{name}，租住在这里",
    "法人": "法定代表人：{name}",
    "负责人": "工地负责人{name}说不归他管",
    "先生": "{name}先生没有回话",
    "女士": "请{name}女士回个电话",
    "老师": "班主任{name}老师知道",
    "医生": "{name}医生开了单子",
    "师傅": "维修的{name}师傅来过",
    "主任": "居委会{name}主任答应过",
    "经理": "物业{name}经理答应过",
    "阿姨": "{name}阿姨摔倒了",
    "before a phone": "{name} 13812345678",
    "before a phone in brackets": "{name}（13812345678）",
    "signed": "望尽快处理。{name} 2026年3月1日",
    "signed below": "望尽快处理。\n{name}",
    "之子": "老人{name}去世后",
    "again": "联系人：{name}，{name}常不在家",
    "in a row": "业主王小明、{name}都签了字",
}
DOORS: dict[str, Callable[[Draw, str], str]] = {
    "栋单元室": lambda d, room: f"芳草苑{d.randint(1, 30)}栋{d.randint(1, 6)}单元{room}室漏水",
    "号楼单元": lambda d, room: f"芳草苑{d.randint(1, 30)}号楼{d.randint(1, 6)}单元{room}",
    "号楼室": lambda d, room: f"住在{d.randint(1, 30)}号楼{room}室",
    "栋房": lambda d, room: f"{d.randint(1, 30)}栋{room}房",
    "幢-单元-室": lambda d, room: f"芳草苑{d.randint(1, 30)}幢-{d.randint(1, 6)}单元-{room}室",
    "座": lambda d, room: f"芳草苑{d.choice('ABC')}座{room}",
    "单元室": lambda d, room: f"芳草苑{d.randint(1, 6)}单元{room}室",
    "三段": lambda d, room: f"芳草苑{d.randint(1, 30)}-{d.randint(1, 6)}-{room}",
    "两段": lambda d, room: f"芳草苑{d.randint(1, 30)}-{room}",
    "楼层": lambda d, room: f"芳草苑{d.randint(1, 30)}栋{d.randint(1, 6)}单元{room[:-2]}楼{room}室",
    "室": lambda d, room: f"楼上{room}室夜里吵闹",
    "全角": lambda d, room: f"芳草苑{d.randint(1, 30)}栋{d.randint(1, 6)}单元{room}室".translate(WIDE),
    "空格": lambda d, room: f"芳草苑 {d.randint(1, 30)} 栋 {d.randint(1, 6)} 单元 {room} 室",
    "路弄号": lambda d, room: f"芳草路{d.randint(1, 900)}弄{d.randint(1, 60)}号{room}室",
}


def name(draw: Draw, *, surnames: str = SURNAMES) -> str:
    return draw.choice(surnames) + "".join(draw.choice(GIVEN) for _n in range(draw.choice((1, 2, 2, 2))))


def made(seed: int, each: int) -> Iterator[Made]:
    """`each` texts of every format, always the same for a seed."""
    draw = Draw(seed)
    for _n in range(each):
        for kind, form, said, secret in _one_of_each(draw):
            after = draw.choice(("", "\n", "\n谢谢")) if form.startswith("signed") else draw.choice(AFTER)
            yield Made(kind, form, draw.choice(BEFORE) + said + after, secret)


def _one_of_each(draw: Draw) -> Iterator[tuple[str, str, str, str]]:
    for form, write in PHONES.items():
        number = mobile(draw)
        yield "phone", form, draw.choice(("电话", "我的手机是", "联系", "打")) + write(number), number
    area, local = draw.choice(("010", "021", "0731", "028", "0755")), _digits(draw, 8, "2345678")
    for joint in ("-", " ", "", "—", ") "):
        yield "phone", f"fixed line {joint!r}", f"座机{'(' if joint == ') ' else ''}{area}{joint}{local}", local
    yield "phone", "fixed line without area", f"物业电话：{local[:4]}-{local[4:]}", local
    for form, write in RINS.items():
        number = rin(draw, end="X") if form == "small x" else rin(draw)
        yield "rin", form, draw.choice(("身份证号", "身份证：", "证件号码为")) + write(number), number.lower()
    old = old_rin(draw)
    yield "rin", "15 digits", f"身份证{old}", old
    yield "rin", "15 digits spaced", f"身份证{_grouped(old, (6, 6), ' ')}", old
    for form, plate in PLATES.items():
        said, tail = plate(draw)
        yield "plate", form, f"车牌{said}乱停", tail.lower()
    for length in (16, 19):
        number = card(draw, length)
        for form, joint in (("plain", ""), ("in fours", " "), ("dashed", "-")):
            said = _grouped(number, (4, 4, 4, 4), joint)
            yield "bank_card", f"{length} {form}", f"卡号{said}", number
        yield "bank_card", f"{length} full width", f"卡号{number.translate(WIDE)}", number
    mail = f"{draw.choice(('wang', 'li.na', 'zhang_88'))}{_digits(draw, 3)}"
    for form, said in (("plain", f"{mail}@example.com"), ("wide at", f"{mail}＠example.com"), ("spaced", f"{mail} @ example.com.cn")):
        yield "email", form, f"邮箱{said}", mail
    for form in ("微信号", "微信：", "QQ", "qq号：", "加vx"):
        account = _digits(draw, 9, "123456789") if "q" in form.lower() else f"{draw.choice(('abc', 'w_'))}{_digits(draw, 6)}"
        yield "account", form, f"{form}{account}", account.lower()
    for form, frame in NAMED.items():
        for kind_of_name, who in (
            ("", name(draw)),
            (" compound", draw.choice(COMPOUND) + draw.choice(GIVEN) + draw.choice(("", draw.choice(GIVEN)))),
        ):
            yield "name", form + kind_of_name, frame.format(name=who), who
    for form in ("联系人", "业主", "先生"):
        who = name(draw, surnames=TRADITIONAL)
        yield "name", f"{form} traditional", NAMED[form].format(name=who), who
        who = draw.choice(FOREIGN).replace("·", draw.choice(DOTS))
        yield "name", f"{form} with a dot", NAMED[form].format(name=who), who
    who = draw.choice(FOREIGN)
    yield "name", "with a dot, alone", f"楼下的{who}也知道", who
    for form, door in DOORS.items():
        room = f"{draw.randint(1, 33)}{draw.randint(1, 12):02d}"
        yield "address", form, door(draw, room), room
