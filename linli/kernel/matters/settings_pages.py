"""Settings at the Desk: what is promised, how requests are sorted, which days are working days, which gateways send messages."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, put_on, reach
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.kernel.judgement.writing import writer
from linli.kernel.matters import setting_actions as actions
from linli.kernel.matters import workflow
from linli.kernel.matters.models import Category, Grade, PromiseRule
from linli.kernel.matters.promises import source_words
from linli.kernel.matters.settings_forms import (
    CategoryForm,
    GatewayTestForm,
    NewCategoryForm,
    PromiseForm,
    code_lines,
    keyword_lines,
)
from linli.kernel.notices.models import Channel
from linli.kernel.notices.outbox import gateway_of
from linli.kernel.places.queries import place_choices
from linli.law.packs import departments
from linli.web.navigation import entries
from linli.web.sheets import Listing, as_file, format_asked
from linli.web.words import in_english

STATUS_TONES = {"rule": "green", "target": "blue", "practice": "plain", "unverified": "gold", "own": "plain"}


def status_words(status: str) -> str:
    return {"rule": _("规定"), "target": _("目标"), "practice": _("做法"), "unverified": _("待核实"), "own": _("本地设置")}.get(
        status, _("其他")
    )


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    rows = [{"title": item.label, "meta": item.about, "href": item.href, "icon": item.icon} for item in entries("settings", request)]
    return render(request, "matters/settings/index.html", {"rows": rows})


# --- promises ------------------------------------------------------------------------------------
def _ordered_categories() -> list[Category]:
    rows = list(Category.objects.filter(active=True))
    return [c for top in rows if top.parent_id is None for c in (top, *(leaf for leaf in rows if leaf.parent_id == top.pk))]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def promises(request: HttpRequest) -> HttpResponseBase:
    actor, now = actor_and_now(request)
    paths = reach(actor, "promise.edit")
    if not paths:
        raise table.refusal(actor, "promise.edit")
    kinds = [(w.kind, str(w.label)) for w in workflow.workflows()]
    everywhere = actions.may_everywhere(actor, "promise.edit")
    form, status = PromiseForm(request.POST or None, kinds=kinds, reach=paths, categories=_ordered_categories()), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.set_promise(actor=actor, now=now, **form.cleaned_data)
            except Invalid as problem:
                put_on(form, problem)
            else:
                messages.success(request, _("新的承诺从现在起用于新开始的环节。"))
                return HttpResponseRedirect("/desk/settings/promises/")
    rules = (
        PromiseRule.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now))
        .select_related("category", "place")
        .order_by("kind", "subject", "-urgency", "id")[:500]
    )
    road = list(PromiseRule.Subject.values)  # in the order in which they fall due
    groups: dict[str, list[dict[str, Any]]] = {}
    for rule in sorted(rules, key=lambda one: road.index(one.subject)):
        groups.setdefault(str(PromiseRule.Subject(rule.subject).label), []).append(_rule_row(actor, rule, dict(kinds), everywhere))
    if request.GET.get("format"):
        header = (_("承诺的内容"), _("适用于"), _("事项种类"), _("时限"), _("性质"), _("依据"), _("从什么时候起"))
        cells = [
            (subject, r["for"], r["kind"], r["span"], r["status"], r["source"], r["since"])
            for subject, found in groups.items()
            for r in found
        ]
        return as_file(Listing(_("承诺时限"), header, cells, (14, 28, 14, 14, 12, 40, 20)), format_asked(request.GET))
    context = {
        "groups": list(groups.items()),
        "form": form,
        "places": place_choices(paths),
        "ended": PromiseRule.objects.filter(ends_at__lte=now).count(),
    }
    return render(request, "matters/settings/promises.html", context, status=status)


def _rule_row(actor: Actor, rule: PromiseRule, kinds: dict[str, str], everywhere: bool) -> dict[str, Any]:
    narrowing = [
        rule.category.name if rule.category else "",
        _("高频事项") if rule.fast_lane else "",
        {"ordinary": _("一般"), "urgent": _("紧急"), "emergency": _("突发")}.get(rule.urgency, ""),
        _("%(grade)s事项") % {"grade": Grade(rule.grade).label} if rule.grade in Grade.values else "",
        rule.place.name if rule.place else "",
    ]
    return {
        "pk": rule.pk,
        "span": f"{rule.amount} {PromiseRule.Unit(rule.unit).label}",
        "for": " · ".join(filter(None, narrowing)) or _("全部"),
        "kind": kinds.get(rule.kind, ""),
        "status": status_words(rule.status),
        "tone": STATUS_TONES.get(rule.status, "plain"),
        "source": "{} · {}".format(*source_words(rule.source)).removesuffix(" · "),
        "since": rule.starts_at,
        "may_end": table.may(actor, "promise.edit", rule.place.path) if rule.place else everywhere,
    }


@login_required
@require_POST
def end_rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    actions.end_promise(actor=actor, rule_id=rule_id, now=now)
    messages.success(request, _("已停用。正在跑的时限不变。"))
    return HttpResponseRedirect("/desk/settings/promises/")


# --- categories ----------------------------------------------------------------------------------
def _category_reader(actor: Actor) -> None:
    if not table.holds(actor, "category.edit"):
        raise table.refusal(actor, "category.edit")


@login_required
@require_safe
def categories(request: HttpRequest) -> HttpResponseBase:
    actor, _now = actor_and_now(request)
    _category_reader(actor)
    rows = list(Category.objects.all())
    language = "en" if in_english() else "zh-hans"
    names = {d.code: d.name(language) for d in departments()}
    fast = [c for c in rows if c.fast_lane and c.parent_id]
    if request.GET.get("format"):
        header = (_("类别"), _("上级类别"), _("代码"), _("通常归谁"), _("关键词"), _("高频"), _("不公开"), _("状态"))
        above = {c.pk: c.name for c in rows}
        cells = [
            (
                *(c.name, above.get(c.parent_id or 0, ""), c.code, names.get(c.department, c.department)),
                "、".join(keyword_lines(c).splitlines()),
                *(c.fast_lane, c.private, _("在用") if c.active else _("已停用")),
            )
            for c in rows
        ]
        return as_file(Listing(_("诉求类别"), header, cells), format_asked(request.GET))
    context = {
        "tree": [(top, [c for c in rows if c.parent_id == top.pk]) for top in rows if top.parent_id is None],
        "fast": fast,
        "departments": names,
        "slots": actions.FAST_LANE_SLOTS,
        "may_edit": actions.may_everywhere(actor, "category.edit"),
    }
    return render(request, "matters/settings/categories.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_category(request: HttpRequest) -> HttpResponse:
    actor, _now = actor_and_now(request)
    _category_reader(actor)
    return _category_form(request, NewCategoryForm(request.POST or None), None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def category(request: HttpRequest, category_id: int) -> HttpResponse:
    actor, _now = actor_and_now(request)
    _category_reader(actor)
    found = Category.objects.filter(pk=category_id).first()
    if found is None:
        raise NotFound("no_category", _("没有找到这个类别。"))
    given = {
        "name_zh": found.name_zh,
        "name_en": found.name_en,
        "parent": found.parent_id,
        "department": found.department,
        "urgency": found.urgency,
        "keywords": keyword_lines(found),
        "external_codes": code_lines(found),
        "fast_lane": found.fast_lane,
        "usually_complex": found.usually_complex,
        "private": found.private,
        "active": found.active,
    }
    return _category_form(request, CategoryForm(request.POST or None, initial=given, category=found), found)


def _category_form(request: HttpRequest, form: CategoryForm, found: Category | None) -> HttpResponse:
    actor, now = actor_and_now(request)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                saved = actions.save_category(actor=actor, now=now, category=found, **form.cleaned_data)
            except Invalid as problem:
                put_on(form, problem)
            except Refused as problem:
                if problem.status == 403:
                    raise
                form.add_error("fast_lane", str(problem.text))
            else:
                messages.success(request, _("“%(name)s”已保存。") % {"name": saved.name})
                return HttpResponseRedirect("/desk/settings/categories/")
    context = {
        "form": form,
        "category": found,
        "title": found.name if found else _("新类别"),
        "may_edit": actions.may_everywhere(actor, "category.edit"),
    }
    return render(request, "matters/settings/category.html", context, status=status)


# --- gateways ------------------------------------------------------------------------------------
_GATEWAYS = (Channel.SMS, Channel.ROBOT, Channel.EMAIL)


def _gateway_rows() -> list[dict[str, Any]]:
    settings = {Channel.SMS: "LINLI_SMS_URL", Channel.ROBOT: "LINLI_DINGTALK_URL, LINLI_WECOM_URL", Channel.EMAIL: "LINLI_EMAIL_HOST"}
    return [{"channel": c.value, "label": c.label, "ready": gateway_of(c) is not None, "setting": settings[c]} for c in _GATEWAYS]


@login_required
@require_safe
def gateways(request: HttpRequest) -> HttpResponse:
    actor, _now = actor_and_now(request)
    if not table.holds(actor, "setting.edit"):
        raise table.refusal(actor, "setting.edit")
    return render(request, "matters/settings/gateways.html", {"rows": _gateway_rows(), "form": GatewayTestForm(), "writer": writer()})


@login_required
@require_POST
def test_gateway(request: HttpRequest, channel: str) -> HttpResponse:
    """Send one test message through a gateway at once, and say what it answered."""
    actor, now = actor_and_now(request)
    if not table.holds(actor, "setting.edit"):
        raise table.refusal(actor, "setting.edit")
    gateway = gateway_of(channel) if channel in {c.value for c in _GATEWAYS} else None
    if gateway is None:
        raise NotFound("no_gateway", _("这个网关没有接通。"))
    form = GatewayTestForm(request.POST)
    to = form.cleaned_data["to"] if form.is_valid() else ""
    try:
        gateway(to=to, title=_("测试消息"), body=_("这是一条测试消息，收到说明网关已经接通。"), key=f"linli-test-{int(now.timestamp())}")
    except Exception as error:  # whatever a gateway does wrong is what the tester wants to read
        log_event("gateway_tested", now=now, actor=actor, about=channel, outcome="refused")
        messages.error(request, _("没有发出去：%(error)s") % {"error": str(error)[:200]})
    else:
        log_event("gateway_tested", now=now, actor=actor, about=channel)
        messages.success(request, _("网关已经收下测试消息。"))
    return HttpResponseRedirect("/desk/settings/gateways/")
