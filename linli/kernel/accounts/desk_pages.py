"""Administration at the Desk: accounts and what they are granted, units, the security log, the permission table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.access.roles import ROLES, SEPARATED
from linli.kernel.accounts import actions, events
from linli.kernel.accounts.desk_forms import GrantForm, MendUnitForm, NewAccountForm, NewUnitForm
from linli.kernel.accounts.first_passwords import open_with_first_password
from linli.kernel.accounts.models import Account, ApiToken, Event, Unit, UnitKind
from linli.kernel.accounts.queries import Held, account_by_id, account_page, grants_of, log_page, unit_by_id, unit_page
from linli.kernel.places.forms import PlaceField
from linli.kernel.places.queries import place_choices
from linli.lib.masking import mask_phone
from linli.web.downloads import MOST, STEP, as_download, asked_as, bounded, downloads, every
from linli.web.sheets import Listing, as_file

# What an inquiry asks for may be long: the log leaves with more rows than other lists.
LOG_MOST: Final = 100_000


def who_and_when(request: HttpRequest) -> tuple[Actor, datetime]:
    """The actor and the instant of a request."""
    return request.actor, request.now  # type: ignore[attr-defined]  # set by ActorMiddleware


def put_on(form: Form, problem: Invalid) -> None:
    """An action's refusal of input onto the form, so that nothing typed is lost; what belongs to no field stands on top."""
    placed = False
    for name, texts in problem.fields.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, str(text))
            placed = True
    if not placed or str(problem.text) not in [str(t) for texts in problem.fields.values() for t in texts]:
        form.add_error(None, str(problem.text))


def reach(actor: Actor, verb: str) -> list[str]:
    """The paths under which the actor may do `verb`."""
    return [s.path for kind, s in table.reach_of(actor, verb) if kind == "area"]


def query(request: HttpRequest, **changes: Any) -> str:
    """The address of this list with some of its parameters changed."""
    kept = {k: v for k, v in request.GET.items() if v and k not in changes}
    return "?" + urlencode({**kept, **{k: v for k, v in changes.items() if v}})


# --- accounts ------------------------------------------------------------------------------------
def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isdecimal() and len(text) < 18 else None


@login_required
@require_safe
def accounts(request: HttpRequest) -> HttpResponseBase:
    actor, now = who_and_when(request)
    text, role, state = request.GET.get("q", ""), request.GET.get("role", ""), request.GET.get("state", "open")
    if asked_as(request):
        return _accounts_file(request, text=text, role=role if role in ROLES else "", state=state)
    rows, more = account_page(actor, now=now, text=text, role=role if role in ROLES else "", state=state, before=_before(request))
    context = {
        "rows": rows,
        "text": text,
        "role": role,
        "state": state,
        "roles": [("", _("全部角色")), *ROLES.items()],
        "role_names": ROLES,
        "next": query(request, before=more) if more else "",
        "may_open": table.holds(actor, "account.open"),
        "on": sum(map(bool, (text, role, state != "open"))),
        "exports": downloads(request),
    }
    return render(request, "accounts/desk/accounts.html", context)


def _accounts_file(request: HttpRequest, *, text: str, role: str, state: str) -> HttpResponseBase:
    """The accounts as they are narrowed, a row for each grant in force; logged. Two queries for each five hundred."""
    actor, now = who_and_when(request)
    found = every(lambda before: account_page(actor, now=now, text=text, role=role, state=state, before=before, limit=STEP))
    actions.log_event("table_exported", now=now, actor=actor, about="accounts")
    header = (_("姓名"), _("用户名"), _("角色"), _("范围"), _("单位"), _("从什么时候"), _("到什么时候"), _("上次登录"), _("状态"))
    rows = (line for held in found for line in _account_lines(held))
    return as_download(request, _("账号与授权"), header, rows, (16, 18, 18, 24, 28, 18, 18, 18, 10))


def _account_lines(held: Held) -> Iterator[list[Any]]:
    account = held.account
    state = _("在用") if account.is_active else _("已停用")
    for g in held.grants:
        place, unit = g.place.name if g.place else _("全部范围"), g.unit.name if g.unit else ""
        yield [account.name, account.username, str(ROLES[g.role]), place, unit, g.starts_at, g.ends_at, account.last_seen_at, state]
    if not held.grants:
        yield [account.name, account.username, "", "", "", None, None, account.last_seen_at, state]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """Open an account for a member of staff; the one-time password is shown on the answer and never again."""
    actor, now = who_and_when(request)
    if not table.holds(actor, "account.open"):
        raise table.refusal(actor, "account.open")
    form, status = NewAccountForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                handed = open_with_first_password(actor=actor, now=now, **form.cleaned_data)
            except Invalid as problem:
                put_on(form, problem)
            else:
                return _account_page(request, handed.account, secret=handed.password)
    return render(request, "accounts/desk/new_account.html", {"form": form}, status=status)


@login_required
@require_safe
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    actor, _now = who_and_when(request)
    return _account_page(request, account_by_id(actor, account_id))


def _account_page(
    request: HttpRequest, account: Account, *, form: GrantForm | None = None, secret: str = "", status: int = 200
) -> HttpResponse:
    actor, now = who_and_when(request)
    may_grant = table.holds(actor, "account.grant")
    paths = reach(actor, "account.grant")
    held = grants_of(account)
    context = {
        "account": account,
        "phone": mask_phone(account.phone.open()) if account.phone else "",
        "current": [g for g in held if g.ends_at is None or g.ends_at > now],
        "past": [g for g in held if g.ends_at is not None and g.ends_at <= now],
        "role_names": ROLES,
        "separated": SEPARATED,
        "form": form or (GrantForm(reach=paths) if may_grant else None),
        "open_form": form is not None or not held,
        "places": place_choices(paths) if may_grant else [],
        "may_open": table.holds(actor, "account.open") and actor.account_id != account.pk,
        "is_self": actor.account_id == account.pk,
        "factors": account.authenticator_set.count(),  # type: ignore[attr-defined]  # allauth's reverse name
        "tokens": list(ApiToken.objects.filter(account=account, revoked_at=None).order_by("-pk")[:50])
        if table.holds(actor, "token.manage")
        else [],
        "secret": secret,
    }
    return render(request, "accounts/desk/account.html", context, status=status)


@login_required
@require_POST
def grant(request: HttpRequest, account_id: int) -> HttpResponse:
    actor, now = who_and_when(request)
    holder = account_by_id(actor, account_id)
    form = GrantForm(request.POST, reach=reach(actor, "account.grant"))
    if form.is_valid():
        starts_at, ends_at = form.span(now)
        chosen = form.cleaned_data
        try:
            actions.grant_role(
                actor=actor,
                account=holder,
                role=chosen["role"],
                place=chosen["place"],
                unit=chosen["unit"],
                now=now,
                starts_at=starts_at,
                ends_at=ends_at,
            )
        except Invalid as problem:
            put_on(form, problem)
        except Refused as problem:
            form.add_error(None, f"{problem.text}{_('（依据：%(rule)s）') % {'rule': problem.rule} if problem.rule else ''}")
        else:
            messages.success(request, _("已授予“%(role)s”。") % {"role": ROLES[chosen["role"]]})
            return HttpResponseRedirect(f"/desk/accounts/{holder.pk}/")
    return _account_page(request, holder, form=form, status=422)


@login_required
@require_POST
def end_one_grant(request: HttpRequest, account_id: int, grant_id: int) -> HttpResponse:
    actor, now = who_and_when(request)
    holder = account_by_id(actor, account_id)
    found = holder.grants.select_related("place", "account").filter(pk=grant_id).first()
    if found is None:
        raise NotFound("no_grant", _("没有找到这项授权。"))
    actions.end_grant(actor=actor, grant=found, now=now)
    messages.success(request, _("已收回“%(role)s”。") % {"role": ROLES[found.role]})
    return HttpResponseRedirect(f"/desk/accounts/{holder.pk}/")


@login_required
@require_POST
def close(request: HttpRequest, account_id: int) -> HttpResponse:
    actor, now = who_and_when(request)
    holder = account_by_id(actor, account_id)
    actions.close_account(actor=actor, account=holder, now=now)
    messages.success(request, _("账号已停用，角色、令牌和登录都已结束。"))
    return HttpResponseRedirect(f"/desk/accounts/{holder.pk}/")


@login_required
@require_POST
def reopen(request: HttpRequest, account_id: int) -> HttpResponse:
    actor, now = who_and_when(request)
    holder = account_by_id(actor, account_id)
    actions.reopen_account(actor=actor, account=holder, now=now)
    messages.success(request, _("账号已恢复，角色要重新授予。"))
    return HttpResponseRedirect(f"/desk/accounts/{holder.pk}/")


@never_cache
@login_required
@require_POST
def password(request: HttpRequest, account_id: int) -> HttpResponse:
    actor, now = who_and_when(request)
    holder = account_by_id(actor, account_id)
    return _account_page(request, holder, secret=actions.reset_password(actor=actor, account=holder, now=now))


@login_required
@require_POST
def factor(request: HttpRequest, account_id: int) -> HttpResponse:
    actor, now = who_and_when(request)
    holder = account_by_id(actor, account_id)
    actions.reset_second_factor(actor=actor, account=holder, now=now)
    messages.success(request, _("第二步验证已清除，下次登录时要重新设置。"))
    return HttpResponseRedirect(f"/desk/accounts/{holder.pk}/")


@login_required
@require_POST
def revoke_one_token(request: HttpRequest, account_id: int, token_id: int) -> HttpResponse:
    actor, now = who_and_when(request)
    actions.revoke_token(actor=actor, token_id=token_id, now=now)
    messages.success(request, _("令牌已经收回。"))
    return HttpResponseRedirect(f"/desk/accounts/{account_id}/")


# --- units ---------------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def units(request: HttpRequest) -> HttpResponseBase:
    actor, _now = who_and_when(request)
    paths, text, kind = reach(actor, "unit.edit"), request.GET.get("q", ""), request.GET.get("kind", "")
    wanted = kind if kind in UnitKind.values else ""
    if asked_as(request):
        return _units_file(request, unit_page(actor, text=text, kind=wanted, limit=MOST + 1))
    rows = unit_page(actor, text=text, kind=wanted)
    superiors = Unit.objects.filter(pk__in=[u.pk for u in (rows if not (text or kind) else unit_page(actor))])
    form, status = NewUnitForm(request.POST or None, reach=paths, superiors=superiors), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = actions.ensure_unit(actor=actor, **form.cleaned_data)
            except Invalid as problem:
                put_on(form, problem)
            else:
                messages.success(request, _("“%(name)s”已经在单位名录里。") % {"name": made.name})
                return HttpResponseRedirect(f"/desk/units/{made.pk}/")
    context = {
        "rows": rows,
        "text": text,
        "kind": kind,
        "kinds": [("", _("全部单位类别")), *UnitKind.choices],
        "form": form,
        "places": place_choices(paths),
        "on": sum(map(bool, (text, kind))),
        "exports": downloads(request),
    }
    return render(request, "accounts/desk/units.html", context, status=status)


def _units_file(request: HttpRequest, units: list[Unit]) -> HttpResponseBase:
    rows = (
        [
            u.name,
            u.code,
            str(u.get_kind_display()),
            u.place.name,
            u.superior.name if u.superior else "",
            u.phone,
            _("在用") if u.active else _("已停用"),
        ]
        for u in units
    )
    return as_download(request, _("单位"), (_("名称"), _("代码"), _("单位类别"), _("服务范围"), _("上级单位"), _("电话"), _("状态")), rows)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    actor, now = who_and_when(request)
    found = unit_by_id(actor, unit_id)
    given = {
        "name": found.name,
        "name_en": found.name_en,
        "code": found.code,
        "phone": found.phone,
        "superior": found.superior_id,
        "active": found.active,
    }
    superiors = Unit.objects.filter(pk__in=[u.pk for u in unit_page(actor) if u.pk != found.pk])
    form, status = MendUnitForm(request.POST or None, initial=given, superiors=superiors), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.mend_unit(actor=actor, unit=found, now=now, **form.cleaned_data)
            except Invalid as problem:
                put_on(form, problem)
            else:
                messages.success(request, _("已保存。"))
                return HttpResponseRedirect(f"/desk/units/{found.pk}/")
    context = {
        "unit": found,
        "form": form,
        "members": list(found.grants.select_related("account").order_by("-starts_at")[:50]),
        "role_names": ROLES,
        "moment": now,
    }
    return render(request, "accounts/desk/unit.html", context, status=status)


# --- the security log ----------------------------------------------------------------------------


def outcome_words(outcome: str) -> str:
    return {"done": _("成功"), "refused": _("被拒绝")}.get(outcome, _("其他"))


def _day(text: str, *, end: bool = False) -> datetime | None:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(on + timedelta(days=1) if end else on, time.min))


def _log_filter(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET
    return {
        "kinds": [asked["kind"]] if asked.get("kind") else [],
        "who": asked.get("q", ""),
        "outcome": asked.get("outcome", ""),
        "since": _day(asked.get("since", "")),
        "until": _day(asked.get("until", ""), end=True),
    }


@login_required
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    actor, _now = who_and_when(request)
    chosen = _log_filter(request)
    rows, more = log_page(actor, **chosen, before=_before(request))
    context = {
        "rows": [_line(e) for e in rows],
        "asked": request.GET,
        "kinds": [("", _("全部事件")), *events.choices()],
        "outcomes": [("", _("全部结果")), ("done", outcome_words("done")), ("refused", outcome_words("refused"))],
        "next": query(request, before=more) if more else "",
        "exports": downloads(request, "/desk/log/export/", most=LOG_MOST),
        "on": sum(bool(v) for v in chosen.values()),
    }
    return render(request, "accounts/desk/log.html", context)


def _line(event: Event) -> dict[str, Any]:
    return {
        "at": event.at,
        "who": event.who or (event.account.name if event.account else ""),
        "what": events.label(event.kind),
        "outcome": outcome_words(event.outcome),
        "refused": event.outcome == "refused",
        "about": _about(event),
        "ip": event.address or "",
    }


def _about(event: Event) -> str:
    """What an event was about, in words where it is a verb of the permission table or a role."""
    known = {r.verb: str(r.label) for r in table.rows()} if event.kind == "refused" else {}
    about = known.get(event.about) or (_("工作台") if event.about == "not_staff" else event.about)
    role = event.details.get("role")
    return f"{about} · {ROLES[role]}" if role in ROLES else about


@login_required
@require_safe
def log_export(request: HttpRequest) -> HttpResponseBase:
    """The filtered log as xlsx or csv, no cell of which is a formula; the export is itself logged. One query for each five hundred rows."""
    actor, now = who_and_when(request)
    chosen = _log_filter(request)
    rows = every(lambda before: log_page(actor, **chosen, before=before, limit=STEP))
    actions.log_event("log_exported", now=now, actor=actor)
    header = [_("时间"), _("谁"), _("做了什么"), _("结果"), _("对象"), _("网络地址")]
    lines = (_line(event) for event in rows)
    cells = ((line["at"], line["who"], line["what"], line["outcome"], line["about"], line["ip"]) for line in lines)
    name = f"{_('安全日志')} {timezone.localdate(now)}"
    return as_file(Listing(name, header, bounded(cells, LOG_MOST), (20, 14, 20, 10, 40, 16)), asked_as(request) or "csv")


# --- the permission table ------------------------------------------------------------------------
def reach_words(reached: str) -> str:
    return {"area": _("辖区"), "unit": _("本单位"), "own": _("本人")}.get(reached, "")


def kind_words(kind: str) -> str:
    known = {
        "account": _("账号"),
        "ballot": _("表决和计票"),
        "calendar": _("工作日历"),
        "call": _("电话告知"),
        "category": _("诉求类别"),
        "draw": _("抽签"),
        "election": _("选举"),
        "figures": _("数据"),
        "log": _("安全日志"),
        "matter": _("事项"),
        "meeting": _("会议"),
        "motion": _("议题"),
        "notice": _("公示"),
        "permission": _("权限表"),
        "person": _("居民"),
        "place": _("地点"),
        "plan": _("分摊方案"),
        "promise": _("承诺时限"),
        "request": _("诉求"),
        "road": _("议事程序"),
        "roll": _("表决名册"),
        "session": _("登录"),
        "webhook": _("推送"),
        "setting": _("系统设置"),
        "token": _("令牌"),
        "talk": _("交流"),
        "unit": _("单位"),
        "venue": _("议事场地"),
    }
    return known.get(kind, _("其他"))


@login_required
@require_safe
def permissions(request: HttpRequest) -> HttpResponseBase:
    """The whole table as words, and why the reader may or may not do one thing in one place."""
    actor, _now = who_and_when(request)
    table.require(actor, "permission.read")
    text, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    rows = [r for r in table.rows() if (not text or text in str(r.label)) and (not kind or r.verb.partition(".")[0] == kind)]
    groups: dict[str, list[table.Row]] = {}
    for row in rows:
        groups.setdefault(kind_words(row.verb.partition(".")[0]), []).append(row)
    kinds = sorted({r.verb.partition(".")[0] for r in table.rows()})
    context: dict[str, Any] = {
        "groups": [
            (
                name,
                [
                    {
                        "label": r.label,
                        "mine": table.holds(actor, r.verb),
                        "verb": r.verb,
                        "cells": [reach_words(r.reach_by_role.get(c, "")) for c in (table.SIGNED_IN, *ROLES)],
                    }
                    for r in found
                ],
            )
            for name, found in groups.items()
        ],
        "columns": [_("登录后的任何人"), *map(str, ROLES.values())],
        "text": text,
        "kind": kind,
        "kinds": [("", _("全部")), *((k, kind_words(k)) for k in kinds)],
        "verbs": [("", _("选一件事")), *((r.verb, str(r.label)) for r in table.rows())],
        "verb": request.GET.get("verb", ""),
        "place": request.GET.get("place", ""),
        "why": _why(request, actor) if request.GET.get("verb") else None,
        "my_roles": [{"role": str(ROLES[s.role]), "path": s.path} for s in actor.standings if s.role in ROLES],
        "on": sum(map(bool, (text, kind))),
        "exports": downloads(request, most=0),
    }
    if asked_as(request):
        cells = [[name, str(row["label"]), *row["cells"]] for name, found in context["groups"] for row in found]
        return as_download(request, _("权限表"), [_("哪一类"), _("能做的事"), *context["columns"]], cells, (14, 24))
    return render(request, "accounts/desk/permissions.html", context)


def _why(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """The decision for one verb, at one place or anywhere, and who could instead."""
    verbs = {r.verb: r for r in table.rows()}
    row = verbs.get(request.GET["verb"])
    if row is None:
        raise NotFound("no_verb", _("权限表里没有这件事。"))
    path, said, problem = "", request.GET.get("place", "").strip(), ""
    if said:
        try:
            place = PlaceField(required=False).clean(said)
            path = place.path if place else ""
        except Exception as error:  # the box's own words say what is wrong with it
            problem = " ".join(getattr(error, "messages", [str(error)]))
    decision = table.decide(actor, row.verb, path, unit_ids=frozenset(actor.unit_ids), own=True)
    if not said and not decision.allowed:
        ways = table.reach_of(actor, row.verb)
        decision = table.Decision(True, row.verb, ways[0][1].role, ways[0][0]) if ways else decision
    who = "、".join(str(ROLES[r]) for r in row.reach_by_role if r in ROLES) or _("登录后的用户")
    conditions = {"area": _("在您的辖区内"), "unit": _("只对派给您单位的事项"), "own": _("只对您自己的事项")}
    return {
        "allowed": decision.allowed,
        "label": str(row.label),
        "role": str(ROLES.get(decision.role, _("登录后的用户"))),
        "condition": conditions.get(decision.reach, ""),
        "who": who,
        "problem": problem,
        "mine": "、".join(sorted({str(ROLES[r]) for r in actor.roles if r in ROLES})) or _("没有角色"),
    }
