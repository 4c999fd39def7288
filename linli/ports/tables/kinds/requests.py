"""Requests: what residents said before, with its own times, or what was taken down on paper today."""

from __future__ import annotations

from linli.kernel.matters.models import Grade, Urgency, Visibility
from linli.loops.requests.rules import CHANNELS
from linli.ports.tables import values
from linli.ports.tables.columns import Column, Kind, words_of
from linli.ports.tables.kinds.homes import BUILDING, COMPOUND, ENTRANCE

URGENCIES = words_of(
    [
        (Urgency.ORDINARY, ("一般", "普通", "平件", "normal")),
        (Urgency.URGENT, ("紧急", "急", "急件", "加急")),
        (Urgency.EMERGENCY, ("突发", "特急", "应急")),
    ]
)
GRADES = words_of([(Grade.SIMPLE, ("简单", "一般", "普通", "简易")), (Grade.COMPLEX, ("复杂", "疑难", "难"))])
VISIBILITIES = words_of(
    [
        (Visibility.PUBLIC, ("公开", "是", "yes")),
        (Visibility.NEIGHBOURS, ("仅本社区居民可见", "本社区", "邻居可见")),
        (Visibility.PRIVATE, ("仅办理人员可见", "不公开", "保密", "否", "no")),
    ]
)
CHANNEL_WORDS = words_of(
    [
        ("web", ("居民端", "网站", "小程序", "app")),
        ("phone", ("电话", "12345", "热线", "来电")),
        ("counter", ("来访", "窗口", "走访", "上门")),
        ("patrol", ("网格巡查", "巡查")),
        ("paper", ("纸面", "来信", "信件")),
        ("api", ("接口",)),
        ("import", ("批量导入", "导入")),
    ]
)


def urgency_words() -> list[str]:
    return [str(label) for _value, label in Urgency.choices]


def grade_words() -> list[str]:
    return [str(label) for _value, label in Grade.choices]


def visibility_words() -> list[str]:
    return [str(label) for _value, label in Visibility.choices]


def channel_words() -> list[str]:
    return [str(CHANNELS[code]) for code in ("web", "phone", "counter", "patrol", "paper", "import")]


REQUESTS = Kind(
    "requests",
    "诉求",
    "Requests",
    (
        Column(
            "external_id",
            "编号",
            "Number",
            values.digits,
            ("工单号", "工单编号", "诉求编号", "受理编号", "案件号", "流水号", "序号编码", "external id", "ticket", "ref"),
            limit=64,
            example="12345-2026-0001",
            note_zh="原系统的编号；不填时按内容识别重复",
            note_en="Its number elsewhere; without one, repeats are found by content",
            width=20,
        ),
        Column(
            "title",
            "标题",
            "Title",
            synonyms=("诉求标题", "主题", "事项", "事由", "问题", "subject"),
            limit=400,
            example="3 栋 2 单元电梯夜间异响",
            width=32,
        ),
        Column(
            "body",
            "内容",
            "Details",
            synonyms=("诉求内容", "详情", "描述", "问题描述", "反映内容", "留言", "具体内容", "description", "message", "text"),
            limit=4000,
            example="每天夜里十一点后电梯运行时有异响。",
            width=48,
        ),
        Column(
            "category",
            "类别",
            "Category",
            synonyms=("分类", "诉求类别", "问题类型", "类型", "诉求分类", "type"),
            limit=60,
            example="",
            note_zh="类别名称或代码",
            note_en="Name or code of a category",
        ),
        COMPOUND,
        BUILDING,
        ENTRANCE,
        Column(
            "place",
            "地点",
            "Place",
            synonyms=("发生地点", "所属社区", "社区", "地点代码", "所属区域", "location", "place code"),
            limit=200,
            note_zh="地点的代码、名称或用 / 隔开的路径；写了小区就不用填",
            note_en="Code, name or path; not needed with a compound",
            width=20,
        ),
        Column(
            "spot", "具体位置", "Spot", synonyms=("详细地址", "位置", "地址", "address", "where"), limit=120, example="2 单元门口", width=22
        ),
        Column(
            "raised_at",
            "提出时间",
            "Raised at",
            values.instant,
            ("受理时间", "反映时间", "来电时间", "登记时间", "创建时间", "日期", "时间", "raised", "created at", "date", "created"),
            example="2026-03-02 09:30",
            width=18,
        ),
        Column(
            "closed_at",
            "办结时间",
            "Closed at",
            values.instant,
            ("完成时间", "结案时间", "办理完成时间", "closed", "resolved at", "completed"),
            width=18,
        ),
        Column(
            "answer",
            "办理结果",
            "Answer",
            synonyms=("答复", "答复内容", "处理结果", "办理情况", "回复", "reply", "resolution"),
            limit=4000,
            width=40,
        ),
        Column(
            "urgency", "紧急程度", "Urgency", values.choice(URGENCIES, urgency_words), ("紧急", "优先级", "priority"), choices=urgency_words
        ),
        Column(
            "grade",
            "难易程度",
            "Difficulty",
            values.choice(GRADES, grade_words),
            ("难度", "复杂程度", "诉求难度", "grade"),
            choices=grade_words,
        ),
        Column(
            "visibility",
            "公开范围",
            "Visibility",
            values.choice(VISIBILITIES, visibility_words),
            ("谁可以看到", "是否公开", "public"),
            choices=visibility_words,
        ),
        Column(
            "channel",
            "来源",
            "Channel",
            values.choice(CHANNEL_WORDS, channel_words),
            ("渠道", "诉求来源", "受理渠道", "source"),
            choices=channel_words,
        ),
        Column(
            "raiser",
            "提出人",
            "Raised by",
            synonyms=("姓名", "反映人", "诉求人", "来电人", "联系人", "投诉人", "name", "caller"),
            limit=60,
            personal=True,
        ),
        Column(
            "raiser_phone",
            "提出人电话",
            "Phone",
            values.phone,
            ("联系电话", "电话", "手机", "来电号码", "反映人电话", "手机号", "phone", "mobile"),
            personal=True,
            width=16,
        ),
        Column("latitude", "纬度", "Latitude", values.degrees, ("lat",)),
        Column("longitude", "经度", "Longitude", values.degrees, ("lng", "lon", "long")),
    ),
    one_of=(("title", "body"),),
    about_zh="一件事一行，标题和内容至少有一项。写了提出时间的按原时间登记。",
    about_en="One row for each request, with a title or details. Those with a time keep it.",
)
