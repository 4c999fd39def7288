"""
Acts at the Desk: every move of a matter is one small form on its page, one table a kind, one way to do it and to come back.

A loop brings its table of `Act`s; how the forms stand in groups, what happens to bad input, and how nothing typed is lost is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import put_on
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.files.actions import gone_if_refused, store_paper, store_picture
from linli.kernel.files.fields import PapersField, PhotosField
from linli.kernel.files.models import StoredFile

PHOTOS: Final = 6
# "next" moves the matter on, "talk" says something, "order" sets it right, "judge" comes at the end.
GROUPS: Final = ("next", "talk", "order", "judge")


def worker_and_now(request: HttpRequest) -> tuple[Actor, datetime]:
    """Who works, and the one instant of this request, both set by the accounts' middleware; their acts come through the Desk."""
    return request.actor.through("desk"), request.now  # type: ignore[attr-defined]  # as the docstring says


# --- fields --------------------------------------------------------------------------------------------------------------
def text_field(label: Any, *, required: bool = True, hint: Any = "", rows: int = 3, most: int = 2000) -> forms.CharField:
    return forms.CharField(label=label, required=required, help_text=hint, max_length=most, widget=forms.Textarea(attrs={"rows": rows}))


def set_choices(form: forms.Form, name: str, choices: Iterable[Any]) -> None:
    """Fill a choice field of one form."""
    found = form.fields[name]
    assert isinstance(found, forms.ChoiceField)
    found.choices = list(choices)


# --- forms and the table of acts ------------------------------------------------------------------------------------------
class ActForm(forms.Form):
    """A form of one move; every field's id begins with the verb, since many stand on one page. `setting` is what the kind gives it."""

    def __init__(self, *args: Any, verb: str, setting: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": f"{verb}-%s"})
        self.use_required_attribute = False
        self.arrange(setting)

    def arrange(self, setting: Any) -> None:
        """Fill choices from the matter."""

    @property
    def verb(self) -> str:
        return str(self.auto_id).removesuffix("-%s")


class Plain(ActForm):
    text = text_field(gettext_lazy("说明"), required=False, rows=2)


class Said(ActForm):
    text = text_field(gettext_lazy("说明"))


class SaidWithPhotos(Said):
    photo = PhotosField(label=gettext_lazy("照片"))


class SaidWithPapers(Said):
    photo = PapersField(label=gettext_lazy("照片或文件"))


@dataclass(frozen=True)
class Doing:
    """Who acts on which matter, when, having seen which version."""

    actor: Actor
    matter_id: int
    now: datetime
    seen: int | None

    def __call__(self, act: Callable[..., Any], **given: Any) -> Any:
        return act(actor=self.actor, matter_id=self.matter_id, now=self.now, seen=self.seen, **given)

    def quietly(self, act: Callable[..., Any], **given: Any) -> Any:
        """For acts that no version guards: adding, seconding, objecting."""
        return act(actor=self.actor, matter_id=self.matter_id, now=self.now, **given)


@dataclass(frozen=True)
class Act:
    """A move as the page offers it: its form, what it does, which group it stands in, and what its button says."""

    form: type[ActForm]
    do: Callable[[Any, Doing], Any]
    group: str
    kind: str = "primary"
    hint: Any = ""
    labels: dict[str, Any] = field(default_factory=dict)


def text_of(form: forms.Form) -> str:
    return str(form.cleaned_data.get("text", ""))


def photos_of(form: forms.Form, doing: Doing) -> list[StoredFile]:
    """Store what was chosen; documents where the field takes them. Raises Invalid on the field `photo`, for more than `PHOTOS` too."""
    chosen = not_too_many(form.cleaned_data.get("photo") or [])
    store = store_paper if isinstance(form.fields["photo"], PapersField) else store_picture
    return [store(actor=doing.actor, upload=f, name=f.name, now=doing.now) for f in chosen]


def not_too_many(uploads: Sequence[Any]) -> Sequence[Any]:
    """The files somebody chose. Raises Invalid for more than `PHOTOS`: none is ever left out without a word."""
    if len(uploads) > PHOTOS:
        text = _("最多 %(n)s 张照片。") % {"n": PHOTOS}
        raise Invalid("too_many_photos", text, fields={"photo": [text]})
    return uploads


def plain(act: Callable[..., Any]) -> Callable[[Any, Doing], Any]:
    """An act that takes words alone."""
    return lambda form, do: do(act, text=text_of(form))


def pictured(act: Callable[..., Any]) -> Callable[[Any, Doing], Any]:
    """An act that takes words and pictures."""
    return lambda form, do: do(act, text=text_of(form), files=photos_of(form, do))


def form_for(acts: Mapping[str, Act], verb: str, setting: Any, data: Any = None, files: Any = None) -> ActForm:
    act = acts[verb]
    form = act.form(data, files, verb=verb, setting=setting)
    for name, label in act.labels.items():
        form.fields[name].label = label
    return form


@dataclass(frozen=True)
class Offer:
    """A move the reader may do now: its form, the words of its button, and whether it stands open."""

    verb: str
    label: str
    kind: str
    hint: str
    form: ActForm
    open: bool


def offers(
    acts: Mapping[str, Act],
    verbs: Sequence[str],
    setting: Any,
    *,
    label: Callable[[str], str],
    first: Sequence[str] = (),
    bound: ActForm | None = None,
) -> dict[str, list[Offer]]:
    """
    Every offered move with its form, by group. One stands open: the form just sent back with errors, else the first of `first` that is
    offered.
    """
    sent = bound.verb if bound is not None else ""
    standing = sent or next((v for v in first if v in verbs), "")
    made: dict[str, list[Offer]] = {group: [] for group in GROUPS}
    for verb in verbs:
        act = acts[verb]
        form = bound if bound is not None and verb == sent else form_for(acts, verb, setting)
        made[act.group].append(Offer(verb, label(verb), act.kind, str(act.hint), form, verb == standing))
    made["next"].sort(key=lambda offer: not offer.open)
    return made


# --- doing ----------------------------------------------------------------------------------------------------------------
def carry_out(
    act: Act,
    form: ActForm,
    doing: Doing,
    *,
    page: Callable[..., HttpResponse],
    refused: Callable[[Refused], HttpResponse],
    done: Callable[[Any], HttpResponse],
) -> HttpResponse:
    """
    Do one move. What must be mended comes back as `page(status=422, bound=form)` with everything typed; what cannot be done, or was
    done by somebody else first, goes to `refused`, which shows what changed since; success to `done`.
    """
    if not form.is_valid():
        return page(status=422, bound=form)
    try:
        with gone_if_refused():
            result = act.do(form, doing)
    except Invalid as problem:
        put_on(form, problem)
        return page(status=422, bound=form)
    except NotFound as problem:
        # A form that names another matter: the words belong beside the number that was typed.
        if "target" not in form.fields:
            return refused(problem)
        form.add_error("target", str(problem.text))
        return page(status=422, bound=form)
    except Refused as problem:
        return refused(problem)
    return done(result)


def typed_in(form: ActForm, names: Iterable[str] = ("text", "reply", "comment", "body", "public_body", "answer")) -> str:
    """The longer words somebody typed into a form that is gone, for them to copy."""
    kept = [str(form.cleaned_data[name]) for name in names if form.cleaned_data.get(name)]
    return "\n".join(kept)
