"""The Square: the first page, the public list, one request with what its reader can do, and one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, put_on
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.access.together import answered, asking, beside
from linli.kernel.files.actions import gone_if_refused, store_picture
from linli.kernel.files.models import StoredFile
from linli.kernel.matters import actions as matters
from linli.kernel.matters.acts import not_too_many
from linli.kernel.matters.home_cards import cards_for
from linli.kernel.matters.mine import mine_of
from linli.kernel.matters.models import Category, Link, Matter, Visibility
from linli.kernel.matters.nearby import around, here, place_or_none
from linli.kernel.matters.panels import panels_of
from linli.kernel.matters.promises import calendar
from linli.kernel.matters.queries import Line
from linli.kernel.matters.saying import since_words, unit_name, with_names, words_of
from linli.kernel.notices.queries import on_board, unread_count
from linli.lib.masking import scrub
from linli.loops.requests.actions import handling, judging
from linli.loops.requests.forms import (
    PERIODS,
    AddForm,
    ListForm,
    RateForm,
    WithdrawForm,
    category_options,
    place_options,
    unit_options,
)
from linli.loops.requests.hot.square_queries import shows
from linli.loops.requests.lists import own_file, public_file
from linli.loops.requests.queries import Filter, Row, category_tree, request_page
from linli.loops.requests.rules import STAGES, WORKFLOW
from linli.loops.requests.square_queries import (
    Called,
    Mine,
    Seen,
    first_page,
    my_requests,
    request_of_ref,
    seen_request,
    units_to_choose,
)
from linli.loops.requests.wording import did, grade_words, kind_of, next_words, promised_of, speaker_of, standing_of
from linli.web.downloads import PUBLIC_MOST, asked_as, downloads
from linli.web.jinja import Fragment
from linli.web.words import ago, date_long, day

_LIST: Final = Fragment("requests/list.html", "rows")


@dataclass(frozen=True)
class Shown:
    """A request in a list, in words. `strip` are the arguments of the small strip."""

    href: str
    title: str
    meta: str
    chip: str
    tone: str
    strip: dict[str, Any]


def stages() -> list[str]:
    return [str(s) for s in STAGES]


def shown(row: Row, now: datetime) -> Shown:
    matter = row.matter
    standing = standing_of(matter, now, calendar())
    parts = [row.where, matter.ref]
    if matter.category:
        parts.append(matter.category.name)
    parts.append(_("%(when)s提出") % {"when": since_words(matter.raised_at, now)})
    if matter.me_too:
        parts.append(ngettext("%(n)s 位邻居也遇到", "%(n)s 位邻居也遇到", matter.me_too) % {"n": matter.me_too})
    promised = promised_of(matter, now, calendar())
    # What is done waits for its rating; that the call to ask for one is late is said on its page, not here.
    done = matter.state == "resolved"
    said = promised.left if promised is not None and promised.state in ("waiting", "late") and matter.is_open and not done else ""
    chip = f"{standing.label} · {said}" if said else standing.label
    strip = {"stages": stages(), "position": standing.position, "late": standing.late and not done, "stopped": standing.stopped}
    return Shown(reverse("square:one", args=[matter.ref]), row.title, " · ".join(parts), chip, "green" if done else standing.tone, strip)


def mine_card(mine: Mine, now: datetime) -> dict[str, Any]:
    """One of the reader's own requests as a card: strip, promise, the last word."""
    matter = mine.row.matter
    return {
        "matter": matter,
        "href": reverse("square:one", args=[matter.ref]),
        "title": mine.row.title,
        "meta": _("%(ref)s · %(where)s · %(when)s提出")
        % {"ref": matter.ref, "where": mine.row.where, "when": since_words(matter.raised_at, now)},
        "standing": standing_of(matter, now, calendar()),
        "promise": promised_of(matter, now, calendar(), review_on=mine.review_on),
        "next": next_words(matter),
        "last": {"who": mine.last_who or _("系统"), "when": mine.last_at, "what": mine.last_text[:160], "kind": "staff"}
        if mine.last_at
        else None,
    }


# --- the first page ------------------------------------------------------------------------------------
@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    actor, now = actor_and_now(request)
    place = here(actor).place
    first, (notices,), cards = answered(
        beside(first_page(actor, place, now), asking(on_board(place, now)[:3]), cards_for(actor, place, now))
    )
    context = {
        "stages": stages(),
        "mine": [mine_card(m, now) for m in first.mine],
        "more_mine": first.more_mine,
        "to_rate": [shown(r, now) for r in first.to_rate],
        "news": [shown(r, now) for r in first.news],
        "notices": [_notice_row(n, now) for n in notices],
        "here": here(actor),
        "cards": cards,
    }
    return render(request, "requests/home.html", context)


def _notice_row(notice: Any, now: datetime) -> dict[str, Any]:
    return {
        "title": notice.title,
        "href": reverse("notices:one", args=[notice.pk]),
        "meta": ago(notice.published_at, now),
        "icon": "notice",
    }


@never_cache
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """The reader's own page: what waits for them, their requests and what is theirs in other rooms, messages, what is stored about them."""
    actor, now = actor_and_now(request)
    if actor.is_anonymous:
        return _to_sign_in(request)
    mine, _more = my_requests(actor, now, limit=3)
    elsewhere = answered(mine_of(actor, now))
    context = {
        "stages": stages(),
        "waits": elsewhere.waits,
        "parts": elsewhere.parts,
        "mine": [mine_card(m, now) for m in mine],
        "unread": unread_count(actor),
        # Who works here without living here has no entry in the roster, and no pages about one.
        "is_resident": actor.person_id is not None,
    }
    return render(request, "requests/me.html", context)


@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponseBase:
    """All of the reader's own requests, newest first."""
    actor, now = actor_and_now(request)
    if actor.is_anonymous:
        return _to_sign_in(request)
    if asked_as(request):
        return own_file(request, actor, now)
    form = ListForm(request.GET)
    found, more = my_requests(actor, now, limit=10, before=form.given("before"))
    following = f"?{urlencode({'before': more})}" if more else ""
    context = {
        "stages": stages(),
        "mine": [mine_card(m, now) for m in found],
        "next": following,
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "requests/mine.html", context)


def _to_sign_in(request: HttpRequest, back: str = "") -> HttpResponse:
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': back or request.get_full_path()})}")


# --- the list ------------------------------------------------------------------------------
def filter_of(form: ListForm, now: datetime) -> Filter:
    """The filter a list form asks for; what does not exist is left out."""
    code = form.given("category")
    since, until = form.span(now)
    return Filter(
        place=place_or_none(form.given("place")),
        category=Category.objects.select_related("parent").filter(code=code).first() if code else None,
        unit_id=form.given("unit"),
        status=form.given("status") or "",
        text=form.given("q") or "",
        since=since,
        until=until,
    )


def query_of(form: ListForm, **change: Any) -> str:
    """The filters as an address says them, with some changed (None takes one out); the page's start is never carried on."""
    kept = {k: v for k, v in form.data.items() if k in form.fields and v and k != "before" and k not in form.errors}
    return urlencode({k: v for k, v in {**kept, **change}.items() if v})


@require_safe
def request_list(request: HttpRequest) -> HttpResponseBase:
    """Public requests (and the neighbours' own for a neighbour), newest first, narrowed by what the reader chose."""
    actor, now = actor_and_now(request)
    form = ListForm(request.GET)
    chosen = filter_of(form, now)
    if asked_as(request):
        return public_file(request, actor, chosen, now)
    page = request_page(actor, chosen, now, before=form.given("before"))
    found = around(chosen.place or here(actor).place)
    tree = category_tree()
    context = {
        "form": form,
        "not_understood": sorted(form.errors),
        "rows": [shown(r, now) for r in page.rows],
        "next": f"?{query_of(form, before=page.next_before)}" if page.next_before else "",
        "first": not form.given("before"),
        "chips": chips(form, chosen),
        "place_options": place_options(found.line or ([found.place] if found.place else []), found.under),
        "category_options": category_options(tree),
        "unit_options": unit_options(units_to_choose(here(actor).place)),
        "status_options": form.status_options(),
        "periods": PERIODS,
        "query": query_of(form),
        "exports": downloads(request, most=PUBLIC_MOST),
        "map_query": query_of(form),
        "topics_on": shows(found.place),
    }
    return _LIST(request, context)


def chips(form: ListForm, chosen: Filter) -> list[dict[str, str]]:
    """The filters in force, each with the address that takes it out."""
    labels = {
        "q": _("含“%(text)s”") % {"text": chosen.text} if chosen.text else "",
        "place": chosen.place.name if chosen.place else "",
        "category": chosen.category.name if chosen.category else "",
        "status": dict(form.status_options()).get(chosen.status, "") if chosen.status else "",
        "period": dict(PERIODS).get(form.given("period") or "", "") if form.given("period") else "",
        "since": _("%(day)s起") % {"day": day(form.given("since"))} if form.given("since") else "",
        "until": _("到%(day)s") % {"day": day(form.given("until"))} if form.given("until") else "",
        "unit": _("按单位") if chosen.unit_id else "",
    }
    return [{"label": str(label), "href": f"?{query_of(form, **{name: None})}"} for name, label in labels.items() if label]


# --- one request ---------------------------------------------------------------------------------------
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
        "sign_in": f"{settings.LOGIN_URL}?{urlencode({'next': reverse('square:one', args=[matter.ref])})}" if actor.is_anonymous else "",
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


# --- what a reader can do --------------------------------------------------------------------------------
def _act(request: HttpRequest, ref: str, form: Any, name: str, act: Callable[[Actor, Matter, datetime], Matter], done: str) -> HttpResponse:
    """
    Do one act from the page of a request: to sign in first when nobody is, back to the page with what was typed when it was refused.
    """
    actor, now = actor_and_now(request)
    matter = request_of_ref(actor, ref)
    back = reverse("square:one", args=[matter.ref])
    if actor.is_anonymous:
        return _to_sign_in(request, back)
    refused: Refused | None = None
    if form is None or form.is_valid():
        try:
            act(actor, matter, now)
        except NotFound:
            raise
        except Invalid as error:
            put_on(form, error)
        except Refused as error:
            refused = error
        else:
            messages.success(request, done)
            return HttpResponseRedirect(back)
    seen = seen_request(actor, request_of_ref(actor, ref), now)
    return _one(request, seen, now, status=refused.status if refused else 422, refused=refused, **({name: form} if form else {}))


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
