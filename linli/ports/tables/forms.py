"""The forms of the import pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.kernel.places.forms import PlaceField
from linli.ports.tables.columns import Kind
from linli.ports.tables.mapping import Guess


class UploadForm(forms.Form):
    place = PlaceField(label=_("导入到哪里"), required=False)
    file = forms.FileField(
        label=_("表格文件"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"required": _("请选择一个文件。"), "empty": _("文件是空的。")},
    )

    def __init__(self, *args: Any, reach: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, PlaceField)
        place.reach = list(reach)


class MappingForm(forms.Form):
    """One choice for each column of the sheet: which of the kind's columns it is, or none."""

    def __init__(self, *args: Any, kind: Kind, guesses: Sequence[Guess], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        options = [("", _("不导入这一列")), *[(c.key, f"{c.name} *" if c.required else c.name) for c in kind.columns]]
        for guess in guesses:
            self.fields[f"c{guess.position}"] = forms.ChoiceField(
                choices=options, required=False, initial=guess.key, label=guess.heading or _("第 %(n)s 列") % {"n": guess.position + 1}
            )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        chosen: dict[str, str] = {}
        for name, key in list(found.items()):
            if key and key in chosen:
                text = _("“%(column)s”已经对应了另一列“%(other)s”。") % {
                    "column": self.kind.by_key[key].name,
                    "other": self.fields[chosen[key]].label,
                }
                self.add_error(name, text)
            elif key:
                chosen[key] = name
        return found

    @property
    def positions(self) -> dict[str, int]:
        return {key: int(name[1:]) for name, key in self.cleaned_data.items() if key}
