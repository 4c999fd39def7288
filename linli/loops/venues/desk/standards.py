"""Standards at the Desk: the pack's and the places' own; one is followed by another from a day on, or ended, never edited."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import put_on, reach
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.desk import at_desk
from linli.kernel.places.forms import shown
from linli.kernel.places.models import Place
from linli.kernel.places.queries import place_choices, places_called
from linli.law.venues import Standard, standard_from, standards
from linli.lib.units import parse_date
from linli.loops.venues import wording
from linli.loops.venues.actions import setting
from linli.loops.venues.forms import StandardForm, standard_initial
from linli.loops.venues.models import OwnStandard
from linli.loops.venues.standing import today_of, tongue
from linli.web.downloads import as_download, asked_as, downloads
from linli.web.words import day

HOME: Final = "/desk/settings/venue-standards/"


def _who(request: HttpRequest) -> tuple[Actor, Any]:
    actor, now = worker_and_now(request)
    if not table.holds(actor, setting.VERB):
        raise table.refusal(actor, setting.VERB)
    return actor, now


@require_GET
@at_desk
def index(request: HttpRequest) -> HttpResponseBase:
    """Every standard of the pack with its source and how firmly it stands, and what places set instead."""
    actor, now = _who(request)
    today = today_of(now)
    rows = list(OwnStandard.objects.select_related("place").order_by("code", "-starts_on", "-pk"))
    standing = [r for r in rows if r.ends_on is None or r.ends_on > today]
    own, pack = [_own_row(actor, r, today) for r in standing], [_pack_row(s) for s in standards()]
    if asked_as(request):
        return _file(request, own, pack)
    context = {
        "own": own,
        "ended": len(rows) - len(standing),
        "pack": pack,
        "today": today,
        "exports": downloads(request, most=0),
    }
    return render(request, "venues/desk/standards.html", context)


def _file(request: HttpRequest, own: list[dict[str, Any]], pack: list[dict[str, Any]]) -> HttpResponseBase:
    """Both lists of the page one below the other: what places set, then the pack."""
    everybody = _("所有场地")
    lines = [
        [
            _("本地的标准"), r["code"], r["name"], _("不再适用") if r["off"] else r["asked"], r["for"] or everybody, r["where"], r["source"],
            f"{r['since']} {r['until']}".strip(),
        ]
        for r in own
    ]  # fmt: skip
    lines += [
        [
            _("方案里的标准"), r["code"], r["name"], r["asked"], r["for"] or everybody, "", r["source"],
            " · ".join(w for w in (r["confidence"], r["note"]) if w),
        ]
        for r in pack
    ]  # fmt: skip
    header = (_("哪一种"), _("编号"), _("标准"), _("要求"), _("用于"), _("用在哪里"), _("依据"), _("说明"))
    return as_download(request, _("场地标准"), header, lines, (16, 20, 28, 32, 24, 20, 40, 40))


def _pack_row(s: Standard) -> dict[str, Any]:
    return {
        "code": s.code,
        "name": s.name(tongue()),
        "group": str(wording.GROUPS[s.group]),
        "asked": wording.asked(s),
        "measure": str(wording.MEASURES[s.measure]),
        "for": wording.for_whom(s),
        "source": wording.source_words(s.cites),
        "confidence": str(wording.CONFIDENCE[s.confidence]),
        "note": s.note(tongue()),
    }


def _own_row(actor: Actor, row: OwnStandard, today: date) -> dict[str, Any]:
    pack = next((s for s in standards() if s.code == row.code), None)
    made = standard_from(row.data) if not row.off else pack
    plain = _pack_row(made) if made is not None else {"name": row.code, "asked": "", "for": "", "group": ""}
    since = _("%(when)s 起") % {"when": day(row.starts_on, today)}
    until = _("%(when)s 停用") % {"when": day(row.ends_on, today)} if row.ends_on else ""
    return {
        **plain,
        "pk": row.pk,
        "code": row.code,
        "where": row.place.name if row.place else _("全部地点"),
        "off": row.off,
        "replaces": pack is not None,
        "since": since,
        "until": until,
        "coming": row.starts_on > today,
        "source": row.source,
        "may_end": setting.may_set(actor, row.place),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def new(request: HttpRequest) -> HttpResponse:
    """A standard of the place's own, under a new code."""
    _who(request)
    return _form(request, None, {})


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Put another standard in the stead of one: the nearest own one, else the pack's, is where the form begins."""
    _actor, now = _who(request)
    today = today_of(now)
    own = OwnStandard.objects.filter(code=code, off=False).select_related("place").order_by("-pk").first()
    base = standard_from(own.data) if own is not None else next((s for s in standards() if s.code == code), None)
    if base is None:
        raise NotFound("no_standard", _("没有找到这条标准。"))
    initial = {**standard_initial(base, today), "place": shown(own.place) if own is not None and own.place is not None else ""}
    return _form(request, base, initial)


def _form(request: HttpRequest, base: Standard | None, initial: dict[str, Any]) -> HttpResponse:
    actor, now = worker_and_now(request)
    paths = reach(actor, setting.VERB)
    form = StandardForm(request.POST or None, reach=paths, initial={"starts_on": today_of(now), **initial})
    if base is not None:
        form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        v = form.cleaned_data
        try:
            made = setting.set_standard(
                actor=actor,
                data=form.data_of(base.overrides if base is not None else ()),
                place=v["place"],
                starts_on=v["starts_on"],
                source=v["source"],
                now=now,
            )
        except Invalid as problem:
            put_on(form, problem)
        else:
            messages.success(request, _("“%(name)s”从 %(when)s 起生效。") % {"name": made.data["name_zh"], "when": day(made.starts_on)})
            return HttpResponseRedirect(HOME)
    context = {"form": form, "base": base.name(tongue()) if base is not None else "", "places": place_choices(paths)}
    return render(request, "venues/desk/standard.html", context, status=422 if form.is_bound and form.errors else 200)


@require_POST
@at_desk
def off(request: HttpRequest, code: str) -> HttpResponse:
    """A standard of the pack no longer applies at a place, from today."""
    actor, now = _who(request)
    place = _place_in(actor, request.POST.get("place", ""))
    try:
        setting.set_standard(
            actor=actor,
            data={"code": code},
            place=place,
            starts_on=today_of(now),
            source=request.POST.get("source", ""),
            off=True,
            now=now,
        )
    except Invalid as problem:
        messages.error(request, " ".join(str(t) for texts in problem.fields.values() for t in texts) or str(problem.text))
    else:
        messages.success(request, _("从今天起，这条标准在“%(place)s”不再适用。") % {"place": place.name if place else _("全部地点")})
    return HttpResponseRedirect(HOME)


def _place_in(actor: Actor, text: str) -> Place | None:
    """The place a box names; None for everywhere. Raises Invalid for one that is not there."""
    if not text.strip():
        return None
    found = places_called(text, reach(actor, setting.VERB))
    if len(found) != 1:
        raise NotFound("no_place", _("没有找到这个地点，请写名称，或者 # 加编号。"))
    return found[0]


@require_POST
@at_desk
def end(request: HttpRequest, standard_id: int) -> HttpResponse:
    actor, now = _who(request)
    try:
        ends_on = parse_date(request.POST.get("ends_on", "")) if request.POST.get("ends_on") else today_of(now)
        setting.end_standard(actor=actor, standard_id=standard_id, ends_on=ends_on, now=now)
    except Invalid as problem:
        messages.error(request, str(problem.text))
    except ValueError:
        messages.error(request, _("请按“年-月-日”填写，例如 2026-07-10。"))
    else:
        messages.success(request, _("已停用，记录还留着。"))
    return HttpResponseRedirect(HOME)
