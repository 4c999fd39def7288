"""Invented content for the style guide, in both languages. Places, people and numbers here exist nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from linli.web.drawing import Outline
from linli.web.navigation import NavItem
from linli.web.words import in_english

PARTS = ("residents", "forms", "staff", "figures", "paper")


def say(chinese: str, english: str) -> str:
    """One of two texts by the reader's language; for the style guide only, products use catalogues."""
    return english if in_english() else chinese


def stages() -> list[str]:
    return say("提出 受理 研判 办理 办结 评价 回看", "Raised Accepted Weighed Handling Resolved Rated Learned").split()


def parts(current: str) -> list[dict[str, Any]]:
    words = {
        "residents": say("居民看到的", "What residents see"),
        "forms": say("填写", "Forms"),
        "staff": say("工作台", "At the desk"),
        "figures": say("数字和图", "Figures and drawings"),
        "paper": say("纸张", "Paper"),
    }
    return [{"label": words[p], "href": f"?part={p}", "current": p == current} for p in PARTS]


def navigation(desk: bool) -> list[NavItem]:
    if desk:
        return [
            NavItem(say("待办", "To do"), "#todo", "inbox", 14, True),
            NavItem(say("诉求", "Requests"), "#requests", "speak", 126),
            NavItem(say("公示", "Notices"), "#notices", "notice", 3),
            NavItem(say("巡查", "Patrol"), "#patrol", "camera"),
            NavItem(say("居民与房屋", "Residents and homes"), "#people", "people", None, False, say("资料", "Records")),
            NavItem(say("三率", "Three rates"), "#rates", "chart", None, False, say("资料", "Records")),
        ]
    return [
        NavItem(say("首页", "Home"), "/styleguide/", "home", None, True),
        NavItem(say("提诉求", "Raise"), "#raise", "speak"),
        NavItem(say("身边事", "Nearby"), "#near", "map"),
        NavItem(say("我的", "Mine"), "#mine", "person", 2),
    ]


class Raise(forms.Form):
    """A form with one of each kind of field."""

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=500)
    where = forms.CharField(required=False)
    phone = forms.CharField(widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}))
    area = forms.DecimalField(required=False)
    category = forms.ChoiceField()
    seen = forms.ChoiceField(widget=forms.RadioSelect)
    way = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, required=False)
    channel = forms.ChoiceField(widget=forms.RadioSelect)
    day = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    photo = forms.FileField(required=False, widget=forms.ClearableFileInput(attrs={"accept": "image/*", "data-max-mb": "10"}))
    agree = forms.BooleanField(required=False)
    satisfied = forms.ChoiceField(widget=forms.RadioSelect, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        f = self.fields
        f["text"].label = say("遇到了什么事", "What has happened")
        f["text"].help_text = say(
            "写清楚时间和地点，经办人一次就能找对地方。", "Say when and where, so that whoever comes finds it at once."
        )
        f["where"].label = say("在哪里", "Where")
        f["phone"].label = say("手机号", "Mobile number")
        f["phone"].help_text = say("只给经办人看，用来告诉您进展。", "Only the handler sees it, to tell you how it goes.")
        f["area"].label = say("房屋面积", "Floor area")
        f["category"].label = say("是哪一类事", "What kind of matter")
        self.offer(
            "category", [("", say("请选择", "Choose one")), ("lift", say("电梯", "Lift")), ("water", say("漏水、排水", "Leaks and drains"))]
        )
        f["seen"].label = say("谁可以看到", "Who may see this")
        self.offer(
            "seen",
            [
                ("all", say("所有人（不显示姓名和电话）", "Everyone (without name and number)")),
                ("own", say("只有经办人", "Only the handler")),
            ],
        )
        f["way"].label = say("怎么告诉您", "How to tell you")
        self.offer("way", [("sms", say("短信", "Text message")), ("call", say("打电话", "A call"))])
        f["channel"].label = say("这位居民是怎么找来的", "How did this resident reach us")
        self.offer(
            "channel",
            [
                ("phone", say("打来电话", "By phone")),
                ("visit", say("到服务台", "At the counter")),
                ("home", say("入户时说的", "During a home visit")),
            ],
        )
        f["day"].label = say("哪天发生的", "On which day")
        f["photo"].label = say("照片", "Photograph")
        f["agree"].label = say("同意向维保单位转交我的电话", "My number may be given to the maintenance firm")
        f["satisfied"].label = say("对办理结果满意吗", "Are you satisfied with what was done")
        self.offer("satisfied", [("1", say("不满意", "Not satisfied")), ("2", say("一般", "So so")), ("3", say("满意", "Satisfied"))])

    def offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


CARDS = {
    "phone": ("对方还在线上时可以直接填", "Fill it in while they are on the line"),
    "visit": ("请当面读一遍给对方听", "Read it back to them before sending"),
    "home": ("没有网络也能先存在手机里", "Works without a connection"),
}


def rows() -> list[dict[str, Any]]:
    def row(
        code: str, title: str, sub: str, where: str, step: int, who: str, due: str, tone: str, late: bool = False, stopped: bool = False
    ) -> dict[str, Any]:
        return {
            "href": f"#{code}",
            "title": title,
            "sub": sub,
            "where": where,
            "step": step,
            "who": who,
            "due": due,
            "tone": tone,
            "late": late,
            "stopped": stopped,
        }

    return [
        row(
            "a",
            say("化粪池外溢", "Septic tank overflowing"),
            say("诉求 · 吹哨 3 部门，2 已报到", "Request · 3 departments called, 2 reported in"),
            say("梧桐里 7 栋", "Wutong Court 7"),
            4,
            say("城管科等 3 家", "Urban management and 2 more"),
            say("超期 2 小时", "2 hours overdue"),
            "red",
            late=True,
        ),
        row(
            "b",
            say("楼道声控灯整层不亮", "Stairway lights out on a whole floor"),
            say("诉求 · 网格员代提", "Request · raised by the grid worker"),
            say("柳岸苑 12 栋 1 单元", "Liu'an Garden 12, entrance 1"),
            3,
            say("网格 3", "Grid 3"),
            say("今天 11:30", "Today 11:30"),
            "gold",
        ),
        row(
            "c",
            say("3 栋 2 单元电梯夜间异响", "Lift noisy at night, building 3, entrance 2"),
            say("诉求 · 17 位邻居也遇到", "Request · 17 neighbours have it too"),
            say("梧桐里 3 栋", "Wutong Court 3"),
            4,
            say("城建科", "Construction office"),
            say("周三 18:00", "Wed 18:00"),
            "blue",
        ),
        row(
            "d",
            say("围墙外侧堆放建筑垃圾", "Building rubble outside the wall"),
            say("诉求 · 等产权单位回函", "Request · waiting for the land owner's letter"),
            say("柳岸苑东门", "Liu'an Garden, east gate"),
            4,
            say("环卫所", "Cleansing office"),
            say("挂账至 12 月 5 日", "Suspended to 5 Dec"),
            "plain",
            stopped=True,
        ),
        row(
            "e",
            say("儿童滑梯螺丝松动", "Loose bolts on the children's slide"),
            say("诉求 · 已办结，等评价", "Request · resolved, to be rated"),
            say("梧桐里中心花园", "Wutong Court, garden"),
            6,
            say("物业", "Property manager"),
            say("按时办结", "Resolved in time"),
            "green",
        ),
    ]


def box(x: float, y: float, w: float, h: float) -> list[tuple[float, float]]:
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]


def shapes(links: bool = True) -> list[Outline]:
    building = say("{} 栋", "No. {}")

    def house(n: int, points: list[tuple[float, float]], count: int = 0) -> Outline:
        return Outline(str(n), building.format(n), points, f"#b{n}" if links else "", count if links else 0)

    ell: list[tuple[float, float]] = [(196, 20), (262, 20), (262, 36), (214, 36), (214, 74), (196, 74)]
    return [
        Outline("g", "", [(0, 6), (150, 0), (284, 8), (290, 176), (180, 190), (6, 182)], kind="ground"),
        Outline("r1", "", [(0, 96), (92, 94), (180, 98), (290, 94)], kind="road"),
        Outline("r2", "", [(170, 2), (172, 96), (178, 190)], kind="road"),
        Outline("p", say("中心花园", "Garden"), [(104, 108), (158, 106), (160, 150), (130, 158), (102, 146)], kind="green"),
        house(1, box(18, 24, 60, 18)),
        house(2, box(96, 22, 56, 18), 1),
        house(3, box(18, 60, 60, 18), 3),
        house(4, box(96, 60, 56, 18)),
        house(5, ell),
        house(6, box(22, 116, 62, 18), 1),
        house(7, box(22, 150, 62, 18), 7),
        house(8, box(194, 114, 20, 58)),
        house(9, box(242, 112, 20, 58), 2),
    ]


def timeline(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "who": say("城建科 经办人", "Construction office, handler"),
            "when": now - timedelta(hours=6),
            "kind": "staff",
            "public": True,
            "title": say("说明进展", "How it goes"),
            "what": say(
                "维保单位已到场，曳引机轴承磨损，已订件，周二更换。更换当天 9:00 到 12:00 停梯，请提前安排。",
                "The maintenance firm came: a worn bearing in the hoist. The part is ordered and will be fitted on Tuesday. "
                "The lift stops from 9:00 to 12:00 that day.",
            ),
            "attachments": [{"name": say("检测单.pdf", "Inspection sheet.pdf"), "href": "#file"}],
        },
        {
            "who": say("社区", "Community"),
            "when": now - timedelta(days=1, hours=3),
            "kind": "staff",
            "public": True,
            "title": say("派给城建科", "Sent to the construction office"),
            "what": "",
        },
        {
            "who": say("系统", "System"),
            "when": now - timedelta(days=1, hours=5),
            "kind": "late",
            "public": True,
            "title": say("首次答复超过承诺 40 分钟，已告知街道", "First answer 40 minutes later than promised; the street office was told"),
            "what": "",
        },
        {
            "who": say("周*兰", "Ms Zhou"),
            "when": now - timedelta(days=2),
            "kind": "resident",
            "public": False,
            "title": say("提出", "Raised"),
            "what": say(
                "每天夜里11点以后电梯上下都有很大的摩擦声，3楼到5楼最响，老人睡不着。\n白天也有但小一些。",
                "After 11 at night the lift grinds loudly going up and down, worst between floors 3 and 5. "
                "My parents cannot sleep.\nBy day it is quieter.",
            ),
        },
    ]


def samples(part: str, layout: str) -> dict[str, Any]:
    """Everything the style guide's page ``part`` draws."""
    now = timezone.now()
    bad = Raise({"text": "", "phone": "1380000", "seen": "", "channel": "phone"})
    bad.is_valid()
    if "phone" not in bad.errors:
        bad.add_error("phone", say("手机号是 11 位数字，现在是 7 位。", "A mobile number has 11 digits; this one has 7."))
    return {
        "part": part,
        "layout": layout,
        "say": say,
        "parts": parts(part),
        "nav": navigation(part == "staff"),
        "stages": stages(),
        "form": Raise(initial={"seen": "all", "channel": "phone", "way": ["sms"]}),
        "bad": bad,
        "cards": {value: say(*texts) for value, texts in CARDS.items()},
        "rows": rows(),
        "shapes": shapes(),
        "choices": shapes(links=False),
        "entries": timeline(now),
        "paper_url": "https://linli.example/r/7KX2",
        "paper_issuer": say("梧桐里社区居民委员会", "Wutong Court residents' committee"),
        "back_href": "/styleguide/",
        "moment": now,
    }
