"""What staff type for each move of a motion, one small form a verb."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.actions import log_event
from linli.kernel.accounts.desk_forms import DayInput
from linli.kernel.accounts.models import Unit
from linli.kernel.accounts.queries import units_serving
from linli.kernel.files.fields import PapersField
from linli.kernel.matters.acts import ActForm, set_choices, text_field
from linli.kernel.matters.models import Link, Visibility
from linli.kernel.people.desk_forms import PersonField
from linli.kernel.people.models import Person
from linli.kernel.places.forms import PlaceField
from linli.law import voting
from linli.lib.masking import mask_name, mask_phone
from linli.lib.units import UnitError, format_fen, parse_money
from linli.loops.council.motions.actions.raising import OPTIONS_MOST
from linli.loops.council.motions.desk.reading import AtDesk
from linli.loops.council.motions.roads import roads_for
from linli.loops.council.motions.rules import DOCUMENTS, MADE_HERE, POWERS, RUNGS, TIERS, TOPICS
from linli.web.words import in_english

CHANNELS: Final = {"phone": gettext_lazy("电话"), "counter": gettext_lazy("窗口来访"), "paper": gettext_lazy("纸面")}
YES_NO: Final = [("yes", gettext_lazy("是")), ("no", gettext_lazy("不是"))]


@dataclass(frozen=True)
class Setting:
    """What a form may need of the motion it stands on, and of whoever fills it in."""

    actor: Actor
    whole: AtDesk
    now: datetime

    def units(self) -> list[tuple[str, str]]:
        return [(str(u.pk), name_of(u)) for u in units_serving(self.whole.matter.place)]


def name_of(unit: Unit | None) -> str:
    """A unit's name in the reader's language; empty for none."""
    if unit is None:
        return ""
    return unit.name_en if unit.name_en and in_english() else unit.name


def tongue() -> Any:
    return get_language() or "zh-hans"


def pairs(words: dict[str, Any], first: Any = None) -> list[tuple[str, Any]]:
    return [*([("", first)] if first is not None else []), *words.items()]


# --- fields ----------------------------------------------------------------------------------------------------------------
class MoneyField(forms.CharField):
    """Yuan as people write them ("1,234.50", "3.5万元"), cleaned to whole fen; None when left empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=24, required=False, **kwargs)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value).strip()
        if not text:
            return None
        try:
            fen = parse_money(text)
        except UnitError as problem:
            raise forms.ValidationError(problem.text_en if in_english() else problem.text_zh) from None
        if fen < 0:
            raise forms.ValidationError(_("金额不能小于零。"))
        return fen


def day_field(label: Any, hint: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=DayInput(),
        help_text=hint,
        error_messages={"required": gettext_lazy("请选择日期。"), "invalid": gettext_lazy("请选择一个日期。")},
    )


# --- taking up --------------------------------------------------------------------------------------------------------------
class Sure(ActForm):
    """A move that asks nothing but the button."""


class ScreenForm(ActForm):
    power = forms.ChoiceField(label=gettext_lazy("归谁决定"), choices=pairs(POWERS), widget=forms.RadioSelect)
    road = forms.ChoiceField(label=gettext_lazy("走哪种议事程序"), help_text=gettext_lazy("审核以后就按它走；以后改模板不影响这一件。"))
    profile = forms.ChoiceField(label=gettext_lazy("按什么规则计票"), required=False)
    topic = forms.ChoiceField(label=gettext_lazy("类别"), choices=pairs(TOPICS))
    rung = forms.ChoiceField(label=gettext_lazy("参与程度"), choices=pairs(RUNGS))
    text = text_field(gettext_lazy("审核说明"), required=False, rows=2, hint=gettext_lazy("会公开，并告诉提出和附议的人。"))

    def arrange(self, setting: Setting) -> None:
        motion = setting.whole.motion
        known = roads_for(setting.whole.matter.place, setting.now)
        kept = [] if any(r.code == motion.road_code for r in known) else [setting.whole.road]
        set_choices(self, "road", [(r.code, r.name(tongue())) for r in [*kept, *known]])
        rules = [(p.id, p.name(tongue())) for p in voting.profiles().values()]
        set_choices(self, "profile", [("", _("按程序里写的规则")), *rules])
        for name, value in {"road": motion.road_code, "topic": motion.topic, "rung": motion.rung, "profile": motion.profile}.items():
            self.initial.setdefault(name, value)


class DeclineForm(ActForm):
    text = text_field(gettext_lazy("为什么不列入"), hint=gettext_lazy("会公开，并告诉提出和附议的人。"))
    turn_to = forms.CharField(label=gettext_lazy("可以去哪里办"), max_length=120)


class ClassForm(ActForm):
    topic = forms.ChoiceField(label=gettext_lazy("类别"), choices=pairs(TOPICS))
    rung = forms.ChoiceField(label=gettext_lazy("参与程度"), choices=pairs(RUNGS))

    def arrange(self, setting: Setting) -> None:
        self.initial = {"topic": setting.whole.motion.topic, "rung": setting.whole.motion.rung, **self.initial}


class TierForm(ActForm):
    tier = forms.ChoiceField(label=gettext_lazy("到哪一层"), choices=pairs(TIERS))
    place = PlaceField(
        label=gettext_lazy("哪个地点"), required=False, help_text=gettext_lazy("上交不用填；下放要写明放到哪个小区、哪栋楼。")
    )
    text = text_field(gettext_lazy("为什么"), rows=2)

    def arrange(self, setting: Setting) -> None:
        here = setting.whole.matter.place_path
        place = self.fields["place"]
        assert isinstance(place, PlaceField)
        place.reach = [here]
        self.initial.setdefault("tier", setting.whole.motion.tier)


class ScheduleForm(ActForm):
    on = day_field(gettext_lazy("从哪天起协商"))
    text = text_field(gettext_lazy("说明"), required=False, rows=2)


class RescheduleForm(ActForm):
    on = day_field(gettext_lazy("改到哪天"), gettext_lazy("已经发布的公告会收回，公告期从头计算。"))
    text = text_field(gettext_lazy("为什么改"), rows=2)


# --- text and documents -------------------------------------------------------------------------------------------------------
class AmendForm(ActForm):
    """Title, body and options in the text's own order, with two empty ones at the end; an option without a title is left out."""

    title = forms.CharField(label=gettext_lazy("标题"), max_length=80)
    body = text_field(gettext_lazy("正文"), required=False, rows=6, most=4000)
    note = forms.CharField(label=gettext_lazy("改了什么、为什么"), required=False, max_length=300)

    def arrange(self, setting: Setting) -> None:
        text = setting.whole.text
        self.initial = {"title": text.title, "body": text.body, **self.initial}
        typed = sum(f"option_{n}_title" in self.data for n in range(OPTIONS_MOST)) if self.is_bound else 0
        for n in range(min(OPTIONS_MOST, max(typed, len(text.options) + 2))):
            self._option(n, text.options[n] if n < len(text.options) else {})

    def _option(self, n: int, option: dict[str, Any]) -> None:
        code = {"code": chr(ord("A") + n)}
        cost = option.get("cost_fen")
        self.fields[f"option_{n}_title"] = forms.CharField(label=_("方案 %(code)s 的名称") % code, required=False, max_length=80)
        self.fields[f"option_{n}_text"] = text_field(_("方案 %(code)s 的说明") % code, required=False, rows=2)
        self.fields[f"option_{n}_cost"] = MoneyField(label=_("方案 %(code)s 的费用（元）") % code)
        self.initial = {
            **self.initial,
            f"option_{n}_title": option.get("title", ""),
            f"option_{n}_text": option.get("text", ""),
            f"option_{n}_cost": "" if cost is None else format_fen(cost),
        }

    @property
    def rows(self) -> list[tuple[str, list[Any], bool]]:
        """Each option as (code, its three fields, whether it stands open)."""
        made = []
        for n in range(OPTIONS_MOST):
            if f"option_{n}_title" in self.fields:
                fields = [self[f"option_{n}_{part}"] for part in ("title", "text", "cost")]
                made.append((chr(ord("A") + n), fields, n == 0 or any(f.value() or f.errors for f in fields)))
        return made

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for n in range(OPTIONS_MOST):
            title, text, cost = (cleaned.get(f"option_{n}_{part}") for part in ("title", "text", "cost"))
            if not title and (text or cost is not None):
                self.add_error(f"option_{n}_title", _("写了说明或费用，也要写方案的名称。"))
        return cleaned

    def options(self) -> list[dict[str, Any]]:
        rows = []
        for n in range(OPTIONS_MOST):
            title = self.cleaned_data.get(f"option_{n}_title")
            if title:
                text, cost = self.cleaned_data[f"option_{n}_text"], self.cleaned_data[f"option_{n}_cost"]
                rows.append({"title": title, "text": text, "cost_fen": cost})
        return rows


class DocumentForm(ActForm):
    kind = forms.ChoiceField(label=gettext_lazy("是什么文件"))
    photo = PapersField(label=gettext_lazy("照片或文件"), help_text=gettext_lazy("照片一次一页；多页的做成一个 PDF。"))
    text = forms.CharField(label=gettext_lazy("内容或文号"), required=False, max_length=300)
    public = forms.BooleanField(label=gettext_lazy("居民可以看"), required=False, initial=True)

    def arrange(self, setting: Setting) -> None:
        needed = {code for step in setting.whole.road.steps for code in step.documents}
        codes = sorted((c for c in DOCUMENTS if c not in MADE_HERE), key=lambda c: c not in needed)
        marked = [(c, _("%(document)s（程序要求）") % {"document": DOCUMENTS[c]} if c in needed else DOCUMENTS[c]) for c in codes]
        set_choices(self, "kind", marked)


class NoticeForm(ActForm):
    text = text_field(gettext_lazy("附言"), required=False, rows=2, hint=gettext_lazy("加在公告最后，例如咨询电话和地点。"))


# --- deciding -----------------------------------------------------------------------------------------------------------------
def count_field(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=1_000_000)


class DraftForm(ActForm):
    days = forms.IntegerField(label=gettext_lazy("征求意见多少天"), min_value=1, max_value=90, initial=7)
    text = text_field(gettext_lazy("附言"), required=False, rows=2, hint=gettext_lazy("例如在哪里看图纸、谁来解释。"))


# --- on behalf of somebody ------------------------------------------------------------------------------------------------------
class ForSomebody(ActForm):
    """Who called, came or signed: found by exact phone, by name, or by number; the page logs that they were looked up."""

    person = PersonField(label=gettext_lazy("是哪一位"), help_text=gettext_lazy("完整手机号或姓名；重名时写 # 加编号。查找会留痕。"))
    channel = forms.ChoiceField(label=gettext_lazy("怎么来的"), choices=pairs(CHANNELS), initial="phone")

    def arrange(self, setting: Setting) -> None:
        person = self.fields["person"]
        assert isinstance(person, PersonField)
        person.actor = setting.actor


def note_search(actor: Actor, typed: str, now: datetime) -> None:
    """That somebody was looked up goes into the log, masked; nothing typed, nothing logged."""
    typed = typed.strip()
    if typed:
        log_event("people_searched", now=now, actor=actor, about=mask_phone(typed) if typed.isdecimal() else mask_name(typed))


def masked(person: Person) -> str:
    """A person so that two of one family name can be told apart and no stranger learns who it is."""
    return " ".join(filter(None, (mask_name(person.name), mask_phone(person.phone.open()) if person.phone else "")))


# --- setting right ----------------------------------------------------------------------------------------------------------------
class BlockForm(ActForm):
    text = text_field(gettext_lazy("卡在哪里、谁在推动"), hint=gettext_lazy("会公开。"))
    review_on = day_field(gettext_lazy("哪天复核"))


def ref_field(label: Any, example: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=20, widget=forms.TextInput(attrs={"placeholder": example, "autocomplete": "off"}))


class MergeForm(ActForm):
    target = ref_field(gettext_lazy("并入哪个议题"), "M12")
    text = text_field(gettext_lazy("说明"), required=False, rows=2)


class LinkForm(ActForm):
    target = ref_field(gettext_lazy("另一件事的编号"), "R12")
    kind = forms.ChoiceField(label=gettext_lazy("这件事"), choices=[(k.value, k.label) for k in Link.Kind if k != Link.Kind.DUPLICATE_OF])


class RetellForm(ActForm):
    public_title = forms.CharField(label=gettext_lazy("公开标题"), max_length=80)
    public_body = text_field(gettext_lazy("公开内容"), required=False, most=4000)
    visibility = forms.ChoiceField(label=gettext_lazy("谁可以看到"), choices=Visibility.choices)

    def arrange(self, setting: Setting) -> None:
        for name in ("public_title", "public_body", "visibility"):
            self.initial.setdefault(name, getattr(setting.whole.matter, name))


def names_of(units: Iterable[Unit]) -> dict[str, str]:
    """Units' names in the reader's language by the name the record keeps."""
    return {u.name: name_of(u) for u in units}
