"""What is done with a talk at the Desk: one address for each verb; refused, the page comes back with the reason and everything typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters.desk import at_desk as staff_only
from linli.loops.council.talks.actions import answering, moderating, opening, saying
from linli.loops.council.talks.desk import one
from linli.loops.council.talks.desk.common import address, desk_talk
from linli.loops.council.talks.reading import at_desk
from linli.web.fields import WhenField

Data = Mapping[str, str]


def _extend(data: Data, **who: Any) -> str:
    opening.extend(closes_at=_when(data.get("closes_at", "")), **who)
    return _("已延长。")


def _when(text: str) -> datetime:
    try:
        found = WhenField().clean(text)
    except forms.ValidationError as error:
        raise Invalid("bad_until", error.messages[0], fields={"closes_at": list(error.messages)}) from None
    assert isinstance(found, datetime)
    return found


def _end(data: Data, **who: Any) -> str:
    opening.end(heard=data.get("heard", ""), **who)
    return _("已公布，也告诉了每位参加的人。")


def _invite(data: Data, **who: Any) -> str:
    unit = number_in(data.get("unit_id"))
    answering.invite(name=data.get("name", ""), capacity=data.get("capacity", ""), unit_id=unit, username=data.get("username", ""), **who)
    return _("已请好。")


def _uninvite(data: Data, **who: Any) -> str:
    answering.uninvite(expert_id=number_in(data.get("expert")) or 0, **who)
    return _("不再请这位回答，已有的回答还在。")


def _answer(data: Data, **who: Any) -> str:
    about = number_in(data.get("about")) or 0
    answering.answer(contribution_id=about, text=data.get("text", ""), expert_id=number_in(data.get("expert_id")), **who)
    return _("回答已公布，提问的人会收到。")


def _seed(data: Data, **who: Any) -> str:
    kind = data.get("kind", "statement")
    saying.say(
        kind=kind,
        text=data.get("text", ""),
        side=data.get("side", ""),
        source=data.get("source", ""),
        office=True,
        once=data.get("once", "")[:40],
        **who,
    )
    return _("加上了，写明是主办方写的。")


def _hide(data: Data, **who: Any) -> str:
    about = number_in(data.get("about")) or 0
    moderating.hide(contribution_id=about, rule=data.get("rule", ""), reason=data.get("reason", ""), **who)
    return _("不再显示，已公示原因，也告诉了写的人。")


def _keep(data: Data, **who: Any) -> str:
    moderating.keep(contribution_id=number_in(data.get("about")) or 0, **who)
    return _("保留，举报已处理。")


def _decide(data: Data, **who: Any) -> str:
    ruling = number_in(data.get("ruling")) or 0
    moderating.decide(ruling_id=ruling, outcome=data.get("outcome", ""), reason=data.get("reason", ""), **who)
    return _("已复核并公示。")


# verb → (what the actor must be allowed, what it does, the page it is done on)
VERBS: Final[Mapping[str, tuple[str, Callable[..., str], str]]] = {
    "extend": ("talk.manage", _extend, ""),
    "end": ("talk.manage", _end, ""),
    "invite": ("talk.manage", _invite, ""),
    "uninvite": ("talk.manage", _uninvite, ""),
    "seed": ("talk.manage", _seed, ""),
    "answer": ("talk.answer_for", _answer, ""),
    "hide": ("talk.moderate", _hide, "words/"),
    "keep": ("talk.moderate", _keep, "words/"),
    "decide": ("talk.read", _decide, "words/"),
}


@require_POST
@staff_only
def act(request: HttpRequest, talk_id: int, verb: str) -> HttpResponse:
    """Do one thing with a talk."""
    actor, now = at_desk(request)
    talk = desk_talk(actor, talk_id)
    if verb not in VERBS:
        raise NotFound("no_act", _("没有这样的操作。"))
    needed, function, back = VERBS[verb]
    desk_talk(actor, talk_id, needed)
    data = {key: value.replace("\x00", "") for key, value in request.POST.dict().items() if isinstance(value, str)}
    try:
        words = function(data, actor=actor, talk_id=talk.pk, now=now)
    except Refused as refused:
        return _again(request, talk_id, actor, now, refused, verb, back)
    messages.success(request, words)
    kind = data.get("shown_kind", "")
    return HttpResponseRedirect(address(talk.pk, back) + (f"?kind={kind}" if back and kind.isalpha() else ""))


def _again(request: HttpRequest, talk_id: int, actor: Actor, now: datetime, refused: Refused, verb: str, back: str) -> HttpResponse:
    talk = desk_talk(actor, talk_id)
    if back:
        return one.words_page(request, talk, actor, now, refused, verb)
    return one.page(request, talk, actor, now, refused, verb)
