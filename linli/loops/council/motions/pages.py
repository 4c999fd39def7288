"""Motions on the Square: the bank and the list, one motion with what its reader can do now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access.actor import ANONYMOUS, Actor
from linli.kernel.access.asking import actor_and_now, one_of_many, put_on, sign_in_at
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.access.together import answered, beside
from linli.kernel.matters.models import Matter
from linli.kernel.matters.nearby import around, here, place_or_none
from linli.kernel.matters.panels import panels_of
from linli.kernel.matters.promises import calendar
from linli.loops.council.motions.actions import carrying, deciding, holding, raising, seconding
from linli.loops.council.motions.after import after_result
from linli.loops.council.motions.files import motions_file
from linli.loops.council.motions.forms import (
    OPTION_ROWS,
    ORDERS,
    AmendForm,
    ListForm,
    ObjectForm,
    OpinionForm,
    OptionsForm,
    RateForm,
    WithdrawForm,
    options_of,
)
from linli.loops.council.motions.one_page import context_of
from linli.loops.council.motions.queries import Wanted, motion_page
from linli.loops.council.motions.rows import shown, stages
from linli.loops.council.motions.rules import RUNGS, TOPICS
from linli.loops.council.motions.square_queries import motion_of_ref, text_of_ref
from linli.loops.council.motions.whole import Whole, whole_motion
from linli.loops.council.motions.wording import standing_of
from linli.web.downloads import PUBLIC_MOST, asked_as, downloads
from linli.web.jinja import Fragment
from linli.web.navigation import entries as nav_entries

_LIST: Final = Fragment("motions/list.html", "rows")


def tabs_names() -> list[tuple[str, str]]:
    return [
        ("", _("全部")),
        ("seconding", _("征集附议")),
        ("in_bank", _("在议题库")),
        ("deciding", _("正在协商和表决")),
        ("carrying_out", _("落实中")),
        ("done", _("已办成")),
    ]


def wanted_of(form: ListForm) -> Wanted:
    """What a list form asks for; what does not exist is left out."""
    return Wanted(
        place=place_or_none(form.given("place")),
        topic=form.given("topic") or "",
        rung=form.given("rung") or "",
        status=form.given("status") or "",
        text=form.given("q") or "",
        order=form.given("order") or "new",
        mine=bool(form.given("mine")),
    )


def query_of(form: ListForm, **change: Any) -> str:
    """The filters as a query string, with some changed (None takes one out); the page's start is never carried on."""
    kept = {k: v for k, v in form.data.items() if k in form.fields and v and k != "after" and k not in form.errors}
    return urlencode({k: v for k, v in {**kept, **change}.items() if v})


@require_safe
def motion_list(request: HttpRequest) -> HttpResponseBase:
    """The motion bank and every motion the reader may know of, by tab, narrowed and ordered as they chose."""
    actor, now = actor_and_now(request)
    form = ListForm(request.GET)
    wanted = wanted_of(form)
    if asked_as(request):
        return motions_file(request, actor, wanted, now)
    page = motion_page(actor, wanted, now, after=form.given("after"))
    found = around(wanted.place or here(actor).place)
    line = found.line or ([found.place] if found.place else [])
    places = [("", _("所有地方")), *((str(p.pk), p.name) for p in line), *((str(p.pk), f"— {p.name}") for p in found.under)]
    context = {
        "form": form,
        "not_understood": sorted(form.errors),
        "rows": [shown(r, now) for r in page.rows],
        "next": f"?{query_of(form, after=page.next_after)}" if page.next_after else "",
        "first": not form.given("after"),
        "chips": _chips(form, wanted),
        "tabs": [
            {
                "label": label,
                "href": f"{reverse('motions:list')}?{query_of(form, status=code)}".rstrip("?"),
                "current": wanted.status == code,
            }
            for code, label in tabs_names()
        ],
        "beside": nav_entries("council", request),
        "place_options": places,
        "topic_options": form.fields["topic"].choices,  # type: ignore[attr-defined]  # a choice field
        "rung_options": form.fields["rung"].choices,  # type: ignore[attr-defined]  # a choice field
        "order_options": ORDERS,
        "query": query_of(form),
        "exports": downloads(request, most=PUBLIC_MOST),
        "status": wanted.status,
        "mine": wanted.mine,
    }
    return _LIST(request, context)


def _chips(form: ListForm, wanted: Wanted) -> list[dict[str, str]]:
    """The filters in force, each with the address that takes it out."""
    labels = {
        "q": _("含“%(text)s”") % {"text": wanted.text} if wanted.text else "",
        "place": wanted.place.name if wanted.place else "",
        "topic": str(TOPICS.get(wanted.topic, "")),
        "rung": str(RUNGS.get(wanted.rung, "")),
        "mine": _("我提出和附议的") if wanted.mine else "",
    }
    return [{"label": label, "href": f"?{query_of(form, **{name: None})}"} for name, label in labels.items() if label]


# --- one motion --------------------------------------------------------------------------------------------
@never_cache
@require_safe
def one(request: HttpRequest, ref: str) -> HttpResponse:
    actor, now = actor_and_now(request)
    text = text_of_ref(actor, ref)
    matter = text.motion.matter
    if ref != matter.ref:
        return HttpResponseRedirect(reverse("motions:one", args=[matter.ref]))
    return _one(request, whole_motion(actor, matter, now, text=text), now)


def _one(
    request: HttpRequest, seen: Whole, now: datetime, *, status: int = 200, refused: Refused | None = None, **forms: Any
) -> HttpResponse:
    actor, _now = actor_and_now(request)
    back = reverse("motions:one", args=[seen.matter.ref])
    # Whoever looks at it, what can be attacked is told as to anybody.
    after = after_result(ANONYMOUS, seen.matter, seen.decisions, {line.entry.verb for line in seen.lines}, desk=False)
    contest, panels = answered(beside(after, panels_of(actor, seen.matter, now)))
    context = context_of(seen, now) | {
        "contest": contest,
        "panels": panels,
        "object_form": ObjectForm(prefix="object") if "object" in seen.may else None,
        "opinion_form": OpinionForm(prefix="opinion") if "accept_work" in seen.may else None,
        "rate_form": RateForm(prefix="rate") if "rate" in seen.may else None,
        "withdraw_form": WithdrawForm(prefix="withdraw") if "withdraw" in seen.may and seen.is_raiser else None,
        "sign_in": sign_in_at(back) if actor.is_anonymous else "",
        "page_url": f"{settings.PUBLIC_URL}{back}",
        "refused": refused,
    }
    return render(request, "motions/one.html", context | forms, status=status)


def _act(request: HttpRequest, ref: str, form: Any, name: str, act: Callable[[Actor, Matter, datetime], Any], done: str) -> HttpResponse:
    """Do one act from the page of a motion: to sign in first when nobody is, back to the page with what was typed when it was refused."""
    actor, now = actor_and_now(request)
    matter = motion_of_ref(actor, ref)
    back = reverse("motions:one", args=[matter.ref])
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(back))
    came = one_of_many(request, form, lambda: act(actor, matter, now), done, back)
    if isinstance(came, HttpResponse):
        return came
    seen = whole_motion(actor, motion_of_ref(actor, ref), now)
    return _one(request, seen, now, status=came.status if came else 422, refused=came, **({name: form} if form else {}))


@require_POST
def second(request: HttpRequest, ref: str) -> HttpResponse:
    return _act(
        request,
        ref,
        None,
        "",
        lambda actor, matter, now: seconding.second(actor=actor, matter_id=matter.pk, now=now),
        _("记下了：您家附议。有进展会告诉您。"),
    )


@require_POST
def unsecond(request: HttpRequest, ref: str) -> HttpResponse:
    return _act(
        request,
        ref,
        None,
        "",
        lambda actor, matter, now: seconding.unsecond(actor=actor, matter_id=matter.pk, now=now),
        _("已经收回您家的附议。"),
    )


@require_POST
def submit(request: HttpRequest, ref: str) -> HttpResponse:
    return _act(
        request,
        ref,
        None,
        "",
        lambda actor, matter, now: raising.submit(actor=actor, matter_id=matter.pk, now=now),
        _("已经提交，邻居现在能看到了。"),
    )


@require_POST
def object_to(request: HttpRequest, ref: str) -> HttpResponse:
    form = ObjectForm(request.POST, prefix="object")
    return _act(
        request,
        ref,
        form,
        "object_form",
        lambda actor, matter, now: deciding.object_to(actor=actor, matter_id=matter.pk, now=now, text=form.cleaned_data["text"]),
        _("异议已经记下，会有答复；答复以前结果不生效。"),
    )


@require_POST
def opinion(request: HttpRequest, ref: str) -> HttpResponse:
    form = OpinionForm(request.POST, prefix="opinion")
    return _act(
        request,
        ref,
        form,
        "opinion_form",
        lambda actor, matter, now: carrying.give_opinion(
            actor=actor, matter_id=matter.pk, now=now, accepts=form.cleaned_data["accepts"] == "1", text=form.cleaned_data["text"]
        ),
        _("验收意见已经记下。"),
    )


@require_POST
def rate(request: HttpRequest, ref: str) -> HttpResponse:
    form = RateForm(request.POST, prefix="rate")

    def act(actor: Actor, matter: Matter, now: datetime) -> Matter:
        given = form.cleaned_data
        solved = {"1": True, "0": False}.get(given["solved"])
        return carrying.rate(
            actor=actor, matter_id=matter.pk, now=now, satisfied=given["satisfied"] == "1", solved=solved, comment=given["comment"]
        )

    return _act(request, ref, form, "rate_form", act, _("谢谢您的评价。"))


@require_POST
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    form = WithdrawForm(request.POST, prefix="withdraw")
    return _act(
        request,
        ref,
        form,
        "withdraw_form",
        lambda actor, matter, now: holding.withdraw(actor=actor, matter_id=matter.pk, now=now, text=form.cleaned_data["text"]),
        _("已经撤回，不再继续。"),
    )


# --- the writer changes their own draft ---------------------------------------------------------------------
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: HttpRequest, ref: str) -> HttpResponse:
    """Change one's own draft: a new version, the old one stays. Once it was handed in its text is the staff's to change, with a reason."""
    actor, now = actor_and_now(request)
    matter = motion_of_ref(actor, ref)
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(request.get_full_path()))
    seen = whole_motion(actor, matter, now)
    if not seen.is_raiser or matter.state != "draft":
        raise Refused(
            "not_your_draft",
            _("只有提出人能改自己的草稿；提交以后文本不能自己改，要改请找社区或业委会。"),
            turn_to=_("可以在协商时提出修改意见。"),
        )
    typed = [
        {
            "title": o["title"],
            "text": o["text"],
            "cost": f"{o['cost_fen'] / 100:.2f}".removesuffix(".00") if o["cost_fen"] is not None else "",
        }
        for o in seen.text.options
    ]
    if request.method != "POST":
        form = AmendForm(initial={"title": seen.text.title, "body": seen.text.body})
        return _amend_page(request, matter, form, OptionsForm(rows=typed, count=max(OPTION_ROWS, len(typed))), now)
    form, options = AmendForm(request.POST), OptionsForm(request.POST, count=rows_sent(request))
    if request.POST.get("more"):
        return _amend_page(request, matter, form, OptionsForm(rows=options.typed(), count=rows_sent(request) + 1), now)
    if all([form.is_valid(), options.is_valid()]):
        try:
            given = form.cleaned_data
            raising.amend(
                actor=actor,
                matter_id=matter.pk,
                now=now,
                title=given["title"],
                body=given["body"],
                options=options_of(options.typed()),
                note=given["note"],
            )
        except Invalid as error:
            put_on(form, error)
        except Refused as error:
            form.add_error(None, str(error.text))
        else:
            messages.success(request, _("新的一版已经保存，原来的版本也留着。"))
            return HttpResponseRedirect(reverse("motions:one", args=[matter.ref]))
    return _amend_page(request, matter, form, options, now, status=422)


def rows_sent(request: HttpRequest) -> int:
    """How many rows of options the form had."""
    return max((i + 1 for i in range(12) if f"title_{i}" in request.POST), default=OPTION_ROWS)


def _amend_page(request: HttpRequest, matter: Matter, form: Any, options: OptionsForm, now: datetime, *, status: int = 200) -> HttpResponse:
    context = {"matter": matter, "form": form, "options": options, "stages": stages(), "standing": standing_of(matter, now, calendar())}
    return render(request, "motions/amend.html", context, status=status)
