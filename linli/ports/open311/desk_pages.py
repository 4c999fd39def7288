"""Settings at the Desk: what each category asks those who report through Open311."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, put_on
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters.models import Category
from linli.kernel.matters.setting_actions import may_everywhere
from linli.ports.open311 import attributes as actions
from linli.ports.open311.models import ServiceAttribute
from linli.ports.open311.queries import code_of
from linli.web.downloads import as_download, asked_as, downloads


class AttributeForm(forms.Form):
    description = forms.CharField(
        label=gettext_lazy("问题"),
        max_length=200,
        help_text=gettext_lazy("报事的人看到的原话，如“路灯杆上的编号是多少？”。"),
        error_messages={"required": gettext_lazy("请写出问题。")},
    )
    datatype = forms.ChoiceField(label=gettext_lazy("回答的形式"), choices=ServiceAttribute.DataType.choices)
    datatype_description = forms.CharField(
        label=gettext_lazy("怎么回答"), max_length=200, required=False, help_text=gettext_lazy("如“杆上白底黑字的六位数”。")
    )
    values = forms.CharField(
        label=gettext_lazy("选项"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("单选和多选才填。一行一个，写成“代码 = 名称”；只写名称时，名称就是代码。"),
    )
    required = forms.BooleanField(label=gettext_lazy("必须回答"), required=False)
    variable = forms.BooleanField(
        label=gettext_lazy("需要回答"), required=False, initial=True, help_text=gettext_lazy("不勾选就是一句说明，只给人看，不收回答。")
    )

    def clean_values(self) -> list[tuple[str, str]]:
        pairs = []
        for line in self.cleaned_data["values"].splitlines():
            if line.strip():
                key, equals, name = line.partition("=")
                pairs.append((key.strip(), name.strip() if equals else key.strip()))
        return pairs


class NewAttributeForm(AttributeForm):
    code = forms.CharField(
        label=gettext_lazy("代码"),
        max_length=40,
        help_text=gettext_lazy("别的系统按它认这个问题，定了不能改，如 POLE_NUMBER。"),
        error_messages={"required": gettext_lazy("请填写代码。")},
    )
    field_order = ["code", "description", "datatype", "datatype_description", "values"]


def _reader(request: HttpRequest) -> tuple[Actor, datetime]:
    actor, now = actor_and_now(request)
    if not table.holds(actor, actions.VERB):
        raise table.refusal(actor, actions.VERB)
    return actor, now


def _category(category_id: int) -> Category:
    found = Category.objects.filter(pk=category_id).first()
    if found is None:
        raise NotFound("no_category", _("没有找到这个类别。"))
    return found


@login_required
@require_safe
def services(request: HttpRequest) -> HttpResponseBase:
    """Every category people can report to, with how much it asks."""
    _reader(request)
    rows = list(
        Category.objects.filter(active=True).annotate(asks=Count("service_attributes", filter=Q(service_attributes__retired_at=None)))
    )
    parents = {c.parent_id for c in rows}
    tree = [
        (top, [_leaf(c) for c in rows if c.pk not in parents and top.pk in (c.parent_id, c.pk)]) for top in rows if top.parent_id is None
    ]
    if asked_as(request):
        lines = ([leaf["category"].name, top.name, leaf["code"], leaf["category"].asks] for top, leaves in tree for leaf in leaves)
        return as_download(
            request, _("服务要问什么"), (_("类别"), _("上级类别"), _("服务代码"), _("要问几个问题")), lines, (24, 24, 24, 12)
        )
    context = {"tree": [(top, leaves) for top, leaves in tree if leaves], "exports": downloads(request, most=0)}
    return render(request, "ports/services.html", context)


def _leaf(category: Any) -> dict[str, Any]:
    return {"category": category, "code": code_of(category)}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def service(request: HttpRequest, category_id: int) -> HttpResponse:
    """What one category asks, in order; POST adds a question."""
    actor, now = _reader(request)
    category = _category(category_id)
    form, status = NewAttributeForm(request.POST or None), 200
    if request.method == "POST":
        made, status = _saved(form, actor, category, None, now)
        if made:
            messages.success(request, _("已加上“%(code)s”，别的系统马上看得到。") % {"code": made.code})
            return _back(category)
    rows = list(ServiceAttribute.objects.filter(category=category))
    context = {
        "category": category,
        "code": code_of(category),
        "asked": [_row(r) for r in rows if r.retired_at is None],
        "retired": [_row(r) for r in rows if r.retired_at is not None],
        "form": form,
        "may_edit": may_everywhere(actor, actions.VERB),
    }
    return render(request, "ports/service.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def attribute(request: HttpRequest, category_id: int, attribute_id: int) -> HttpResponse:
    """Change one question; its code stays."""
    actor, now = _reader(request)
    category = _category(category_id)
    found = actions.attribute_of(category, attribute_id)
    given = {
        "description": found.description,
        "datatype": found.datatype,
        "datatype_description": found.datatype_description,
        "values": "\n".join(f"{key} = {name}" for key, name in found.values),
        "required": found.required,
        "variable": found.variable,
    }
    form, status = AttributeForm(request.POST or None, initial=given), 200
    if request.method == "POST":
        saved, status = _saved(form, actor, category, found, now)
        if saved:
            messages.success(request, _("“%(code)s”已保存。") % {"code": saved.code})
            return _back(category)
    context = {"category": category, "attribute": found, "form": form, "may_edit": may_everywhere(actor, actions.VERB)}
    return render(request, "ports/attribute.html", context, status=status)


def _saved(
    form: AttributeForm, actor: Actor, category: Category, found: ServiceAttribute | None, now: datetime
) -> tuple[ServiceAttribute | None, int]:
    """The question saved, or None with what is wrong put on the form."""
    if form.is_valid():
        try:
            return actions.save_attribute(actor=actor, category=category, attribute=found, now=now, **form.cleaned_data), 200
        except Invalid as problem:
            put_on(form, problem)
        except Refused as problem:
            if problem.status == 403:
                raise
            form.add_error(None, str(problem.text))
    return None, 422


def _row(row: ServiceAttribute) -> dict[str, Any]:
    kind = str(ServiceAttribute.DataType(row.datatype).label) if row.variable else _("说明，不用回答")
    names = "、".join(str(name) for _key, name in row.values[:6]) + ("…" if len(row.values) > 6 else "")
    return {"attribute": row, "kind": f"{kind}（{names}）" if names and row.variable else kind}


def _back(category: Category) -> HttpResponse:
    return HttpResponseRedirect(reverse("services:service", args=[category.pk]))


def _act(request: HttpRequest, category_id: int, attribute_id: int, act: Callable[..., None], done: str, **more: Any) -> HttpResponse:
    actor, now = _reader(request)
    category = _category(category_id)
    act(actor=actor, attribute=actions.attribute_of(category, attribute_id), now=now, **more)
    messages.success(request, done)
    return _back(category)


@login_required
@require_POST
def move(request: HttpRequest, category_id: int, attribute_id: int) -> HttpResponse:
    up = request.POST.get("to") == "up"
    return _act(request, category_id, attribute_id, actions.move_attribute, _("顺序已改。"), up=up)


@login_required
@require_POST
def retire(request: HttpRequest, category_id: int, attribute_id: int) -> HttpResponse:
    return _act(request, category_id, attribute_id, actions.retire_attribute, _("已停用，不再问这个问题；已有的回答保留。"))


@login_required
@require_POST
def restore(request: HttpRequest, category_id: int, attribute_id: int) -> HttpResponse:
    return _act(request, category_id, attribute_id, actions.restore_attribute, _("已恢复，排在最后。"))
