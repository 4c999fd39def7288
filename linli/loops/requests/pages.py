"""One request on the Square, with what its reader can do; its notice for the wall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, one_of_many, sign_in_at
from linli.kernel.access.refusals import Refused
from linli.kernel.access.together import answered
from linli.kernel.files.actions import gone_if_refused, store_picture
from linli.kernel.files.models import StoredFile
from linli.kernel.matters import actions as matters
from linli.kernel.matters.acts import not_too_many
from linli.kernel.matters.models import Link, Matter, Visibility
from linli.kernel.matters.nearby import here
from linli.kernel.matters.panels import panels_of
from linli.kernel.matters.promises import calendar
from linli.kernel.matters.queries import Line
from linli.kernel.matters.saying import unit_name, with_names, words_of
from linli.lib.masking import scrub
from linli.loops.requests.actions import handling, judging
from linli.loops.requests.cards import stages
from linli.loops.requests.forms import (
    AddForm,
    RateForm,
    WithdrawForm,
)
from linli.loops.requests.rules import WORKFLOW
from linli.loops.requests.square_queries import (
    Called,
    Seen,
    request_of_ref,
    seen_request,
)
from linli.loops.requests.wording import did, grade_words, kind_of, next_words, promised_of, speaker_of, standing_of
from linli.web.words import date_long, day


@never_cache
@require_safe
def one(request: HttpRequest, ref: str) -> HttpResponse:
    actor, now = actor_and_now(request)
    matter = request_of_ref(actor, ref)
    if ref != matter.ref:
        return HttpResponseRedirect(reverse("square:one", args=[matter.ref]))
    return _one(request, seen_request(actor, matter, now), now)


def _one(
    request: HttpRequest, seen: Seen, now: datetime, *, status: int = 200, refused: Refused | None = None, **forms: Any
) -> HttpResponse:
    matter, pause = seen.matter, seen.pause
    reason = scrub(pause.text).text if pause else ""
    actor, _now = actor_and_now(request)
    asked_to_rate = matter.state == "resolved" and "rate" in seen.may
    context = {
        "seen": seen,
        "matter": matter,
        "stages": stages(),
        "standing": standing_of(matter, now, calendar()),
        "promise": promised_of(matter, now, calendar(), review_on=pause.review_on if pause else None, reason=reason),
        "pause_reason": reason,
        "pause_day": day(pause.review_on) if pause and pause.review_on else "",
        "next_words": next_words(matter),
        "declined": _declined(seen),
        "again": {"closed": _("又发生了，再提一件"), "merged": ""}.get(matter.state, _("有新的情况，重新提一件")),
        "facts": _facts(seen),
        "called": [_called_row(c, now) for c in seen.called],
        "entries": timeline_entries(seen.lines, inside=seen.inside, names=seen.units),
        "tied": [_tied_row(t) for t in seen.tied],
        "merged": next((_tied_row(t) for t in seen.tied if t.kind == Link.Kind.DUPLICATE_OF and t.outward), None),
        "panels": answered(panels_of(actor, matter, now)),
        "raised_files": _files(next((x.files for x in seen.lines if x.entry.verb == "raise"), [])),
        "add_form": AddForm(prefix="add") if "add" in seen.may else None,
        "rate_form": RateForm(prefix="rate") if "rate" in seen.may else None,
        "withdraw_form": WithdrawForm(prefix="withdraw") if "withdraw" in seen.may else None,
        "asked_to_rate": asked_to_rate,
        "sign_in": sign_in_at(reverse("square:one", args=[matter.ref])) if actor.is_anonymous else "",
        "page_url": f"{settings.PUBLIC_URL}{reverse('square:one', args=[matter.ref])}",
        "printable": matter.visibility != Visibility.PRIVATE,
        "refused": refused,
        "limit": settings.MAX_UPLOAD_MB,
    }
    return render(request, "requests/one.html", context | forms, status=status)


def _declined(seen: Seen) -> dict[str, str] | None:
    """Why it was not taken up and where to turn instead: the first thing whoever raised it has to know."""
    line = next((x for x in reversed(seen.lines) if x.entry.verb == "decline"), None) if seen.matter.state == "declined" else None
    return {"why": line.text, "turn_to": str(line.entry.facts.get("turn_to", ""))} if line else None


def _facts(seen: Seen) -> list[dict[str, Any]]:
    matter = seen.matter
    visible = {"public": _("所有人"), "neighbours": _("本社区的邻居"), "private": _("只有当事人和经办人")}
    rows = [
        {"label": _("编号"), "value": matter.ref},
        {"label": _("在哪里"), "value": " ".join(filter(None, [seen.where, seen.spot]))},
        {"label": _("谁在办"), "value": unit_name(matter.holder) or _("还没有派给单位")},
        {"label": _("类别"), "value": matter.category.name if matter.category else _("还没有分类")},
        {"label": _("提出时间"), "value": date_long(matter.raised_at)},
    ]
    if matter.grade:
        rows.append({"label": _("难易程度"), "value": grade_words(matter.grade)})
    if matter.me_too:
        rows.append({"label": _("也遇到"), "value": ngettext("%(n)s 位邻居", "%(n)s 位邻居", matter.me_too) % {"n": matter.me_too}})
    rows.append({"label": _("谁能看"), "value": visible[matter.visibility]})
    return rows


def _called_row(called: Called, now: datetime) -> dict[str, Any]:
    if called.state == "refused":
        answer, tone = (_("说明不属于本部门：%(reason)s") % {"reason": called.reason} if called.reason else _("说明不属于本部门")), "red"
    elif called.state == "done":
        answer, tone = _("%(when)s 答复") % {"when": date_long(called.answered_at)}, "green"
    elif called.due_at and called.due_at < now:
        answer, tone = _("应在 %(when)s 前，还没有") % {"when": date_long(called.due_at)}, "red"
    else:
        answer, tone = (_("应在 %(when)s 前") % {"when": date_long(called.due_at)} if called.due_at else _("还没有")), "gold"
    came = date_long(called.reported_at) if called.reported_at else _("没有来") if called.state == "refused" else _("还没有到")
    return {
        "unit": unit_name(called.unit),
        "lead": called.lead,
        "came": came,
        "has_come": called.reported_at is not None,
        "answer": answer,
        "tone": tone,
    }


def _tied_row(tied: Any) -> dict[str, str]:
    words = {
        (Link.Kind.CAUSED_BY, True): _("起因于"),
        (Link.Kind.CAUSED_BY, False): _("引起了"),
        (Link.Kind.PART_OF, True): _("属于"),
        (Link.Kind.PART_OF, False): _("包含"),
        (Link.Kind.DUPLICATE_OF, True): _("并入了"),
        (Link.Kind.REPEATS, True): _("再次反映"),
        (Link.Kind.REPEATS, False): _("后来又有人反映"),
    }
    matter: Matter = tied.matter
    state = str(WORKFLOW.by_code[matter.state].label) if matter.state in WORKFLOW.by_code else ""
    label = words.get((tied.kind, tied.outward), _("相关"))
    return {
        "title": matter.public_title,
        "href": reverse("square:one", args=[matter.ref]),
        "meta": f"{label} · {matter.ref}",
        "chip": state,
        "tone": "plain",
    }


def _files(attached: Sequence[Any]) -> list[dict[str, str]]:
    return [
        {
            "name": _("照片 %(n)s") % {"n": i},
            "href": reverse("square:file", args=[a.file_id]),
            "thumb": reverse("square:thumbnail", args=[a.file_id]),
        }
        for i, a in enumerate(attached, start=1)
    ]


def timeline_entries(lines: Sequence[Line], *, inside: bool, names: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """
    The timeline in words, oldest first; neighbours who met it too one after another become one line. `names` holds how units are
    called in the reader's language.
    """
    made: list[dict[str, Any]] = []
    joined = 0
    for line in lines:
        entry = line.entry
        joined = joined + 1 if entry.verb == "me_too" else 0
        if joined > 1:
            made[-1] |= {
                "title": ngettext("又有 %(n)s 位邻居说“我也遇到”", "又有 %(n)s 位邻居说“我也遇到”", joined) % {"n": joined},
                "when": entry.at,
            }
            continue
        text = _("（这里的文字已依法隐去）") if entry.redacted_at else words_of(line.text, entry.facts)
        made.append(
            {
                "who": speaker_of(entry),
                "when": entry.at,
                "title": did(entry.verb, with_names(entry.facts, names or {})),
                "what": text,
                "kind": kind_of(entry.verb, entry.facts),
                "attachments": _files(line.files),
                **({"public": entry.public} if inside else {}),
            }
        )
    return made


def _act(request: HttpRequest, ref: str, form: Any, name: str, act: Callable[[Actor, Matter, datetime], Any], done: str) -> HttpResponse:
    """Do one act from the page of a request: to sign in first when nobody is, back to the page with what was typed when it was refused."""
    actor, now = actor_and_now(request)
    matter = request_of_ref(actor, ref)
    back = reverse("square:one", args=[matter.ref])
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(back))
    came = one_of_many(request, form, lambda: act(actor, matter, now), done, back)
    if isinstance(came, HttpResponse):
        return came
    seen = seen_request(actor, request_of_ref(actor, ref), now)
    return _one(request, seen, now, status=came.status if came else 422, refused=came, **({name: form} if form else {}))


@require_POST
def me_too(request: HttpRequest, ref: str) -> HttpResponse:
    return _act(
        request,
        ref,
        None,
        "",
        lambda actor, matter, now: matters.add_me_too(actor=actor, matter_id=matter.pk, now=now),
        _("记下了：您也遇到。有进展会一起告诉您，办结以后您也可以评价。"),
    )


@require_POST
def end_me_too(request: HttpRequest, ref: str) -> HttpResponse:
    return _act(
        request,
        ref,
        None,
        "",
        lambda actor, matter, now: matters.end_me_too(actor=actor, matter_id=matter.pk, now=now),
        _("已经收回，这件事的进展不再告诉您。"),
    )


@require_POST
def add(request: HttpRequest, ref: str) -> HttpResponse:
    form = AddForm(request.POST, request.FILES, prefix="add")

    def act(actor: Actor, matter: Matter, now: datetime) -> Matter:
        with gone_if_refused():
            files = _stored(actor, form.cleaned_data["photo"], now)
            return handling.add(actor=actor, matter_id=matter.pk, now=now, text=form.cleaned_data["text"], files=files)

    return _act(request, ref, form, "add_form", act, _("补充的情况已经交给经办人。"))


def _stored(actor: Actor, uploads: Sequence[Any], now: datetime) -> list[StoredFile]:
    """Store the pictures; raises Invalid for too many of them or one that is none."""
    return [store_picture(actor=actor, upload=upload, name=upload.name or "", now=now) for upload in not_too_many(uploads)]


@require_POST
def rate(request: HttpRequest, ref: str) -> HttpResponse:
    form = RateForm(request.POST, prefix="rate")
    return _act(
        request,
        ref,
        form,
        "rate_form",
        lambda actor, matter, now: judging.rate(actor=actor, matter_id=matter.pk, now=now, **form.answers()),
        _("谢谢您的评价。没有解决的会重新办理。"),
    )


@require_POST
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    form = WithdrawForm(request.POST, prefix="withdraw")
    return _act(
        request,
        ref,
        form,
        "withdraw_form",
        lambda actor, matter, now: handling.withdraw(actor=actor, matter_id=matter.pk, now=now, text=form.cleaned_data["text"]),
        _("已经撤回，不再办理。"),
    )


@require_safe
def printed_notice(request: HttpRequest, ref: str) -> HttpResponse:
    """The notice of one matter for the wall: what any passer-by may read, with a QR code to its page."""
    actor, now = actor_and_now(request)
    matter = request_of_ref(actor, ref)
    if matter.visibility == Visibility.PRIVATE:
        raise Refused("not_public", _("这件事不公开，不能打印张贴。"))
    seen = seen_request(actor, matter, now, as_public=True)
    pause = seen.pause
    lines = [e for e in timeline_entries(seen.lines, inside=False) if e["kind"] != "resident" or e["what"]]
    address = reverse("square:one", args=[matter.ref])
    context = {
        "seen": seen,
        "matter": matter,
        "stages": stages(),
        "standing": standing_of(matter, now, calendar()),
        "promise": promised_of(
            matter, now, calendar(), review_on=pause.review_on if pause else None, reason=scrub(pause.text).text if pause else ""
        ),
        "next_words": next_words(matter),
        "facts": _facts(seen),
        "entries": lines[-6:],
        "called": [_called_row(c, now) for c in seen.called],
        "paper_url": f"{settings.PUBLIC_URL}{address}",
        "paper_issuer": _("%(unit)s · %(day)s打印") % {"unit": unit_name(matter.owner_unit) or here(actor).name, "day": day(now)},
        "back_href": address,
    }
    return render(request, "requests/notice.html", context)
