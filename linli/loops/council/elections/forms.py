"""What is typed about elections: the plan with checks, their sources and quotas; a nomination."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from linli.kernel.places.forms import PlaceField, shown
from linli.law import voting
from linli.law.elections import bodies
from linli.loops.council.elections.actions.planning import Plan, Quota
from linli.loops.council.elections.models import Candidate, Election
from linli.web.fields import WhenField

QUOTAS = 3  # rows a form has room for; the API takes more
FIGURES = ("seats", "term_months")


def body_choices() -> list[tuple[str, str]]:
    return [(b.code, b.name(get_language() or "zh-hans")) for b in bodies().values()]


def jurisdiction_choices() -> list[tuple[str, str]]:
    chinese = (get_language() or "zh").startswith("zh")
    return [(p.id, p.name_zh if chinese else p.name_en) for p in voting.places().values()]


class ElectionForm(forms.Form):
    """
    An election's plan for one body: its checks as boxes, and beside each that was not verified, or is of some places alone, the operator's own source.
    """

    place = PlaceField(label=_("在哪里选举"))
    title = forms.CharField(label=_("选举名称"), max_length=80, required=False)
    jurisdiction = forms.ChoiceField(label=_("适用哪里的规定"), choices=[])
    about = forms.CharField(
        label=_("议题编号"),
        max_length=20,
        required=False,
        help_text=_("由业主表决的，写选举议题的编号，例如 M12；到投票站投票的可以空着。"),
    )
    follows = forms.TypedChoiceField(label=_("上一届"), coerce=int, empty_value=None, required=False, choices=[])
    seats = forms.IntegerField(label=_("席位"), min_value=1, max_value=31)
    alternates = forms.IntegerField(label=_("候补人数"), min_value=0, max_value=31, initial=0)
    term_months = forms.IntegerField(label=_("任期"), min_value=1, max_value=120, initial=60)
    nominate_from = WhenField(label=_("推荐和自荐开始"))
    nominate_until = WhenField(label=_("推荐和自荐截止"))
    seconds_needed = forms.IntegerField(label=_("要几户附议"), min_value=0, max_value=1000, initial=0)
    posting_days = forms.IntegerField(label=_("候选人公示天数"), min_value=1, max_value=60, initial=7)
    terms = forms.CharField(label=_("其他说明"), max_length=3000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    checks = forms.MultipleChoiceField(label=_("候选人条件"), required=False, widget=forms.CheckboxSelectMultiple, choices=[])

    def __init__(self, *args: Any, body: str, reach: list[str] | None = None, earlier: list[Election] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.body = bodies()[body]
        place = self.fields["place"]
        assert isinstance(place, PlaceField)
        place.reach = reach or [""]
        language = get_language() or "zh-hans"
        chinese = language.startswith("zh")
        self._choices("jurisdiction", jurisdiction_choices())
        self._choices(
            "follows", [("", _t("没有上一届")), *((e.pk, f"{e.title} · {e.place.name}") for e in earlier or [] if e.body == body)]
        )
        named = [
            (c.code, _t("%(name)s（%(source)s）") % {"name": c.name_zh if chinese else c.name_en, "source": c.article or _t("本地规定")})
            for c in self.body.checks
        ]
        self._choices("checks", named)
        for name, words in self.unverified():
            self.fields[f"source_{name}"] = forms.CharField(label=_t("依据：%(what)s") % {"what": words}, max_length=160, required=False)
        for n in range(1, QUOTAS + 1):
            self.fields[f"quota_{n}"] = forms.CharField(label=_("哪些人"), max_length=30, required=False)
            self.fields[f"least_{n}"] = forms.IntegerField(label=_("至少几人"), min_value=1, max_value=31, required=False)
            self.fields[f"rule_{n}"] = forms.CharField(label=_("依据"), max_length=160, required=False)

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField | forms.MultipleChoiceField)
        field.choices = choices

    def unverified(self) -> list[tuple[str, str]]:
        """Figures and checks whose text was not verified, or is of some places alone: used elsewhere only with a source of the operator's own."""
        chinese = (get_language() or "zh").startswith("zh")
        figures = {"seats": (self.body.seats, _t("席位")), "term_months": (self.body.term_months, _t("任期"))}
        rows = [(name, words) for name, (figure, words) in figures.items() if not figure["verified"]]
        return rows + [(c.code, c.name_zh if chinese else c.name_en) for c in self.body.checks if not c.verified or c.places]

    def source_fields(self) -> list[Any]:
        return [self[f"source_{name}"] for name, _words in self.unverified()]

    def quota_rows(self) -> list[dict[str, Any]]:
        return [{"n": n, "name": self[f"quota_{n}"], "least": self[f"least_{n}"], "rule": self[f"rule_{n}"]} for n in range(1, QUOTAS + 1)]

    def plan(self) -> Plan:
        given = self.cleaned_data
        quotas = [
            Quota(given[f"quota_{n}"], given[f"least_{n}"] or 0, given[f"rule_{n}"]) for n in range(1, QUOTAS + 1) if given[f"quota_{n}"]
        ]
        same = ["place", "title", "jurisdiction", "about", "follows", "seats", "alternates", "term_months", "nominate_from", "nominate_until", "seconds_needed", "posting_days", "terms", "checks"]  # fmt: skip
        sources = {name: given[f"source_{name}"] for name, _words in self.unverified() if given[f"source_{name}"]}
        return Plan(body=self.body.code, quotas=quotas, sources=sources, **{name: given[name] for name in same})


def election_initial(election: Election) -> dict[str, Any]:
    """A plan as it stands in its form."""
    same = ["title", "jurisdiction", "seats", "alternates", "term_months", "nominate_from", "nominate_until", "seconds_needed", "posting_days", "terms"]  # fmt: skip
    rows: dict[str, Any] = {}
    for n, q in enumerate(election.quotas[:QUOTAS], 1):
        rows |= {f"quota_{n}": q["name"], f"least_{n}": q["least"], f"rule_{n}": q["source"]}
    return {
        **{name: getattr(election, name) for name in same},
        **{f"source_{name}": words for name, words in election.sources.items()},
        "place": shown(election.place),
        "about": election.about.ref if election.about else "",
        "follows": election.follows_id,
        "checks": [c["code"] for c in election.checks],
        **rows,
    }


class NominateForm(forms.Form):
    """Standing oneself, or proposing a neighbour."""

    myself = forms.ChoiceField(
        label=_("推荐谁"), choices=[("1", _("我自己（自荐）")), ("0", _("推荐邻居"))], initial="1", widget=forms.RadioSelect
    )
    name = forms.CharField(label=_("邻居的姓名"), max_length=60, required=False)
    home = PlaceField(label=_("邻居的房屋"), kinds=["home"], required=False)
    statement = forms.CharField(label=_("自我介绍或者推荐理由"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, election: Election, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        home = self.fields["home"]
        assert isinstance(home, PlaceField)
        home.reach = [election.place_path]


class NominateForForm(forms.Form):
    """A nomination recorded on behalf."""

    name = forms.CharField(label=_("被推荐人姓名"), max_length=60, error_messages={"required": _("请写被推荐人的姓名。")})
    home = PlaceField(label=_("房屋"), kinds=["home"])
    origin = forms.ChoiceField(label=_("怎么产生的"), choices=Candidate.Origin.choices, initial="self", widget=forms.RadioSelect)
    nominated_by = forms.CharField(label=_("谁推荐的"), max_length=80, required=False)
    consented = forms.BooleanField(label=_("本人已经书面同意"), required=False)
    statement = forms.CharField(label=_("自我介绍或者推荐理由"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, election: Election, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        home = self.fields["home"]
        assert isinstance(home, PlaceField)
        home.reach = [election.place_path]
