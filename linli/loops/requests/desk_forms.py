"""
What staff type for each move of a request, one small form a verb, and how each becomes an act.

`ACTS` is the table the request's page is drawn from: a verb, its form, and the action that takes what was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.db.models.signals import post_delete, post_save
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from linli.kernel.accounts.models import Unit
from linli.kernel.matters import actions as matters
from linli.kernel.matters.acts import (
    Act,
    ActForm,
    Doing,
    Plain,
    Said,
    SaidWithPhotos,
    photos_of,
    pictured,
    plain,
    set_choices,
    text_field,
    text_of,
)
from linli.kernel.matters.models import Category, Grade, Link, Rating, Urgency, Visibility, WorkOrder
from linli.kernel.matters.queries import id_of_ref
from linli.kernel.matters.saying import unit_name
from linli.law.packs import exclusions, refusal_reasons, suspend_reasons
from linli.lib.remembered import Remembered
from linli.loops.requests.actions import dispatch, grading, handling, judging, whistle

_kept: Remembered[list[Category]] = Remembered(30)


def categories() -> list[Category]:
    """The categories in use, in order, kept for half a minute and fresh at once in the process that changed one."""
    return _kept.get("rows", lambda: list(Category.objects.filter(active=True)))


post_save.connect(_kept.forget, sender=Category, dispatch_uid="desk-categories")
post_delete.connect(_kept.forget, sender=Category, dispatch_uid="desk-categories-gone")


def category_choices(empty: str = "") -> list[Any]:
    """Tops as groups with their leaves, by code."""
    rows = categories()
    tops = [c for c in rows if c.parent_id is None]
    leaves: dict[int | None, list[Category]] = {}
    for row in rows:
        leaves.setdefault(row.parent_id, []).append(row)
    groups: list[Any] = [("", empty or _("先不选"))]
    for top in tops:
        groups.append(
            (top.name, [(c.code, c.name) for c in leaves.get(top.pk, [])] + [(top.code, _("%(top)s（其他）") % {"top": top.name})])
        )
    return groups


def entry_name(entry: Any) -> str:
    """The name of a rule pack's entry in the reader's language."""
    return str(entry.name(get_language() or "zh-hans"))


@dataclass(frozen=True)
class Setting:
    """What a form may need of the request it stands on."""

    units: Sequence[Unit] = ()
    suggested_unit: Unit | None = None
    category: str = ""
    urgency: str = "ordinary"
    grade: str = ""
    visibility: str = "public"
    public_title: str = ""
    public_body: str = ""
    orders: Sequence[WorkOrder] = ()
    state: str = ""

    def unit_choices(self) -> list[tuple[str, str]]:
        first = self.suggested_unit
        rest = [u for u in self.units if first is None or u.pk != first.pk]
        chosen = [(str(first.pk), _("%(unit)s（建议）") % {"unit": unit_name(first)})] if first else [("", _("请选择单位"))]
        return chosen + [(str(u.pk), unit_name(u)) for u in rest]


GRADES: Final = [("", gettext_lazy("先不定")), *Grade.choices]
GRADE_HINT: Final = gettext_lazy("简单：按期解决，来不及的先给方案。复杂：先给出书面方案，办结时限更长。")


class AcceptForm(ActForm):
    category = forms.ChoiceField(label=gettext_lazy("类别"), required=False)
    grade = forms.ChoiceField(label=gettext_lazy("难易程度"), choices=GRADES, required=False, help_text=GRADE_HINT)
    text = text_field(gettext_lazy("给提出人的话"), required=False, rows=2)

    def arrange(self, setting: Setting) -> None:
        set_choices(self, "category", category_choices())
        self.initial.setdefault("category", setting.category)
        self.initial.setdefault("grade", setting.grade)


class DeclineForm(ActForm):
    reason = forms.ChoiceField(label=gettext_lazy("属于哪一种法定情形"), widget=forms.RadioSelect)
    text = text_field(gettext_lazy("给提出人的答复"), required=False, hint=gettext_lazy("留空就用所选情形的标准答复。"))
    turn_to = forms.CharField(
        label=gettext_lazy("可以去哪里办"), required=False, max_length=120, help_text=gettext_lazy("留空就用所选情形的标准去处。")
    )

    def arrange(self, setting: Setting) -> None:
        set_choices(self, "reason", [(e.code, entry_name(e)) for e in exclusions()])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason"):
            entry = exclusions()[cleaned["reason"]]
            english = (get_language() or "").startswith("en")
            cleaned["text"] = cleaned.get("text") or (entry.reply_en if english else entry.reply_zh)
            cleaned["turn_to"] = cleaned.get("turn_to") or (entry.turn_to_en if english else entry.turn_to_zh)
        return cleaned


class DispatchForm(ActForm):
    unit = forms.ChoiceField(label=gettext_lazy("派给"))
    category = forms.ChoiceField(label=gettext_lazy("类别"), required=False)
    grade = forms.ChoiceField(label=gettext_lazy("难易程度"), choices=GRADES, required=False, help_text=GRADE_HINT)
    text = text_field(gettext_lazy("交代"), required=False, rows=2)

    def arrange(self, setting: Setting) -> None:
        set_choices(self, "unit", setting.unit_choices())
        set_choices(self, "category", category_choices())
        self.initial.setdefault("category", setting.category)
        self.initial.setdefault("grade", setting.grade)


class RedispatchForm(ActForm):
    unit = forms.ChoiceField(label=gettext_lazy("改派给"))
    text = text_field(gettext_lazy("为什么改派"), rows=2)

    def arrange(self, setting: Setting) -> None:
        set_choices(self, "unit", setting.unit_choices())


class WhistleForm(ActForm):
    """With category and grade while nobody works on it yet; afterwards they are changed by their own moves, which say why in public."""

    lead = forms.ChoiceField(label=gettext_lazy("牵头单位"))
    units = forms.MultipleChoiceField(label=gettext_lazy("一起到场的单位"), widget=forms.CheckboxSelectMultiple)
    category = forms.ChoiceField(label=gettext_lazy("类别"), required=False)
    grade = forms.ChoiceField(label=gettext_lazy("难易程度"), choices=GRADES, required=False, help_text=GRADE_HINT)
    text = text_field(gettext_lazy("为什么吹哨、要各单位做什么"))

    def arrange(self, setting: Setting) -> None:
        set_choices(self, "lead", setting.unit_choices())
        set_choices(self, "units", [(str(u.pk), unit_name(u)) for u in setting.units])
        if setting.state not in ("raised", "accepted"):
            del self.fields["category"], self.fields["grade"]
            return
        set_choices(self, "category", category_choices())
        self.initial.setdefault("category", setting.category)
        self.initial.setdefault("grade", setting.grade)


class RefuseForm(ActForm):
    reason = forms.ChoiceField(label=gettext_lazy("理由"))
    text = text_field(gettext_lazy("依据和说明"))

    def arrange(self, setting: Setting) -> None:
        set_choices(self, "reason", [("", _("请选择理由")), *[(e.code, entry_name(e)) for e in refusal_reasons()]])


class SuspendForm(ActForm):
    why = forms.ChoiceField(label=gettext_lazy("为什么挂账"))
    text = text_field(gettext_lazy("说明"), hint=gettext_lazy("会公开：写明缺什么、谁在推动。"))
    review_on = forms.DateField(label=gettext_lazy("哪天复核"), widget=forms.DateInput(attrs={"type": "date"}))

    def arrange(self, setting: Setting) -> None:
        set_choices(
            self,
            "why",
            [("", _("请选择理由")), *[(e.code, entry_name(e)) for e in suspend_reasons() if e.code not in ("waiting_for_resident",)]],
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("why") and cleaned.get("text"):
            cleaned["text"] = _("%(why)s：%(text)s") % {"why": entry_name(suspend_reasons()[cleaned["why"]]), "text": cleaned["text"]}
        return cleaned


YES_NO: Final = [("", gettext_lazy("没说")), ("yes", gettext_lazy("是")), ("no", gettext_lazy("不是"))]


class RatingForm(ActForm):
    answered = forms.ChoiceField(label=gettext_lazy("有没有人答复他？"), choices=YES_NO, required=False, widget=forms.RadioSelect)
    solved = forms.ChoiceField(label=gettext_lazy("问题解决了吗？"), choices=YES_NO, required=False, widget=forms.RadioSelect)
    satisfied = forms.ChoiceField(label=gettext_lazy("他满意吗？"), choices=YES_NO, required=False, widget=forms.RadioSelect)
    comment = text_field(gettext_lazy("他的原话"), required=False, rows=2)

    def answers(self) -> dict[str, bool | None]:
        return {name: {"yes": True, "no": False}.get(self.cleaned_data[name]) for name in ("answered", "solved", "satisfied")}


class UnreachableForm(ActForm):
    outcome = forms.ChoiceField(
        label=gettext_lazy("结果"),
        choices=[(o.value, o.label) for o in (Rating.Outcome.UNREACHABLE, Rating.Outcome.DECLINED)],
        widget=forms.RadioSelect,
    )
    text = text_field(gettext_lazy("什么时候打的、怎么没联系上"), required=False, rows=2)


class OtherMatterForm(ActForm):
    """Names another request, by its reference."""

    target = forms.CharField(
        label=gettext_lazy("另一件事的编号"), max_length=20, widget=forms.TextInput(attrs={"placeholder": "R12", "autocomplete": "off"})
    )
    text = text_field(gettext_lazy("说明"), required=False, rows=2)


class LinkForm(ActForm):
    target = forms.CharField(
        label=gettext_lazy("另一件事的编号"), max_length=20, widget=forms.TextInput(attrs={"placeholder": "R12", "autocomplete": "off"})
    )
    kind = forms.ChoiceField(label=gettext_lazy("这件事"), choices=[(k.value, k.label) for k in Link.Kind if k != Link.Kind.DUPLICATE_OF])


class CategoryForm(ActForm):
    category = forms.ChoiceField(label=gettext_lazy("类别"))
    urgency = forms.ChoiceField(label=gettext_lazy("紧急程度"), choices=Urgency.choices, required=False)

    def arrange(self, setting: Setting) -> None:
        set_choices(self, "category", category_choices(_("请选择类别")))
        self.initial.setdefault("category", setting.category)
        self.initial.setdefault("urgency", setting.urgency)


class RegradeForm(ActForm):
    grade = forms.ChoiceField(label=gettext_lazy("改定为"), choices=[("", gettext_lazy("请选择")), *Grade.choices], help_text=GRADE_HINT)
    text = text_field(gettext_lazy("为什么改"), hint=gettext_lazy("会公开。时限从受理时算起，已经超期的照旧算超期。"))


class PlanForm(ActForm):
    text = text_field(gettext_lazy("打算怎么解决、分几步、谁来做"), hint=gettext_lazy("会公开，并告诉提出人。"))
    done_on = forms.DateField(
        label=gettext_lazy("哪天前办完"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("这一天就是新的承诺，以后不能往后推。"),
    )


class RetellForm(ActForm):
    public_title = forms.CharField(label=gettext_lazy("公开标题"), max_length=80)
    public_body = text_field(gettext_lazy("公开内容"), required=False)
    visibility = forms.ChoiceField(label=gettext_lazy("谁可以看到"), choices=Visibility.choices)

    def arrange(self, setting: Setting) -> None:
        for name in ("public_title", "public_body", "visibility"):
            self.initial.setdefault(name, getattr(setting, name))


class ExcludeForm(ActForm):
    lawful_class = forms.ChoiceField(label=gettext_lazy("属于哪一种法定情形"), widget=forms.RadioSelect)
    reply = text_field(gettext_lazy("给提出人的答复"))

    def arrange(self, setting: Setting) -> None:
        set_choices(self, "lawful_class", [(e.code, entry_name(e)) for e in exclusions()])


class ScoreForm(ActForm):
    """One score for each unit that was called."""

    def arrange(self, setting: Setting) -> None:
        for order in setting.orders:
            if order.task in (WorkOrder.Task.REPORT_IN, WorkOrder.Task.ANSWER):
                self.fields[f"order_{order.pk}"] = forms.TypedChoiceField(
                    label=unit_name(order.unit),
                    required=False,
                    coerce=int,
                    empty_value=None,
                    choices=[("", _("不评")), *[(n, str(n)) for n in range(1, 6)]],
                )

    def scores(self) -> dict[int, int]:
        return {int(name.removeprefix("order_")): score for name, score in self.cleaned_data.items() if score}


# --- from what was typed to the act --------------------------------------------------------------------------------------
def _category(form: ActForm) -> Category | None:
    code = form.cleaned_data.get("category")
    return Category.objects.filter(code=code).first() if code else None


def _unit(form: ActForm, name: str = "unit") -> Unit:
    return Unit.objects.get(pk=form.cleaned_data[name])


def _whistle(form: ActForm, do: Doing) -> Any:
    units = {str(u.pk): u for u in Unit.objects.filter(pk__in=[*form.cleaned_data["units"], form.cleaned_data["lead"]])}
    lead = units[form.cleaned_data["lead"]]
    others = [units[pk] for pk in form.cleaned_data["units"]]
    sorted_as = {"category": _category(form), "grade": form.cleaned_data.get("grade", "")}
    return do(whistle.whistle, lead=lead, others=others, text=text_of(form), **sorted_as)


def _merge(form: ActForm, do: Doing) -> Any:
    target = id_of_ref(form.cleaned_data["target"])
    return matters.merge(actor=do.actor, source_id=do.matter_id, target_id=target, now=do.now, text=text_of(form), seen=do.seen)


def _link(form: ActForm, do: Doing) -> Any:
    target = id_of_ref(form.cleaned_data["target"])
    return matters.link(actor=do.actor, source_id=do.matter_id, target_id=target, kind=form.cleaned_data["kind"], now=do.now, seen=do.seen)


def _rate(form: ActForm, do: Doing) -> Any:
    assert isinstance(form, RatingForm)
    return do(judging.record_rating, comment=form.cleaned_data["comment"], **form.answers())


def _score(form: ActForm, do: Doing) -> Any:
    assert isinstance(form, ScoreForm)
    return do(whistle.score_whistle, scores=form.scores())


def _exclude(form: ActForm, do: Doing) -> Any:
    return do(
        matters.exclude,
        lawful_class=form.cleaned_data["lawful_class"],
        reply=form.cleaned_data["reply"],
        classes=frozenset(e.code for e in exclusions()),
    )


def _add(form: ActForm, do: Doing) -> Any:
    return handling.add(actor=do.actor, matter_id=do.matter_id, now=do.now, text=text_of(form), files=photos_of(form, do))


# Groups: "next" moves the matter on, "talk" says something, "order" sets it right, "judge" comes at the end.
ACTS: Final[dict[str, Act]] = {
    "accept": Act(
        AcceptForm, lambda f, do: do(dispatch.accept, text=text_of(f), category=_category(f), grade=f.cleaned_data["grade"]), "next"
    ),
    "dispatch": Act(
        DispatchForm,
        lambda f, do: do(dispatch.dispatch, unit=_unit(f), text=text_of(f), category=_category(f), grade=f.cleaned_data["grade"]),
        "next",
    ),
    "report_in": Act(Plain, plain(whistle.report_in), "next"),
    "answer_whistle": Act(Said, plain(whistle.answer_whistle), "next", labels={"text": gettext_lazy("本部门做了什么、结果怎样")}),
    "conclude_whistle": Act(Said, plain(whistle.conclude_whistle), "next", labels={"text": gettext_lazy("一起做了什么、结果怎样")}),
    "start": Act(Plain, plain(handling.start), "next"),
    "resume": Act(Plain, plain(handling.resume), "next"),
    "answer": Act(SaidWithPhotos, pictured(handling.answer), "talk", labels={"text": gettext_lazy("查到什么、下一步做什么、什么时候")}),
    "plan": Act(
        PlanForm,
        lambda f, do: do(grading.plan, text=text_of(f), done_on=f.cleaned_data["done_on"]),
        "talk",
        hint=gettext_lazy("复杂事项要先有书面方案；简单事项来不及解决的，也先给方案。"),
    ),
    "resolve": Act(SaidWithPhotos, pictured(handling.resolve), "next", labels={"text": gettext_lazy("做了什么、结果怎样")}),
    "record_rating": Act(RatingForm, _rate, "next", hint=gettext_lazy("照原话登记。代录人和办理人不能登记自己的这一件。")),
    "record_unreachable": Act(
        UnreachableForm,
        lambda f, do: do(judging.record_unreachable, outcome=f.cleaned_data["outcome"], text=text_of(f)),
        "next",
        "secondary",
    ),
    "close": Act(Plain, plain(judging.close), "next", "secondary"),
    "whistle": Act(WhistleForm, _whistle, "next", hint=gettext_lazy("一个部门办不了的事才吹哨；每个单位都要报到并各自答复。")),
    "ask": Act(
        Said, plain(handling.ask), "talk", hint=gettext_lazy("时限暂停，直到对方补充。"), labels={"text": gettext_lazy("请对方补充什么")}
    ),
    "add": Act(SaidWithPhotos, _add, "talk", "secondary", labels={"text": gettext_lazy("补充的情况")}),
    "note": Act(
        Said,
        plain(handling.note),
        "talk",
        "secondary",
        hint=gettext_lazy("只有经办人员看得到。"),
        labels={"text": gettext_lazy("内部记录")},
    ),
    "supervise": Act(Said, plain(handling.supervise), "talk", "secondary", labels={"text": gettext_lazy("督办要求")}),
    "redispatch": Act(RedispatchForm, lambda f, do: do(dispatch.redispatch, unit=_unit(f), text=text_of(f)), "order", "secondary"),
    "object": Act(
        Said, plain(dispatch.object_to_dispatch), "order", "secondary", labels={"text": gettext_lazy("为什么不属于本单位、应由谁办")}
    ),
    "refuse_whistle": Act(
        RefuseForm, lambda f, do: do(whistle.refuse_whistle, reason=f.cleaned_data["reason"], text=text_of(f)), "order", "secondary"
    ),
    "suspend": Act(
        SuspendForm,
        lambda f, do: do(handling.suspend, text=text_of(f), review_on=f.cleaned_data["review_on"]),
        "order",
        "secondary",
        hint=gettext_lazy("时限暂停并公开理由，到期复核。"),
    ),
    "recategorise": Act(
        CategoryForm,
        lambda f, do: do(dispatch.recategorise, category=_category(f), urgency=f.cleaned_data["urgency"]),
        "order",
        "secondary",
    ),
    "regrade": Act(RegradeForm, lambda f, do: do(grading.regrade, grade=f.cleaned_data["grade"], text=text_of(f)), "order", "secondary"),
    "retell": Act(
        RetellForm,
        lambda f, do: do(
            handling.retell,
            public_title=f.cleaned_data["public_title"],
            public_body=f.cleaned_data["public_body"],
            visibility=f.cleaned_data["visibility"],
        ),
        "order",
        "secondary",
    ),
    "merge": Act(OtherMatterForm, _merge, "order", "secondary", hint=gettext_lazy("提出人会一起转过去，仍能收到进展、参加评价。")),
    "unmerge": Act(
        Plain,
        lambda f, do: matters.unmerge(actor=do.actor, source_id=do.matter_id, now=do.now, text=text_of(f), seen=do.seen),
        "order",
        "secondary",
    ),
    "link": Act(LinkForm, _link, "order", "secondary"),
    "reopen": Act(Said, plain(judging.reopen), "judge", "secondary", labels={"text": gettext_lazy("为什么重新办理")}),
    "decline": Act(
        DeclineForm,
        lambda f, do: do(dispatch.decline, text=f.cleaned_data["text"], reason=f.cleaned_data["reason"], turn_to=f.cleaned_data["turn_to"]),
        "judge",
        "danger",
        hint=gettext_lazy("只有这六种情形可以不予受理，并且必须答复、指明去处。"),
    ),
    "score_whistle": Act(ScoreForm, _score, "judge", "secondary", hint=gettext_lazy("5 分最好。各单位不评自己。")),
    "exclude": Act(ExcludeForm, _exclude, "judge", "danger", hint=gettext_lazy("不计入评价必须属于六种情形之一，并且已经答复提出人。")),
}

# The one that stands open, by state: the first of these that the reader may do.
FIRST: Final[dict[str, tuple[str, ...]]] = {
    "raised": ("dispatch", "accept"),
    "accepted": ("dispatch", "answer", "resolve"),
    "dispatched": ("start", "answer"),
    "whistled": ("report_in", "answer_whistle", "conclude_whistle"),
    "in_progress": ("answer", "resolve"),
    "waiting": ("resume",),
    "suspended": ("resume",),
    "resolved": ("record_rating", "close"),
}
EXTRA_VERBS: Final = {"link": gettext_lazy("关联另一件事"), "exclude": gettext_lazy("依法不计入评价")}
