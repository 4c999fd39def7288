"""The place tree at the Desk: browse, add, rename, draw, move, merge and split, each with a preview of what it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, put_on, reach
from linli.kernel.access.paths import within
from linli.kernel.access.refusals import Invalid, NotFound, said
from linli.kernel.places import actions
from linli.kernel.places.drawings import surroundings
from linli.kernel.places.forms import AddForm, DetailForm, NamesForm, OutlineForm, PointForm, RenameForm, SplitForm, TargetForm
from linli.kernel.places.models import CommunityType, Kind, Place, PlaceChange
from linli.kernel.places.queries import chain, children_of, count_below, history_of, place_at, place_by_id, place_choices, roots_in_reach
from linli.lib.geo import GeoError, check_outline, wgs84_from_gcj02
from linli.web.downloads import MOST, as_download, asked_as, downloads
from linli.web.drawing import Outline

PAGE = 100


def _reach(actor: Actor) -> list[str]:
    """The subtrees the actor keeps. Raises NotAllowed when there are none."""
    paths = reach(actor, "place.edit")
    if not paths:
        raise table.refusal(actor, "place.edit")
    return paths


def _mine(actor: Actor, place_id: int) -> Place:
    """A place in the actor's reach; others are as if they were not there."""
    found = place_by_id(place_id)
    if not any(within(found.path, path) for path in _reach(actor)):
        raise NotFound("no_place", _("没有找到这个地点，或者不在您的范围里。"))
    return found


@login_required
@require_safe
def tops(request: HttpRequest) -> HttpResponseBase:
    """Where the actor's subtrees begin, or the places a name finds."""
    actor, _now = actor_and_now(request)
    paths, text = _reach(actor), request.GET.get("q", "").strip()
    if asked_as(request):
        return _file(request, pgettext("menu", "地点"), roots_in_reach(paths, text, limit=MOST + 1))
    rows = roots_in_reach(paths, text)
    if not text and len(rows) == 1 and not any(p == "" for p in paths):
        return HttpResponseRedirect(f"/desk/places/{rows[0].pk}/")
    context = {"rows": rows, "text": text, "chains": _chains(rows), "may_add": "" in paths, "exports": downloads(request)}
    return render(request, "places/desk/tops.html", context)


def _file(request: HttpRequest, name: str, places: Sequence[Place]) -> HttpResponseBase:
    """Places with the names above them. One query."""
    above = _chains(list(places))
    header = (_("编号"), _("名称"), _("级别"), _("代码"), _("上级地点"), _("电话"), _("坐标（WGS-84）"), _("轮廓"))
    lines = (
        [
            p.pk,
            p.name,
            str(p.get_kind_display()),
            p.code,
            above.get(p.pk, ""),
            p.phone,
            f"{p.point[0]:.6f}, {p.point[1]:.6f}" if p.point else "",
            _("有") if p.outline else "",
        ]
        for p in places
    )
    return as_download(request, name, header, lines, (10, 24, 10, 16, 40, 16, 24, 8))


def _chains(rows: list[Place]) -> dict[int, str]:
    from linli.kernel.places.queries import names_above

    return names_above(rows)


@login_required
@require_safe
def place(request: HttpRequest, place_id: int) -> HttpResponseBase:
    actor, _now = actor_and_now(request)
    found = _mine(actor, place_id)
    children = children_of(found)
    if asked_as(request):
        return _file(request, _("%(name)s下面的地点") % {"name": found.name}, children)
    page = Paginator(children, PAGE).get_page(request.GET.get("page"))
    shapes = list(_shapes(found, children))
    line = chain(found)
    mine = _reach(actor)
    context = {
        "place": found,
        "kind": Kind(found.kind).label,
        "type": CommunityType(found.community_type).label,
        "crumbs": [
            (pgettext("menu", "地点"), "/desk/places/"),
            *[(p.name, f"/desk/places/{p.pk}/" if any(within(p.path, m) for m in mine) else "") for p in line],
        ],
        "page": page,
        "count": len(children),
        "exports": downloads(request),
        "kinds": dict(Kind.choices),
        "shapes": shapes,
        "history": [_change_words(c) for c in history_of(found)][::-1][:50],
        "merged_into": found.merged_into,
        "names": "、".join(found.names.order_by("id").values_list("name", flat=True)),
        "people_href": f"/desk/homes/{found.pk}/" if found.kind == Kind.HOME else "",
    }
    return render(request, "places/desk/place.html", context)


def _shapes(found: Place, children: list[Place]) -> Iterator[Outline]:
    if found.outline:
        yield from (Outline(str(found.pk), found.name, ring, kind="ground") for ring in rings(found.outline))
    for child in children:
        if child.outline:
            yield from (Outline(str(child.pk), child.name, ring, href=f"/desk/places/{child.pk}/") for ring in rings(child.outline))


def rings(outline: dict[str, Any]) -> list[list[list[float]]]:
    """The outer ring of each polygon."""
    coordinates = outline["coordinates"]
    return [polygon[0] for polygon in ([coordinates] if outline["type"] == "Polygon" else coordinates)]


def _change_words(change: PlaceChange) -> dict[str, Any]:
    before, after = change.before, change.after
    words = {
        "added": _("登记"),
        "renamed": _("由“%(before)s”改名为“%(after)s”") % {"before": before.get("name", ""), "after": after.get("name", "")},
        "drawn": _("更新轮廓或坐标"),
        "moved": _("移到另一个上级之下"),
        "merged": _("并入另一个地点"),
        "split": _("拆出一部分"),
        "described": _("更新类型和电话"),
        "named": _("更新别名和地标"),
    }
    return {
        "who": change.by_name or _("系统"),
        "when": change.at,
        "what": "",
        "title": words.get(change.verb, _("有改动")),
        "kind": "staff",
    }


# --- one act, one page ---------------------------------------------------------------------------
def _act(
    request: HttpRequest, found: Place | None, form: Form, title: str, button: str, do: Callable[[], Place], done: str, **more: Any
) -> HttpResponse:
    """Draw the form, or do the act and go to where it led; a refusal of input comes back with what was typed."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and "preview" not in request.POST:
            try:
                result = do()
            except Invalid as problem:
                put_on(form, problem)
            else:
                messages.success(request, done)
                return HttpResponseRedirect(f"/desk/places/{result.pk}/")
        elif form.is_valid():
            status = 200
    context = {
        "place": found,
        "form": form,
        "title": title,
        "button": button,
        "places": [],
        "effects": [],
        "upload": False,
        "danger": False,
        "ask_first": False,
        **more,
    }
    return render(request, "places/desk/act.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_top(request: HttpRequest) -> HttpResponse:
    actor, now = actor_and_now(request)
    table.require(actor, "place.edit", "")
    form = AddForm(request.POST or None)
    return _act(
        request,
        None,
        form,
        _("登记省级或市级地点"),
        _("登记"),
        lambda: actions.add_place(actor=actor, parent=None, now=now, **form.cleaned_data),
        _("已登记。"),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, place_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    parent = _mine(actor, place_id)
    form = AddForm(request.POST or None, below=parent.kind)
    title = _("在“%(name)s”之下登记地点") % {"name": parent.name}
    return _act(
        request,
        parent,
        form,
        title,
        _("登记"),
        lambda: actions.add_place(actor=actor, parent=parent, now=now, **form.cleaned_data),
        _("已登记。"),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, place_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = _mine(actor, place_id)
    form = RenameForm(request.POST or None, initial={"name": found.name})
    effects = [_("已有事项从此显示新名称，旧名称留在变更记录里。")]
    title = _("给“%(name)s”改名") % {"name": found.name}
    return _act(
        request,
        found,
        form,
        title,
        _("改名"),
        lambda: actions.rename_place(actor=actor, place=found, name=form.cleaned_data["name"], now=now),
        _("已改名。"),
        effects=effects,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def describe(request: HttpRequest, place_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = _mine(actor, place_id)
    form = DetailForm(request.POST or None, initial={"community_type": found.community_type, "phone": found.phone})
    return _act(
        request,
        found,
        form,
        _("类型和电话"),
        _("保存"),
        lambda: actions.describe_place(actor=actor, place=found, now=now, **form.cleaned_data),
        _("已保存。"),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def names(request: HttpRequest, place_id: int) -> HttpResponse:
    """The other words people have for a place, by which it is found in what they write."""
    actor, now = actor_and_now(request)
    found = _mine(actor, place_id)
    kept: dict[str, list[str]] = {}
    for name in found.names.order_by("id"):
        kept.setdefault(name.why, []).append(name.name)
    form = NamesForm(request.POST or None, initial={why: "、".join(told) for why, told in kept.items()})
    return _act(
        request,
        found,
        form,
        _("大家还怎么叫“%(name)s”") % {"name": found.name},
        _("保存"),
        lambda: actions.name_place(actor=actor, place=found, names=form.names(), now=now),
        _("已保存。"),
        effects=[_("只用来在居民写的话里认出这个地点，页面上仍显示正式名称。")],
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def outline(request: HttpRequest, place_id: int) -> HttpResponse:
    """Upload, paste or draw an outline, or write a point; GCJ-02 is converted, and the drawing can be looked at before it is kept."""
    actor, now = actor_and_now(request)
    found = _mine(actor, place_id)
    form = OutlineForm(request.POST or None, request.FILES or None)
    shapes: list[Outline] = []
    geojson: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["geojson"]
        try:
            geojson = in_wgs84(given, form.cleaned_data["datum"]) if given is not None else None
            shapes = [Outline(str(found.pk), found.name, ring) for ring in rings(geojson)] if geojson else []
        except Invalid as problem:
            put_on(form, problem)
    title = _("“%(name)s”的轮廓和坐标") % {"name": found.name}

    def keep() -> Place:
        point, datum = form.cleaned_data["point"], form.cleaned_data["datum"]
        return actions.draw_place(actor=actor, place=found, outline=geojson, point=point, datum=datum, now=now)

    drawn = found.outline or {}
    plain = drawn.get("type") == "Polygon" and len(drawn["coordinates"]) == 1
    more = {"shapes": shapes, "around": surroundings(found), "as_kept": drawn["coordinates"][0][:-1] if plain else []}
    return _act(request, found, form, title, _("保存"), keep, _("已保存。"), upload=True, ask_first=True, **more)


def in_wgs84(given: Any, datum: str) -> dict[str, Any]:
    """A checked outline in WGS-84. Raises Invalid on the field `outline`."""
    try:
        checked = check_outline(given)
        if datum == "gcj02":
            checked = check_outline({"type": checked["type"], "coordinates": _converted(checked["coordinates"])})
    except GeoError as problem:
        raise Invalid("bad_outline", said(problem), fields={"outline": [said(problem)]}) from None
    return checked


def _converted(coordinates: Any) -> Any:
    """[longitude, latitude] pairs at whatever depth, from GCJ-02."""
    if coordinates and isinstance(coordinates[0], int | float):
        latitude, longitude = wgs84_from_gcj02(coordinates[1], coordinates[0])
        return [longitude, latitude]
    return [_converted(inner) for inner in coordinates]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, place_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = _mine(actor, place_id)
    paths = _reach(actor)
    form = TargetForm(request.POST or None, reach=paths, kinds=[k.value for k in Kind][: [k.value for k in Kind].index(found.kind)])
    form.fields["target"].label = _("移到谁的下面")
    effects = _effects(found, _("没有办结的事项跟着走；已经办结的留在原处。"))
    title = _("移动“%(name)s”") % {"name": found.name}
    return _act(
        request,
        found,
        form,
        title,
        _("移动"),
        lambda: actions.move_place(actor=actor, place=found, parent=form.cleaned_data["target"], now=now),
        _("已移动。"),
        effects=effects,
        places=place_choices(paths),
        danger=True,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, place_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = _mine(actor, place_id)
    paths = _reach(actor)
    form = TargetForm(request.POST or None, reach=paths, kinds=[found.kind])
    form.fields["target"].label = _("并入哪一个%(kind)s") % {"kind": Kind(found.kind).label}
    effects = _effects(found, _("下面的地点移过去，同名的合成一个；“%(name)s”停用，旧链接指向新地点。") % {"name": found.name})
    title = _("合并“%(name)s”") % {"name": found.name}
    return _act(
        request,
        found,
        form,
        title,
        _("合并"),
        lambda: actions.merge_places(actor=actor, source=found, target=form.cleaned_data["target"], now=now),
        _("已合并。"),
        effects=effects,
        places=place_choices(paths, [found.kind]),
        danger=True,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def split(request: HttpRequest, place_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = _mine(actor, place_id)
    children = children_of(found)
    form = SplitForm(request.POST or None, children=children[:500])

    def do() -> Place:
        chosen = [c for c in children if c.pk in set(form.cleaned_data["children"])]
        return actions.split_place(actor=actor, place=found, name=form.cleaned_data["name"], children=chosen, now=now)

    effects = [
        _("新地点与“%(name)s”同级，选中的部分连同没有办结的事项移过去。") % {"name": found.name},
        _("现在下面有 %(n)s 处。") % {"n": len(children)},
    ]
    return _act(
        request, found, form, _("拆分“%(name)s”") % {"name": found.name}, _("拆分"), do, _("已拆分。"), effects=effects, danger=True
    )


def _effects(found: Place, rule: str) -> list[str]:
    return [_("连同下面的 %(n)s 处地点。") % {"n": count_below(found)}, rule, _("变更记录会写下是谁在什么时候做的。")]


@login_required
@require_safe
def at_point(request: HttpRequest) -> HttpResponse:
    """Which place holds a point: a tool for whoever has coordinates in hand."""
    actor, _now = actor_and_now(request)
    _reach(actor)
    form = PointForm(request.GET) if request.GET else PointForm()
    found, asked, line = None, False, []
    if request.GET and form.is_valid():
        asked = True
        values = form.cleaned_data
        spot = place_at(values["latitude"], values["longitude"], datum=values["datum"])
        found = spot.place if spot else None
        line = chain(found) if found else []
    return render(request, "places/desk/at.html", {"form": form, "found": found, "asked": asked, "line": line, "kinds": dict(Kind.choices)})
