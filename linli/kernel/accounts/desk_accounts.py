"""Accounts at the Desk: opened, given roles for a place and a time, closed; their passwords, second factors and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.asking import actor_and_now, answer_to, number_in, put_on, query, reach, told
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.access.roles import ROLES, SEPARATED
from linli.kernel.accounts import actions
from linli.kernel.accounts.desk_forms import GrantForm, NewAccountForm
from linli.kernel.accounts.first_passwords import open_with_first_password
from linli.kernel.accounts.models import Account, ApiToken, Grant
from linli.kernel.accounts.queries import Held, account_by_id, account_page, grants_of
from linli.kernel.places.queries import place_choices
from linli.lib.masking import mask_phone
from linli.web.downloads import STEP, as_download, asked_as, downloads, every


@login_required
@require_safe
def accounts(request: HttpRequest) -> HttpResponseBase:
    actor, now = actor_and_now(request)
    text, role, state = request.GET.get("q", ""), request.GET.get("role", ""), request.GET.get("state", "open")
    if asked_as(request):
        return _accounts_file(request, text=text, role=role if role in ROLES else "", state=state)
    rows, more = account_page(
        actor, now=now, text=text, role=role if role in ROLES else "", state=state, before=number_in(request.GET.get("before"))
    )
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
    actor, now = actor_and_now(request)
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
    actor, now = actor_and_now(request)
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
    actor, _now = actor_and_now(request)
    return _account_page(request, account_by_id(actor, account_id))


def page_of(account_id: int) -> str:
    return f"/desk/accounts/{account_id}/"


def _account_page(
    request: HttpRequest, account: Account, *, form: GrantForm | None = None, secret: str = "", status: int = 200
) -> HttpResponse:
    actor, now = actor_and_now(request)
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
    actor, now = actor_and_now(request)
    holder = account_by_id(actor, account_id)
    form = GrantForm(request.POST, reach=reach(actor, "account.grant"))

    def give() -> Grant:
        starts_at, ends_at = form.span(now)
        chosen = form.cleaned_data
        return actions.grant_role(
            actor=actor,
            account=holder,
            role=chosen["role"],
            place=chosen["place"],
            unit=chosen["unit"],
            now=now,
            starts_at=starts_at,
            ends_at=ends_at,
        )

    try:
        given = answer_to(request, form, give, lambda grant: _("已授予“%(role)s”。") % {"role": ROLES[grant.role]}, page_of(holder.pk))
    except Refused as problem:
        given = None
        form.add_error(None, f"{problem.text}{_('（依据：%(rule)s）') % {'rule': problem.rule} if problem.rule else ''}")
    return given or _account_page(request, holder, form=form, status=422)


@login_required
@require_POST
def end_one_grant(request: HttpRequest, account_id: int, grant_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    holder = account_by_id(actor, account_id)
    found = holder.grants.select_related("place", "account").filter(pk=grant_id).first()
    if found is None:
        raise NotFound("no_grant", _("没有找到这项授权。"))
    actions.end_grant(actor=actor, grant=found, now=now)
    return told(request, _("已收回“%(role)s”。") % {"role": ROLES[found.role]}, page_of(holder.pk))


@login_required
@require_POST
def close(request: HttpRequest, account_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    holder = account_by_id(actor, account_id)
    actions.close_account(actor=actor, account=holder, now=now)
    return told(request, _("账号已停用，角色、令牌和登录都已结束。"), page_of(holder.pk))


@login_required
@require_POST
def reopen(request: HttpRequest, account_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    holder = account_by_id(actor, account_id)
    actions.reopen_account(actor=actor, account=holder, now=now)
    return told(request, _("账号已恢复，角色要重新授予。"), page_of(holder.pk))


@never_cache
@login_required
@require_POST
def password(request: HttpRequest, account_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    holder = account_by_id(actor, account_id)
    return _account_page(request, holder, secret=actions.reset_password(actor=actor, account=holder, now=now))


@login_required
@require_POST
def factor(request: HttpRequest, account_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    holder = account_by_id(actor, account_id)
    actions.reset_second_factor(actor=actor, account=holder, now=now)
    return told(request, _("第二步验证已清除，下次登录时要重新设置。"), page_of(holder.pk))


@login_required
@require_POST
def revoke_one_token(request: HttpRequest, account_id: int, token_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    actions.revoke_token(actor=actor, token_id=token_id, now=now)
    return told(request, _("令牌已经收回。"), page_of(account_id))
