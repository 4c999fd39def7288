"""The permission table as people read it, and why the reader may or may not do one thing in one place."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now
from linli.kernel.access.refusals import NotFound
from linli.kernel.access.roles import ROLES
from linli.kernel.places.forms import PlaceField
from linli.web.downloads import as_download, asked_as, downloads


def reach_words(reached: str) -> str:
    return {"area": _("辖区"), "unit": _("本单位"), "own": _("本人")}.get(reached, "")


@login_required
@require_safe
def permissions(request: HttpRequest) -> HttpResponseBase:
    """The whole table as words, and why the reader may or may not do one thing in one place."""
    actor, _now = actor_and_now(request)
    table.require(actor, "permission.read")
    text, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    rows = [r for r in table.rows() if (not text or text in str(r.label)) and (not kind or r.verb.partition(".")[0] == kind)]
    groups: dict[str, list[table.Row]] = {}
    for row in rows:
        groups.setdefault(table.kind_words(row.verb), []).append(row)
    kinds = sorted({r.verb.partition(".")[0] for r in table.rows()})
    context: dict[str, Any] = {
        "groups": [
            (
                name,
                [
                    {
                        "label": r.label,
                        "mine": table.holds(actor, r.verb, own=True),
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
        "kinds": [("", _("全部")), *((k, table.kind_words(k)) for k in kinds)],
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
    who = _("、").join(str(ROLES[r]) for r in row.reach_by_role if r in ROLES) or _("登录后的用户")
    conditions = {"area": _("在您的辖区内"), "unit": _("只对派给您单位的事项"), "own": _("只对您自己的事项")}
    return {
        "allowed": decision.allowed,
        "label": str(row.label),
        "role": str(ROLES.get(decision.role, _("登录后的用户"))),
        "condition": conditions.get(decision.reach, ""),
        "who": who,
        "problem": problem,
        "mine": _("、").join(sorted({str(ROLES[r]) for r in actor.roles if r in ROLES})) or _("没有角色"),
    }
