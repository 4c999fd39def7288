"""Units at the Desk: the list with its file, a new one, one of them mended."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from linli.kernel.access.asking import actor_and_now, answer_to, reach
from linli.kernel.access.roles import ROLES
from linli.kernel.accounts import actions
from linli.kernel.accounts.desk_forms import MendUnitForm, NewUnitForm
from linli.kernel.accounts.models import Unit, UnitKind
from linli.kernel.accounts.queries import unit_by_id, unit_page
from linli.kernel.places.queries import place_choices
from linli.web.downloads import MOST, as_download, asked_as, downloads


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def units(request: HttpRequest) -> HttpResponseBase:
    actor, _now = actor_and_now(request)
    paths, text, kind = reach(actor, "unit.edit"), request.GET.get("q", ""), request.GET.get("kind", "")
    wanted = kind if kind in UnitKind.values else ""
    if asked_as(request):
        return _units_file(request, unit_page(actor, text=text, kind=wanted, limit=MOST + 1))
    rows = unit_page(actor, text=text, kind=wanted)
    superiors = Unit.objects.filter(pk__in=[u.pk for u in (rows if not (text or kind) else unit_page(actor))])
    form, status = NewUnitForm(request.POST or None, reach=paths, superiors=superiors), 200
    if request.method == "POST":
        status = 422
        made = answer_to(
            request,
            form,
            lambda: actions.ensure_unit(actor=actor, **form.cleaned_data),
            lambda unit: _("“%(name)s”已经在单位名录里。") % {"name": unit.name},
            lambda unit: f"/desk/units/{unit.pk}/",
        )
        if made is not None:
            return made
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
    actor, now = actor_and_now(request)
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
        mended = answer_to(
            request,
            form,
            lambda: actions.mend_unit(actor=actor, unit=found, now=now, **form.cleaned_data),
            _("已保存。"),
            f"/desk/units/{found.pk}/",
        )
        if mended is not None:
            return mended
    context = {
        "unit": found,
        "form": form,
        "members": list(found.grants.select_related("account").order_by("-starts_at")[:50]),
        "role_names": ROLES,
        "moment": now,
    }
    return render(request, "accounts/desk/unit.html", context, status=status)
