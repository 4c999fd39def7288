"""The public notice board, one notice (also for the wall and the lobby's screen), and a person's own messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import sign_in_at
from linli.kernel.access.refusals import Refused
from linli.kernel.notices import actions
from linli.kernel.notices.models import Message, Notice
from linli.kernel.notices.official import FORMS, paper_of
from linli.kernel.notices.queries import board as board_rows
from linli.kernel.notices.queries import messages_of, notice_by_id, unread_count
from linli.kernel.notices.screens import screens
from linli.kernel.places.models import Place
from linli.web import pdf
from linli.web.context import asked
from linli.web.downloads import PUBLIC_MOST, STEP, as_download, asked_as, cut, downloads, every
from linli.web.words import ago, date_long, day, whole_dates

PAGE: Final = 20
SCREEN_SECONDS: Final = 20
LARGEST_ID: Final = 2**63 - 1


def _before(request: HttpRequest) -> int | None:
    """Where the page asked for begins; what is no number begins at the newest."""
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _own_place(actor: Actor) -> Place | None:
    """The community of the reader's longest grant; None: all boards."""
    path = max((s.path for s in actor.standings if s.path), key=len, default="")
    return Place.objects.filter(path=path).first() if path else None


def _row(notice: Notice, request: HttpRequest) -> dict[str, Any]:
    now = request.now  # type: ignore[attr-defined]  # set by the accounts' middleware
    ended = notice.until_at is not None and notice.until_at < now
    form = str(FORMS[notice.form]) if notice.form in FORMS and notice.form != "notice" else ""
    parts = [form, notice.place.name if notice.place else "", date_long(notice.published_at)]
    chip = _("已结束") if ended else (_("公示到 %(day)s") % {"day": day(notice.until_at)} if notice.until_at else "")
    return {
        "title": notice.title,
        "href": reverse("notices:one", args=[notice.pk]),
        "meta": " · ".join(filter(None, parts)),
        "icon": "notice",
        "chip": chip,
        "tone": "plain" if ended else "blue",
    }


@require_safe
def board(request: HttpRequest) -> HttpResponseBase:
    """Notices near the reader; the daily proofs of the timelines are a board of their own."""
    actor, now = request.actor, request.now  # type: ignore[attr-defined]  # set by the accounts' middleware
    proofs, place = request.GET.get("kind") == "day_root", _own_place(actor)
    kinds = ("day_root",) if proofs else ("notice", "matter")
    if asked_as(request):
        return _board_file(request, place, kinds)
    rows = board_rows(place, now, kinds=kinds, before=_before(request), limit=PAGE + 1)
    following = f"?{urlencode({**({'kind': 'day_root'} if proofs else {}), 'before': rows[PAGE - 1].pk})}" if len(rows) > PAGE else ""
    tabs = [
        {"label": _("公示"), "href": reverse("notices:board"), "current": not proofs},
        {"label": _("每日存证"), "href": f"{reverse('notices:board')}?kind=day_root", "current": proofs},
    ]
    context = {
        "rows": [_row(n, request) for n in rows[:PAGE]],
        "next": following,
        "tabs": tabs,
        "proofs": proofs,
        "screen_href": f"{reverse('notices:screen')}{f'?place={place.pk}' if place else ''}",
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "notices/board.html", context)


def _board_file(request: HttpRequest, place: Place | None, kinds: tuple[str, ...]) -> HttpResponseBase:
    """The notices of the board, whole. One query for each five hundred."""
    now = request.now  # type: ignore[attr-defined]  # set by the accounts' middleware

    def page(before: int | None) -> tuple[Sequence[Notice], int | None]:
        return cut(board_rows(place, now, kinds=kinds, before=before, limit=STEP + 1), lambda notice: notice.pk)

    rows = (
        [
            n.title,
            n.body,
            n.place.name if n.place else "",
            n.published_at,
            n.until_at,
            f"{settings.PUBLIC_URL}{reverse('notices:one', args=[n.pk])}",
        ]
        for n in every(page)
    )
    header = (_("标题"), _("内容"), _("地点"), _("公示时间"), _("公示到"), _("网页"))
    return as_download(request, _("公示"), header, rows, (36, 60, 20, 18, 18, 40), most=PUBLIC_MOST)


@require_safe
def one(request: HttpRequest, notice_id: int) -> HttpResponse:
    return render(request, "notices/one.html", _whole(request, notice_id) | {"pdf": pdf.there()})


@require_safe
@whole_dates()
def printed(request: HttpRequest, notice_id: int) -> HttpResponse:
    """The notice for the wall; `size=a3` for the poster."""
    return render(request, "notices/print.html", _whole(request, notice_id) | {"size": _size(request), "pdf": pdf.there()})


@require_safe
@whole_dates()
def as_pdf(request: HttpRequest, notice_id: int) -> HttpResponse:
    """The same paper as a file, for a printing shop. Raises Refused where the library for it is not there."""
    whole = _whole(request, notice_id)
    name = f"notice-{whole['notice'].pk}-{_size(request)}"
    phone = asked("help_phone", request)
    try:
        content = pdf.made("notices/notice_pdf.html", whole | {"size": _size(request), "phone": phone})
    except pdf.NotHere:
        raise Refused(
            "no_library",
            _("这里没有装生成文件的组件。可以打开“打印”页，用浏览器打印或存成 PDF。"),
            turn_to=_("系统管理员可以安装“documents”组件。"),
        ) from None
    return pdf.answer(content, name=name, title=whole["paper"].heading)


def _size(request: HttpRequest) -> str:
    return "a3" if request.GET.get("size") == "a3" else "a4"


def _whole(request: HttpRequest, notice_id: int) -> dict[str, Any]:
    now = request.now  # type: ignore[attr-defined]  # set by the accounts' middleware
    notice = notice_by_id(min(notice_id, LARGEST_ID), now)
    address = reverse("notices:one", args=[notice.pk])
    paper = paper_of(
        notice.form, notice.paper, title=notice.title, body=notice.body, published_at=notice.published_at, until_at=notice.until_at
    )
    return {
        "notice": notice,
        "paper": paper,
        "place": notice.place.name if notice.place else "",
        "ended": notice.until_at is not None and notice.until_at < now,
        "paper_url": f"{settings.PUBLIC_URL}{paper.link or address}",
        "back_href": address,
    }


# --- the screen in the lobby ------------------------------------------------------------------------------
@require_safe
def screen(request: HttpRequest) -> HttpResponse:
    """
    One page of what a screen shows. With `turn=on` it turns to the next by itself, without script: a page that changes under its reader's
    eyes is for whoever put it up to choose (WCAG 2.2.1); without, there are links back and forth.
    """
    actor, now = request.actor, request.now  # type: ignore[attr-defined]  # set by the accounts' middleware
    wanted, asked_page = request.GET.get("place", ""), request.GET.get("page", "")
    named = Place.objects.filter(pk=int(wanted)).first() if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else None
    place = named or _own_place(actor)
    found = screens(place, now)
    at = (int(asked_page) - 1) % len(found) if asked_page.isascii() and asked_page.isdecimal() and 0 < len(asked_page) < 7 else 0
    turning = request.GET.get("turn") == "on"

    def address(page: int, *, on: bool) -> str:
        kept = {**({"place": place.pk} if place else {}), "page": page % len(found) + 1, **({"turn": "on"} if on else {})}
        return f"{reverse('notices:screen')}?{urlencode(kept)}"

    context = {
        "screen": found[at],
        "place": place.name if place else "",
        "turning": turning,
        "seconds": SCREEN_SECONDS,
        "next": address(at + 1, on=turning),
        "previous": address(at - 1, on=turning),
        "other": address(at, on=not turning),
        "at": at + 1,
        "of": len(found),
        "page_url": f"{settings.PUBLIC_URL}{found[at].href}",
        "made": date_long(now),
    }
    return render(request, "notices/screen.html", context)


# --- messages --------------------------------------------------------------------------------------------
@never_cache
@require_safe
def messages(request: HttpRequest) -> HttpResponseBase:
    actor, now = request.actor, request.now  # type: ignore[attr-defined]  # set by the accounts' middleware
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(request.get_full_path()))
    if asked_as(request):
        return _messages_file(request, actor)
    found = messages_of(actor, before=_before(request), limit=PAGE + 1)
    following = f"?{urlencode({'before': found[PAGE - 1].pk})}" if len(found) > PAGE else ""
    rows = [{"message": m, "when": ago(m.created_at, now), "href": _address(m)} for m in found[:PAGE]]
    context = {"rows": rows, "next": following, "unread": unread_count(actor), "exports": downloads(request, most=PUBLIC_MOST)}
    return render(request, "notices/messages.html", context)


def _messages_file(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The reader's own messages, the newest first. Taking them away marks none as read. One query for each five hundred."""

    def page(before: int | None) -> tuple[Sequence[Message], int | None]:
        return cut(messages_of(actor, before=before, limit=STEP + 1), lambda message: message.pk)

    rows = (
        [
            m.created_at,
            m.title,
            m.body,
            _("看过了") if m.read_at else _("没看"),
            f"{settings.PUBLIC_URL}{_address(m)}" if _address(m) else "",
        ]
        for m in every(page)
    )
    return as_download(
        request, _("我的消息"), (_("时间"), _("标题"), _("内容"), _("状态"), _("网页")), rows, (18, 36, 60, 10, 40), most=PUBLIC_MOST
    )


def _address(message: Message) -> str:
    """The page a message opens: a path of this house, whatever was stored."""
    return message.address if message.address.startswith("/") and not message.address.startswith("//") else ""


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark messages as read: one (and go to its page), or all shown."""
    actor, now = request.actor, request.now  # type: ignore[attr-defined]  # set by the accounts' middleware
    ids = [int(i) for i in request.POST.getlist("id")[:200] if i.isascii() and i.isdecimal() and len(i) < 19]
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(reverse("notices:messages")))
    actions.mark_read(actor=actor, message_ids=ids, now=now)
    if len(ids) == 1 and request.POST.get("open"):
        opened = Message.objects.filter(pk=ids[0], account_id=actor.account_id).first()
        if opened is not None and _address(opened):
            return HttpResponseRedirect(_address(opened))
    return HttpResponseRedirect(reverse("notices:messages"))
