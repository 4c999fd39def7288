"""What is typed about meetings: the plan with its agenda, papers, the register, slots."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.files.fields import PaperField
from linli.kernel.matters.clock import ZONE
from linli.kernel.places.forms import PlaceField
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.meetings.models import AgendaItem, Body, Meeting, Openness
from linli.loops.council.meetings.rules import topic_times
from linli.loops.council.meetings.wording import topic_times_words
from linli.web.fields import WhenField

LARGEST: Final = 2**31 - 1
SPEAK_CHOICES: Final = [(60, _("1 分钟")), (120, _("2 分钟")), (180, _("3 分钟")), (300, _("5 分钟")), (600, _("10 分钟"))]
QUORUMS: Final = [
    ("", _("按法律（法律没有规定的，超过二分之一）")),
    (">1/2", _("超过二分之一")),
    (">=1/2", _("二分之一以上（含）")),
    (">=2/3", _("三分之二以上（含）")),
    (">=1/3", _("三分之一以上（含）")),
]


class PlanForm(forms.Form):
    """A meeting's plan. The agenda is one text: each line a topic, with the reference of a matter in front where it has one."""

    place = PlaceField(label=_("哪里的会"))
    body = forms.ChoiceField(label=_("什么会"), choices=Body.choices)
    title = forms.CharField(label=_("会议名称"), max_length=80, required=False)
    starts_at = WhenField(label=_("开始时间"))
    ends_at = WhenField(label=_("预计结束时间"), required=False)
    venue = forms.CharField(
        label=_("在哪里开"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "rooms", "autocomplete": "off"}),
        help_text=_("登记过的场地从列表里选，会议页会带上它的地址；也可以自己写。只在线上开就写“线上”。"),
    )
    online = forms.CharField(label=_("线上参加的链接或会议号"), max_length=300, required=False)
    topics = forms.CharField(
        label=_("议程"),
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "一行一个议题。前面可以写事项编号，例如“R12 电梯大修”；编号后面不写名称，就用那件事的名称。后面可以写计划多久、每人说多久，例如“电梯大修（20 分钟，每人 2 分钟）”。"
        ),
    )
    purpose = forms.CharField(label=_("会议说明"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    chair_name = forms.CharField(label=_("主持人"), max_length=60, required=False)
    chair_me = forms.BooleanField(label=_("由我主持"), required=False)
    recorder_name = forms.CharField(label=_("记录人"), max_length=60, required=False)
    recorder_me = forms.BooleanField(label=_("由我记录"), required=False)
    notice_days = forms.IntegerField(
        label=_("至少提前几天通知"),
        min_value=0,
        max_value=60,
        initial=3,
        help_text=_(
            "从发出通知的第二天起算满这么多天，最后一天是休息日的顺延。法律要求更长的（如业主大会 15 天、村民会议 10 天），按法律。"
        ),
    )
    notice_rule = forms.CharField(label=_("通知天数的依据"), max_length=160, required=False)
    speak_seconds = forms.TypedChoiceField(label=_("每人每次发言"), choices=SPEAK_CHOICES, coerce=int, initial=180)
    alternate = forms.BooleanField(label=_("赞成和反对轮流发言"), required=False, initial=True)
    entitled = forms.IntegerField(
        label=_("应到人数"),
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text=_("登记了应到名单，就按名单算；不计到会比例就空着。"),
    )
    quorum = forms.ChoiceField(label=_("到会多少才能开会"), choices=QUORUMS, required=False)
    quorum_rule = forms.CharField(label=_("到会比例的依据"), max_length=160, required=False)
    openness = forms.ChoiceField(label=_("谁可以看"), choices=Openness.choices, initial=Openness.PUBLIC)
    full_names = forms.BooleanField(label=_("公开页面写全名（不勾选就只写姓）"), required=False)
    rotating = forms.BooleanField(label=_("签到码每分钟更换（不勾选就整场不变，可以印出来贴）"), required=False, initial=True)

    def __init__(self, *args: Any, reach: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, PlaceField)
        place.reach = reach or [""]

    def plan(self, account_id: int | None, known: list[AgendaItem] | None = None) -> Plan:
        """What was typed, as a plan; topics that stand already keep who they are."""
        given = self.cleaned_data
        op, fraction = _quorum(given["quorum"]) if given["quorum"] else (">", (None, 2))
        return Plan(
            place=given["place"],
            body=given["body"],
            title=given["title"],
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            venue=given["venue"],
            online=given["online"],
            purpose=given["purpose"],
            chair_name=given["chair_name"],
            chair_id=account_id if given["chair_me"] else None,
            recorder_name=given["recorder_name"],
            recorder_id=account_id if given["recorder_me"] else None,
            notice_days=given["notice_days"],
            notice_rule=given["notice_rule"],
            speak_seconds=given["speak_seconds"],
            alternate=given["alternate"],
            entitled=given["entitled"],
            quorum_numerator=fraction[0],
            quorum_denominator=fraction[1],
            quorum_strict=op == ">",
            quorum_rule=given["quorum_rule"],
            openness=given["openness"],
            full_names=given["full_names"],
            rotating=given["rotating"],
            topics=read_topics(given["topics"], known or []),
        )


def _quorum(text: str) -> tuple[str, tuple[int | None, int]]:
    op = ">=" if text.startswith(">=") else ">"
    over, _slash, under = text.removeprefix(op).partition("/")
    return op, (int(over), int(under))


def read_topics(text: str, known: list[AgendaItem]) -> list[Topic]:
    """Lines of an agenda; a line that reads as one that stands keeps its identity."""
    standing = {(i.title, i.matter.ref if i.matter else ""): i for i in known}
    topics = []
    for line in text.splitlines():
        line, minutes, seconds = topic_times(re.sub(r"^\s*\d{1,2}\s*[.、)）]\s*", "", line).strip())
        if not line:
            continue
        found = re.match(r"([A-Za-z]\d{1,18})(?:[\s:：]+|$)(.*)", line)
        ref, title = (found[1].upper(), found[2].strip()) if found else ("", line)
        item = standing.pop((title, ref), None)
        detail, number = (item.detail, item.pk) if item is not None else ("", None)
        topics.append(Topic(title[:120], ref, detail, minutes, seconds, number))
    return topics


def plan_initial(meeting: Meeting, items: list[AgendaItem], account_id: int | None, place_words: str) -> dict[str, Any]:
    """A plan as it stands in its form."""
    op = ">" if meeting.quorum_strict else ">="
    same = ["body", "title", "starts_at", "ends_at", "venue", "online", "purpose", "chair_name", "recorder_name", "notice_days", "notice_rule", "speak_seconds", "alternate", "entitled", "quorum_rule", "openness", "full_names", "rotating"]  # fmt: skip
    return {
        **{name: getattr(meeting, name) for name in same},
        "place": place_words,
        "quorum": f"{op}{meeting.quorum_numerator}/{meeting.quorum_denominator}",
        "chair_me": account_id is not None and meeting.chair_id == account_id,
        "recorder_me": account_id is not None and meeting.recorder_id == account_id,
        "topics": "\n".join((f"{i.matter.ref} {i.title}" if i.matter else i.title) + _bracketed(i) for i in items),
    }


def _bracketed(item: AgendaItem) -> str:
    """The times of a topic as its line of the agenda says them; empty where none are planned."""
    words = topic_times_words(item)
    return _t("（%(times)s）") % {"times": words} if words else ""


class PaperForm(forms.Form):
    title = forms.CharField(label=_("材料名称"), max_length=120, required=False)
    link = forms.CharField(label=_("链接"), max_length=300, required=False)
    photo = PaperField(label=_("照片或文件"), required=False)
    kind = forms.ChoiceField(
        label=pgettext_lazy("paper", "是什么"), choices=[("document", _("会议材料")), ("signature", _("签字页"))], initial="document"
    )


class PollForm(forms.Form):
    """Slots offered: proposed ones are ticked, others written one a line."""

    place = PlaceField(label=_("哪里的会"))
    body = forms.ChoiceField(label=_("什么会"), choices=Body.choices)
    title = forms.CharField(label=_("为什么事开会"), max_length=80, required=False)
    slots = forms.MultipleChoiceField(label=_("供大家选的时间"), required=False, widget=forms.CheckboxSelectMultiple, choices=[])
    more = forms.CharField(
        label=_("别的时间"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("一行一个，例如“2026-07-04 09:30-11:00”。"),
    )
    closes_at = WhenField(label=_("截止时间"))

    def __init__(self, *args: Any, reach: list[str] | None = None, offered: list[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place, slots = self.fields["place"], self.fields["slots"]
        assert isinstance(place, PlaceField)
        assert isinstance(slots, forms.MultipleChoiceField)
        place.reach = reach or [""]
        slots.choices = offered or []

    def clean_more(self) -> list[tuple[datetime, datetime]]:
        found = []
        for line in str(self.cleaned_data["more"]).splitlines():
            if not line.strip():
                continue
            match = re.fullmatch(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s+(\d{1,2})[:：](\d{2})\s*[-–—~至]\s*(\d{1,2})[:：](\d{2})\s*", line)
            try:
                assert match
                year, month, day, h1, m1, h2, m2 = map(int, match.groups())
                on = date(year, month, day)
                found.append((datetime.combine(on, time(h1, m1), ZONE), datetime.combine(on, time(h2, m2), ZONE)))
            except (AssertionError, ValueError):
                text = _t("“%(line)s”没有看懂，请按“2026-07-04 09:30-11:00”写。") % {"line": line.strip()[:40]}
                raise forms.ValidationError(text) from None
        return found

    def chosen(self) -> list[tuple[datetime, datetime]]:
        ticked = []
        for code in self.cleaned_data["slots"]:
            start, _slash, end = code.partition("/")
            ticked.append((datetime.fromisoformat(start), datetime.fromisoformat(end)))
        return ticked + list(self.cleaned_data["more"])
