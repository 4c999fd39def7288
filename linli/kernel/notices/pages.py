"""The public notice board, one notice (also for the wall), and a person's own messages."""

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
from linli.kernel.notices import actions
from linli.kernel.notices.models import Message, Notice
from linli.kernel.notices.queries import board as board_rows
from linli.kernel.notices.queries import messages_of, notice_by_id, unread_count
from linli.kernel.places.models import Place
from linli.web.downloads import PUBLIC_MOST, STEP, as_download, asked_as, cut, downloads, every
from linli.web.words import ago, date_long, day

PAGE: Final = 20
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
    parts = [notice.place.name if notice.place else "", date_long(notice.published_at)]
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
    proofs = request.GET.get("kind") == "day_root"
    kinds = ("day_root",) if proofs else ("notice", "matter")
    if asked_as(request):
        return _board_file(request, _own_place(actor), kinds)
    rows = board_rows(_own_place(actor), now, kinds=kinds, before=_before(request), limit=PAGE + 1)
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
    return render(request, "notices/one.html", _whole(request, notice_id))


@require_safe
def printed(request: HttpRequest, notice_id: int) -> HttpResponse:
    """The notice for the wall; `size=a3` for the large sheet."""
    size = "a3" if request.GET.get("size") == "a3" else "a4"
    return render(request, "notices/print.html", _whole(request, notice_id) | {"size": size})


def _whole(request: HttpRequest, notice_id: int) -> dict[str, Any]:
    now = request.now  # type: ignore[attr-defined]  # set by the accounts' middleware
    notice = notice_by_id(min(notice_id, LARGEST_ID), now)
    address = reverse("notices:one", args=[notice.pk])
    return {
        "notice": notice,
        "place": notice.place.name if notice.place else "",
        "ended": notice.until_at is not None and notice.until_at < now,
        "paper_url": f"{settings.PUBLIC_URL}{address}",
        "paper_issuer": notice.place.name if notice.place else "",
        "back_href": address,
    }


# --- messages --------------------------------------------------------------------------------------------
@never_cache
@require_safe
def messages(request: HttpRequest) -> HttpResponseBase:
    actor, now = request.actor, request.now  # type: ignore[attr-defined]  # set by the accounts' middleware
    if actor.is_anonymous:
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")
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
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': reverse('notices:messages')})}")
    actions.mark_read(actor=actor, message_ids=ids, now=now)
    if len(ids) == 1 and request.POST.get("open"):
        opened = Message.objects.filter(pk=ids[0], account_id=actor.account_id).first()
        if opened is not None and _address(opened):
            return HttpResponseRedirect(_address(opened))
    return HttpResponseRedirect(reverse("notices:messages"))
