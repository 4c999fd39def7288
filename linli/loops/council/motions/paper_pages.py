"""What motions bring to walls, screens and readers of earlier words: every text version, the notice for print, the lobby's board, cases, the feed."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.feedgenerator import Atom1Feed, get_tag_uri
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.kernel.access.actor import ANONYMOUS
from linli.kernel.access.asking import actor_and_now
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.matters.models import Visibility
from linli.kernel.matters.nearby import here, place_or_none
from linli.kernel.matters.promises import calendar
from linli.kernel.matters.saying import unit_name
from linli.kernel.notices.official import paper_of
from linli.kernel.places.queries import phone_of
from linli.lib.masking import scrub
from linli.loops.council.motions.files import cases_file
from linli.loops.council.motions.forms import ListForm
from linli.loops.council.motions.models import Case, Text
from linli.loops.council.motions.one_page import announced_of, decision_of
from linli.loops.council.motions.pages import query_of, wanted_of
from linli.loops.council.motions.queries import case_page, compared, texts_of
from linli.loops.council.motions.rows import stages
from linli.loops.council.motions.rules import TOPICS
from linli.loops.council.motions.screen import heads, row_words
from linli.loops.council.motions.square_queries import Shown, board_rows, feed_page, motion_of_ref
from linli.loops.council.motions.whole import whole_motion
from linli.loops.council.motions.wording import money, promised_of, seconded_words, standing_of
from linli.web.context import LANG_TAGS
from linli.web.downloads import PUBLIC_MOST, asked_as, downloads
from linli.web.words import date_long, day, whole_dates

CASES: Final = 20
REFRESH_SECONDS: Final = 60


# --- texts ---------------------------------------------------------------------------------------------------
@never_cache
@require_safe
def texts(request: HttpRequest, ref: str) -> HttpResponse:
    """Every version, and two of them with what was taken out and put in marked."""
    actor, _now = actor_and_now(request)
    matter = motion_of_ref(actor, ref)
    versions = texts_of(matter)
    numbers = [v.number for v in versions]
    after = _version(request, "after", numbers, numbers[-1])
    before = _version(request, "before", numbers, max((n for n in numbers if n < after), default=after))
    old, new = versions[before - 1], versions[after - 1]
    context = {
        "matter": matter,
        "versions": [
            {"number": v.number, "when": date_long(v.at), "who": v.who, "note": scrub(v.note).text, "digest": v.digest} for v in versions
        ],
        "before": before,
        "after": after,
        "options": [(str(n), _("第 %(n)s 版") % {"n": n}) for n in numbers],
        "same": before == after,
        "parts": [{"label": label, "pieces": compared(scrub(a).text, scrub(b).text)} for label, a, b in _pairs(old, new)],
    }
    return render(request, "motions/texts.html", context)


def _version(request: HttpRequest, name: str, numbers: list[int], otherwise: int) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 6 and int(given) in numbers else otherwise


def _pairs(old: Text, new: Text) -> list[tuple[str, str, str]]:
    rows = [(_("标题"), old.title, new.title), (_("正文"), old.body, new.body)]
    before, after = {o["code"]: o for o in old.options}, {o["code"]: o for o in new.options}
    rows += [
        (_("方案 %(letter)s") % {"letter": code}, _option_text(before.get(code)), _option_text(after.get(code)))
        for code in sorted(before.keys() | after.keys())
    ]
    return rows


def _option_text(option: dict[str, Any] | None) -> str:
    return "\n".join(filter(None, [option["title"], option["text"], money(option.get("cost_fen"))])) if option else ""


# --- the notice for the wall -----------------------------------------------------------------------------------
@require_safe
@whole_dates()
def printed_notice(request: HttpRequest, ref: str) -> HttpResponse:
    """The notice in force, or the result once there is one, as any passer-by may read it; `size=a3` for the large sheet."""
    actor, now = actor_and_now(request)
    matter = motion_of_ref(actor, ref)
    if matter.visibility == Visibility.PRIVATE or matter.state == "draft":
        raise Refused("not_public", _("这个议题现在不公开，不能打印张贴。"))
    seen = whole_motion(ANONYMOUS, matter, now)
    decision = seen.decisions[-1] if seen.decisions else None
    announced = announced_of(seen.announced, now)
    notice = decision.notice if decision and not announced else seen.announced.notice if announced and seen.announced else None
    address = reverse("motions:one", args=[matter.ref])
    context = {
        "matter": matter,
        "size": "a3" if request.GET.get("size") == "a3" else "a4",
        "kind": _("议题公告") if announced else _("结果公示") if decision else _("议题"),
        "notice": notice,
        "paper": paper_of(
            notice.form, notice.paper, title=notice.title, body=notice.body, published_at=notice.published_at, until_at=notice.until_at
        )
        if notice
        else None,
        "announced": announced,
        "decision": decision_of(decision, seen, now) if decision and not announced else None,
        "seen": seen,
        "stages": stages(),
        "standing": standing_of(matter, now, calendar()),
        "seconded": seconded_words(seen.motion) if seen.motion.seconds_needed else "",
        "body": scrub(seen.text.body).text,
        "paper_url": f"{settings.PUBLIC_URL}{address}",
        "paper_issuer": _("%(unit)s · %(day)s打印") % {"unit": unit_name(matter.owner_unit) or here(actor).name, "day": day(now)},
        "paper_phone": phone_of(matter.place),
        "back_href": address,
    }
    return render(request, "motions/notice.html", context)


# --- the board in the lobby --------------------------------------------------------------------------------------
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """
    For a screen: what is seconded, announced, voted on and done; nobody's name. With `screen=on` it asks for itself anew every minute:
    a page that changes under its reader's eyes is for whoever put it up to choose (WCAG 2.2.1).
    """
    actor, now = actor_and_now(request)
    wanted = request.GET.get("place", "")
    place = place_or_none(int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else here(actor).place
    found = board_rows(place, now)
    named = heads()
    context = {
        "place": place.name if place else "",
        "groups": [{"title": named[name], "rows": [_board_row(s, name) for s in rows]} for name, rows in found.items()],
        "seconds": REFRESH_SECONDS if request.GET.get("screen") == "on" else 0,
        "screen_href": f"{reverse('motions:board')}?{urlencode({**({'place': place.pk} if place else {}), 'screen': 'on'})}",
        "page_url": f"{settings.PUBLIC_URL}{reverse('motions:list')}",
        "made": date_long(now),
    }
    return render(request, "motions/board.html", context)


def _board_row(shown: Shown, group: str) -> dict[str, str]:
    row = shown.row
    standing = standing_of(row.matter, row.matter.updated_at, calendar())
    return {"title": row.title, "meta": f"{row.where} · {row.matter.ref}", "chip": standing.label, "words": row_words(shown, group)}


# --- cases --------------------------------------------------------------------------------------------------------
@require_safe
def cases(request: HttpRequest) -> HttpResponseBase:
    """What others can learn from: motions that went their whole way, without names, searched by words and class."""
    text, topic = request.GET.get("q", "")[:100], request.GET.get("topic", "")
    topic = topic if topic in TOPICS else ""
    if asked_as(request):
        return cases_file(request, topic=topic, text=text)
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else None
    found = case_page(topic=topic, text=text, after=start, limit=CASES + 1)
    more = f"?{urlencode({'q': text, 'topic': topic, 'after': found[CASES - 1].pk})}" if len(found) > CASES else ""
    context = {
        "rows": [
            {
                "title": c.title,
                "href": reverse("motions:case", args=[c.pk]),
                "meta": " · ".join(filter(None, [str(TOPICS.get(c.topic, "")), day(c.published_at), _case_words(c)])),
                "icon": "folder",
            }
            for c in found[:CASES]
        ],
        "q": text,
        "topic": topic,
        "topic_options": [("", _("所有类别")), *((code, str(label)) for code, label in TOPICS.items())],
        "next": more,
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "motions/cases.html", context)


def _case_words(case: Case) -> str:
    days = case.figures.get("days")
    return ngettext("用了 %(n)s 天", "用了 %(n)s 天", days) % {"n": days} if isinstance(days, int) else ""


@require_safe
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    found = Case.objects.select_related("motion__matter").filter(pk=min(case_id, 2**63 - 1)).first()
    if found is None:
        raise NotFound("no_case", _("没有找到这个案例。"))
    f = found.figures
    rows = [
        {"label": _("类别"), "value": str(TOPICS.get(found.topic, ""))},
        {"label": _("户数"), "value": f.get("homes")},
        {"label": _("附议户数"), "value": f.get("seconders")},
        {"label": _("用时"), "value": _case_words(found)},
        {"label": _("预算"), "value": money(f.get("budget_fen")) if f.get("budget_fen") else ""},
        {"label": _("实际花费"), "value": money(f.get("spent_fen")) if f.get("spent_fen") else ""},
        {
            "label": _("评价"),
            "value": _("%(n)s 人评价，%(yes)s 人满意") % {"n": f.get("rated"), "yes": f.get("satisfied")} if f.get("rated") else "",
        },
    ]
    return render(request, "motions/case.html", {"case": found, "facts": [r for r in rows if r["value"] not in (None, "")]})


# --- the feed ------------------------------------------------------------------------------------------------------
@require_safe
def atom(request: HttpRequest) -> HttpResponse:
    """Public motions with the same filters as the list. What it says is public whoever asks."""
    _actor, now = actor_and_now(request)
    form = ListForm(request.GET)
    query = query_of(form)
    own = f"{settings.PUBLIC_URL}{request.path}{'?' if query else ''}{query}"
    language = get_language() or "zh-hans"
    feed = Atom1Feed(
        title=_("议题和进展"),
        link=f"{settings.PUBLIC_URL}{reverse('motions:list')}{'?' if query else ''}{query}",
        description="",
        language=LANG_TAGS.get(language, language),
        feed_url=own,
        feed_guid=get_tag_uri(own, None),
    )
    for row in feed_page(wanted_of(form), now).rows:
        matter = row.matter
        address = f"{settings.PUBLIC_URL}{reverse('motions:one', args=[matter.ref])}"
        standing, promised = standing_of(matter, now, calendar()), promised_of(matter, now, calendar())
        said = [standing.label, f"{promised.kind}：{promised.when}" if promised else "", row.where, matter.public_body]
        feed.add_item(
            title=row.title,
            link=address,
            description="\n".join(part for part in said if part),
            unique_id=get_tag_uri(address, matter.raised_at),
            pubdate=matter.raised_at,
            updateddate=matter.updated_at,
            author_name=unit_name(matter.holder) or _("居民"),
            categories=[row.motion.topic],
        )
    answer = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    answer.headers["Cache-Control"] = "max-age=60"
    patch_vary_headers(answer, ("Accept-Language", "Cookie"))
    return answer
