"""What a voter ticks: one form a kind of ballot, each giving the choice in its stored form. Works without JavaScript."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.access.refusals import said
from linli.lib.problems import InputProblem
from linli.lib.units import format_fen
from linli.loops.council.ballots.models import Ballot, Kind
from linli.loops.council.ballots.receipts import LONGEST_THEIRS
from linli.loops.council.ballots.rules import ABSTAIN, check_choice
from linli.loops.council.ballots.wording import choice_labels


class ChoiceForm(forms.Form):
    """`choice` after `is_valid()` is what is stored. `nonce` is filled by the voter's own device where it can."""

    nonce = forms.CharField(required=False, max_length=LONGEST_THEIRS, widget=forms.HiddenInput(attrs={"data-nonce": ""}))

    def __init__(self, *args: Any, ballot: Ballot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ballot, self.choice = ballot, None
        self.options = list(ballot.question.get("options", ()))
        self.build()

    def build(self) -> None:
        raise NotImplementedError

    def picked(self, data: dict[str, Any]) -> Any:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        try:
            self.choice = check_choice(self.ballot.kind, self.ballot.question, self.picked(data))
        except InputProblem as problem:
            raise forms.ValidationError(said(problem)) from None
        return data


class YesNoForm(ChoiceForm):
    """One screen, three radio buttons, none chosen beforehand."""

    def build(self) -> None:
        self.fields["choice"] = forms.ChoiceField(
            label=_("您的意见"),
            choices=list(choice_labels(self.ballot).items()),
            widget=forms.RadioSelect,
            error_messages={"required": _("请选一项。")},
        )

    def picked(self, data: dict[str, Any]) -> Any:
        return data["choice"]


class _WithAbstention(ChoiceForm):
    """Several options, and the way to abstain; both at once is asked back."""

    def add_abstention(self) -> None:
        self.fields["abstain"] = forms.BooleanField(label=_("弃权，一个也不选"), required=False)

    def chosen(self, data: dict[str, Any]) -> Any:
        raise NotImplementedError

    def picked(self, data: dict[str, Any]) -> Any:
        chosen = self.chosen(data)
        if data.get("abstain"):
            if any(chosen.values()):
                raise forms.ValidationError(_("您选了方案，又选了弃权。请去掉一样。"))
            return ABSTAIN
        return chosen


class ApproveForm(_WithAbstention):
    """Checkboxes: several options, candidates, or projects of a budget."""

    def build(self) -> None:
        seats = self.ballot.question.get("seats")
        label = _("最多选 %(n)s 位") % {"n": seats} if seats else _("可以选一个或几个")
        choices = [(o["code"], self._title(o)) for o in self.options]
        self.fields["approve"] = forms.MultipleChoiceField(
            label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
        )
        self.add_abstention()

    def _title(self, option: dict[str, Any]) -> str:
        cost = option.get("cost_fen")
        return _("%(title)s（%(money)s 元）") % {"title": option["title"], "money": format_fen(cost)} if cost else str(option["title"])

    def chosen(self, data: dict[str, Any]) -> Any:
        return {"approve": data.get("approve", [])}

    def total_fen(self) -> int:
        """What is ticked costs together, for budgets: the page says it beside the budget, before and after sending."""
        ticked = self.data.getlist("approve") if hasattr(self.data, "getlist") else []
        return sum(o.get("cost_fen") or 0 for o in self.options if o["code"] in ticked)


class RankForm(_WithAbstention):
    """One select a place, first to last; a shorter list is a list."""

    def build(self) -> None:
        choices = [("", _("不填")), *((o["code"], o["title"]) for o in self.options)]
        for place in range(1, len(self.options) + 1):
            self.fields[f"rank_{place}"] = forms.ChoiceField(label=_("第 %(n)s 选择") % {"n": place}, choices=choices, required=False)
        self.add_abstention()

    def chosen(self, data: dict[str, Any]) -> Any:
        named = [data.get(f"rank_{place}") for place in range(1, len(self.options) + 1)]
        return {"rank": [code for code in named if code]}


class PointsForm(_WithAbstention):
    """A number an option, together at most the points there are."""

    def build(self) -> None:
        for o in self.options:
            self.fields[f"points_{o['code']}"] = forms.IntegerField(
                label=o["title"], required=False, min_value=0, max_value=self.ballot.question.get("points", 10)
            )
        self.add_abstention()

    def chosen(self, data: dict[str, Any]) -> Any:
        return {"points": {o["code"]: data.get(f"points_{o['code']}") or 0 for o in self.options if data.get(f"points_{o['code']}")}}


_FORMS: dict[str, type[ChoiceForm]] = {Kind.RANKED: RankForm, Kind.POINTS: PointsForm, Kind.YES_NO: YesNoForm, Kind.SURVEY: YesNoForm}


def form_for(ballot: Ballot, data: Any = None) -> ChoiceForm:
    return _FORMS.get(ballot.kind, ApproveForm)(data, ballot=ballot)


class ReceiptForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("回执号"),
        max_length=120,
        help_text=gettext_lazy("投票后给您的那串字母和数字，空格不要紧。"),
        error_messages={"required": gettext_lazy("请填写回执号。")},
    )
