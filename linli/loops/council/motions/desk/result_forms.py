"""Forms of a decision and what follows it: recorded, objected to, contested, its tasks, its acceptance, its case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.files.fields import PapersField
from linli.kernel.matters.acts import ActForm, Said, set_choices, text_field
from linli.kernel.matters.clock import ZONE
from linli.loops.council.motions.desk.forms import CHANNELS, YES_NO, ForSomebody, MoneyField, Setting, count_field, day_field, masked, pairs
from linli.loops.council.motions.desk.reading import AtDesk
from linli.loops.council.motions.models import Challenge, Suspension
from linli.web.words import day


class DecisionForm(ActForm):
    passed = forms.ChoiceField(
        label=gettext_lazy("结果"), choices=[("yes", gettext_lazy("通过")), ("no", gettext_lazy("未通过"))], widget=forms.RadioSelect
    )
    text = text_field(gettext_lazy("决定的内容和依据"), hint=gettext_lazy("会公开：谁到场、怎样决定、决定什么。"))
    present = count_field(gettext_lazy("应到人数中到场的"))
    agree = count_field(gettext_lazy("同意"))
    against = count_field(gettext_lazy("反对"))
    abstain = count_field(gettext_lazy("弃权"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        said = [cleaned.get(name) for name in ("agree", "against", "abstain")]
        present = cleaned.get("present")
        if present is not None and sum(n or 0 for n in said) > present:
            self.add_error("present", _("同意、反对和弃权加起来比到场的还多，请核对。"))
        return cleaned

    @property
    def passed_or_not(self) -> bool:
        return bool(self.cleaned_data["passed"] == "yes")

    def figures(self) -> dict[str, int]:
        names = ("present", "agree", "against", "abstain")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name) is not None}


class SettleForm(ActForm):
    objection = forms.ChoiceField(label=gettext_lazy("答复哪一件"), widget=forms.RadioSelect)
    upheld = forms.ChoiceField(
        label=gettext_lazy("异议"),
        choices=[("yes", gettext_lazy("成立")), ("no", gettext_lazy("不成立"))],
        widget=forms.RadioSelect,
    )
    answer = text_field(gettext_lazy("答复和依据"), hint=gettext_lazy("成立的，请写明怎样改：更正结果、撤销决定，还是重新表决。"))

    def arrange(self, setting: Setting) -> None:
        waiting = [o for o in setting.whole.objections if not o.outcome]
        set_choices(self, "objection", [(str(o.pk), f"{day(o.at)} · {o.text[:60]}") for o in waiting])
        if len(waiting) == 1:
            self.initial.setdefault("objection", str(waiting[0].pk))


class AnnulForm(Said):
    rule = forms.CharField(label=gettext_lazy("谁撤销的、依据哪一条"), max_length=120)


class SuspendForm(ActForm):
    ground = forms.ChoiceField(label=gettext_lazy("为什么暂缓"), choices=Suspension.Ground.choices, widget=forms.RadioSelect)
    rule = forms.CharField(label=gettext_lazy("谁决定的、依据哪一条"), max_length=120)
    text = text_field(gettext_lazy("暂缓的内容和理由"), hint=gettext_lazy("会公告。"))
    review_on = day_field(gettext_lazy("哪天复核"))


class ChallengeForm(ActForm):
    forum = forms.ChoiceField(label=gettext_lazy("向谁提出"), choices=Challenge.Forum.choices, widget=forms.RadioSelect)
    who = forms.CharField(label=gettext_lazy("谁提出的"), max_length=80, help_text=gettext_lazy("例如“一名业主”，不写姓名；会公开。"))
    case_number = forms.CharField(label=gettext_lazy("案号或文号"), max_length=60, required=False)
    known_on = day_field(gettext_lazy("什么时候知道决定的"), gettext_lazy("一年从这一天起算（民法典第二百八十条）。"))
    filed_on = day_field(gettext_lazy("什么时候提出的"))
    text = text_field(gettext_lazy("请求和理由"), hint=gettext_lazy("会公开：请求撤销什么、为什么。"))
    photo = PapersField(label=gettext_lazy("受理通知等材料"))

    def arrange(self, setting: Setting) -> None:
        standing = [d for d in setting.whole.decisions if d.annulled_at is None]
        if standing:
            self.initial.setdefault("known_on", standing[-1].posted_at.astimezone(ZONE).date())
        self.initial.setdefault("filed_on", setting.now.astimezone(ZONE).date())


class EndChallengeForm(ActForm):
    challenge = forms.ChoiceField(label=gettext_lazy("哪一件"), widget=forms.RadioSelect)
    outcome = forms.ChoiceField(
        label=gettext_lazy("结果"), choices=[c for c in Challenge.Outcome.choices if c[0]], widget=forms.RadioSelect
    )
    text = text_field(gettext_lazy("裁判或决定的内容"), hint=gettext_lazy("会公开。"))

    def arrange(self, setting: Setting) -> None:
        waiting = Challenge.objects.filter(decision__motion=setting.whole.motion, outcome="").order_by("pk")
        choices = [(str(c.pk), f"{c.get_forum_display()} {c.case_number} · {day(c.filed_on)}") for c in waiting]
        set_choices(self, "challenge", choices)
        if len(choices) == 1:
            self.initial.setdefault("challenge", choices[0][0])


# --- carrying out ---------------------------------------------------------------------------------------------------------------
class TaskForm(ActForm):
    text = forms.CharField(label=gettext_lazy("做什么"), max_length=120)
    unit = forms.ChoiceField(label=gettext_lazy("由谁做"))
    due_on = day_field(gettext_lazy("哪天前做完"))
    budget_line = forms.CharField(label=gettext_lazy("从哪笔钱出"), required=False, max_length=80)
    budget = MoneyField(label=gettext_lazy("预算（元）"))

    def arrange(self, setting: Setting) -> None:
        set_choices(self, "unit", [("", _("请选择单位")), *setting.units()])


def _open_tasks(setting: Setting) -> list[tuple[str, str]]:
    return [(str(t.number), f"{t.number}. {t.title}") for t in setting.whole.tasks if t.done_at is None]


class ProgressForm(Said):
    task = forms.ChoiceField(label=gettext_lazy("哪项任务"), required=False)
    photo = PapersField(label=gettext_lazy("照片或文件"))

    def arrange(self, setting: Setting) -> None:
        set_choices(self, "task", [("", _("整个决议")), *[(str(t.number), f"{t.number}. {t.title}") for t in setting.whole.tasks]])


class FinishForm(ActForm):
    task = forms.ChoiceField(label=gettext_lazy("哪项任务"), widget=forms.RadioSelect)
    text = text_field(gettext_lazy("做了什么、结果怎样"))
    spent = MoneyField(label=gettext_lazy("实际花了（元）"))
    photo = PapersField(label=gettext_lazy("照片或文件"))

    def arrange(self, setting: Setting) -> None:
        waiting = _open_tasks(setting)
        set_choices(self, "task", waiting)
        if len(waiting) == 1:
            self.initial.setdefault("task", waiting[0][0])


class CaseForm(ActForm):
    title = forms.CharField(label=gettext_lazy("标题"), max_length=80)
    situation = text_field(gettext_lazy("遇到什么问题"), most=4000, hint=gettext_lazy("不写人名、门牌和电话。"))
    done = text_field(gettext_lazy("怎样商量、怎样做的"), most=4000)
    lessons = text_field(gettext_lazy("别处可以借鉴什么"), required=False, most=4000)

    def arrange(self, setting: Setting) -> None:
        matter = setting.whole.matter
        passed = [d.text for d in setting.whole.decisions if d.annulled_at is None]
        done = "\n".join([*passed, *(f"{t.title}：{t.outcome}" for t in setting.whole.tasks if t.outcome)])
        self.initial = {"title": matter.public_title, "situation": matter.public_body, "done": done, **self.initial}


class ObjectionForForm(ForSomebody):
    text = text_field(gettext_lazy("异议的内容"))


class AppointForm(ForSomebody):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["channel"]


class OpinionForForm(ActForm):
    supervisor = forms.ChoiceField(label=gettext_lazy("哪位监督员"), widget=forms.RadioSelect)
    accepts = forms.ChoiceField(
        label=gettext_lazy("意见"),
        choices=[("yes", gettext_lazy("验收通过")), ("no", gettext_lazy("不通过"))],
        widget=forms.RadioSelect,
    )
    text = text_field(gettext_lazy("原话"), required=False, rows=2, hint=gettext_lazy("不通过的要写明哪里不行。"))
    channel = forms.ChoiceField(label=gettext_lazy("怎么来的"), choices=pairs(CHANNELS), initial="phone")

    def arrange(self, setting: Setting) -> None:
        set_choices(self, "supervisor", [(str(s.person_id), masked(s.person)) for s in yet_to_speak(setting.whole)])


def yet_to_speak(whole: AtDesk) -> list[Any]:
    """The supervisors who gave no opinion in this round."""
    return [s for s in whole.supervisors if not any(o.round == whole.motion.round for o in s.opinions.all())]


class RatingForForm(ForSomebody):
    satisfied = forms.ChoiceField(label=gettext_lazy("他满意吗？"), choices=YES_NO, widget=forms.RadioSelect)
    solved = forms.ChoiceField(
        label=gettext_lazy("问题解决了吗？"), choices=[("", gettext_lazy("没说")), *YES_NO], required=False, widget=forms.RadioSelect
    )
    comment = text_field(gettext_lazy("他的原话"), required=False, rows=2)

    def answer(self, name: str) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data[name])
