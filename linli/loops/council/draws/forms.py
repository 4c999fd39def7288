"""What is typed about draws: the plan with its categories, an application, one made on behalf."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from linli.kernel.files.fields import PaperField
from linli.kernel.places.forms import PlaceField, shown
from linli.loops.council.draws.actions.planning import Kind, Plan
from linli.loops.council.draws.models import Asks, Draw, What
from linli.loops.council.draws.rules import read_lots, write_lots
from linli.web.fields import WhenField

ROWS = 5  # categories a form has room for; the API takes more


class DrawForm(forms.Form):
    """A draw's plan: what, when, categories with their lots, and the source of chance named beforehand."""

    place = PlaceField(label=_("在哪里抽签"))
    what = forms.ChoiceField(label=_("抽什么"), choices=What.choices)
    title = forms.CharField(label=_("抽签名称"), max_length=80, required=False)
    terms = forms.CharField(
        label=_("使用规则"),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("谁可以报、用多久、收不收费、不能转让等。"),
    )
    about = forms.CharField(label=_("按哪个议题的决定"), max_length=20, required=False, help_text=_("议题编号，例如 M12。没有就空着。"))
    follows = forms.TypedChoiceField(label=_("接着哪次抽签的候补名单"), coerce=int, empty_value=None, required=False, choices=[])
    applies_from = WhenField(label=_("报名开始"))
    applies_until = WhenField(label=_("报名截止"))
    objection_days = forms.IntegerField(label=_("名单公示天数"), min_value=1, max_value=30, initial=3)
    accept_days = forms.IntegerField(label=_("抽中后几天内认领"), min_value=1, max_value=60, initial=7)
    source = forms.CharField(
        label=_("随机数来源"),
        max_length=160,
        required=False,
        help_text=_("以后才公布、我们谁也左右不了的，例如“中国福利彩票双色球 2026150 期开奖号码”。"),
    )
    source_at = WhenField(label=_("来源的公布时间"))
    source_where = forms.CharField(label=_("到哪里能看到"), max_length=300, required=False, help_text=_("网址、报纸或者电视台。"))

    def __init__(self, *args: Any, reach: list[str] | None = None, earlier: list[Draw] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place, follows = self.fields["place"], self.fields["follows"]
        assert isinstance(place, PlaceField)
        assert isinstance(follows, forms.TypedChoiceField)
        place.reach = reach or [""]
        follows.choices = [("", _t("不接续"))] + [(d.pk, f"{d.title} · {d.place.name}") for d in earlier or []]
        for n in range(1, ROWS + 1):
            self.fields[f"name_{n}"] = forms.CharField(label=_("类别"), max_length=40, required=False)
            self.fields[f"lots_{n}"] = forms.CharField(label=_("名额编号"), max_length=2000, required=False)
            self.fields[f"asks_{n}"] = forms.ChoiceField(label=_("谁可以报"), choices=Asks.choices, required=False)
            self.fields[f"passes_{n}"] = forms.BooleanField(label=_("剩下的转给下一类"), required=False, initial=True)

    def rows(self) -> list[dict[str, Any]]:
        """The fields of the categories, row by row, for the page."""
        return [{"n": n, **{part: self[f"{part}_{n}"] for part in ("name", "lots", "asks", "passes")}} for n in range(1, ROWS + 1)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for n in range(1, ROWS + 1):
            try:
                given[f"lots_{n}"] = read_lots(given.get(f"lots_{n}", ""))
            except ValueError as problem:
                part = str(problem)
                self.add_error(
                    f"lots_{n}",
                    _t("“%(part)s”没有看懂，请按“A01-A12、B3”写。") % {"part": part} if part else _t("名额太多，请分几次抽签。"),
                )
        return given

    def plan(self) -> Plan:
        given = self.cleaned_data
        kinds = [
            Kind(given[f"name_{n}"], given[f"lots_{n}"], given[f"asks_{n}"], given[f"passes_{n}"])
            for n in range(1, ROWS + 1)
            if given[f"name_{n}"].strip() or given[f"lots_{n}"]
        ]
        same = ["place", "what", "title", "terms", "about", "follows", "applies_from", "applies_until", "objection_days", "accept_days", "source", "source_at", "source_where"]  # fmt: skip
        return Plan(categories=kinds, **{name: given[name] for name in same})


def draw_initial(draw: Draw) -> dict[str, Any]:
    """A plan as it stands in its form."""
    same = [
        "what",
        "title",
        "terms",
        "applies_from",
        "applies_until",
        "objection_days",
        "accept_days",
        "source",
        "source_at",
        "source_where",
    ]
    rows: dict[str, Any] = {}
    for n, c in enumerate(draw.categories[:ROWS], 1):
        rows |= {f"name_{n}": c["name"], f"lots_{n}": write_lots(c["lots"]), f"asks_{n}": c["asks"], f"passes_{n}": c["passes_on"]}
    return {
        **{name: getattr(draw, name) for name in same},
        "place": shown(draw.place),
        "about": draw.about.ref if draw.about else "",
        "follows": draw.follows_id,
        **rows,
    }


class ApplyForm(forms.Form):
    """One's own application: categories and whatever shows that one may have them."""

    categories = forms.MultipleChoiceField(
        label=_("报哪几类"), widget=forms.CheckboxSelectMultiple, help_text=_("符合的都可以勾，按顺序先抽前面的类别，一户最多抽中一个。"),
        error_messages={"required": _("请至少选一类。")},
    )  # fmt: skip
    note = forms.CharField(
        label=_("说明"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("例如车牌号、残疾人证号。只有审核的工作人员能看到。"),
    )
    photo = PaperField(label=_("证件照片或文件"), required=False)

    def __init__(self, *args: Any, draw: Draw, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["categories"]
        assert isinstance(field, forms.MultipleChoiceField)
        asks = dict(Asks.choices)
        field.choices = [
            (c["code"], _t("%(name)s（%(count)s 个）%(asks)s") % {"name": c["name"], "count": len(c["lots"]), "asks": _t("：%(asks)s") % {"asks": asks[c["asks"]]} if c["asks"] else ""})
            for c in draw.categories
        ]  # fmt: skip


class ApplyForForm(ApplyForm):
    """An application recorded on behalf."""

    home = PlaceField(label=_("房屋"), kinds=["home"])
    name = forms.CharField(label=_("申请人姓名"), max_length=60, error_messages={"required": _("请写申请人姓名。")})
    channel = forms.ChoiceField(
        label=_("怎么报的名"),
        choices=[("counter", _("到窗口")), ("phone", _("打电话")), ("paper", _("交来纸质表"))],
        initial="counter",
        widget=forms.RadioSelect,
    )
    field_order = ("home", "name", "categories", "channel", "note", "photo")

    def __init__(self, *args: Any, draw: Draw, **kwargs: Any) -> None:
        super().__init__(*args, draw=draw, **kwargs)
        home = self.fields["home"]
        assert isinstance(home, PlaceField)
        home.reach = [draw.place_path]
