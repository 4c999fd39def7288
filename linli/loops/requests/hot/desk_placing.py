"""What a worker says of single requests of a hot topic, at the Desk: out of it, into it, and back."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.matters import desk
from linli.loops.requests.hot import placing
from linli.loops.requests.hot.desk import RequestForm, decide, who


@require_POST
@desk.at_desk
def take_out(request: HttpRequest, topic_id: int) -> HttpResponse:
    actor, now = who(request)
    form = RequestForm(request.POST)

    def act() -> str:
        placing.take_out(actor=actor, topic_id=topic_id, ref=form.cleaned_data["ref"], now=now)
        return _("诉求 %(ref)s 拿出来了，系统不会再把它放回这个热点。") % {"ref": form.cleaned_data["ref"].strip()}

    return decide(request, topic_id, "taken", form, act)


@require_POST
@desk.at_desk
def put_in(request: HttpRequest, topic_id: int) -> HttpResponse:
    actor, now = who(request)
    form = RequestForm(request.POST)

    def act() -> str:
        try:
            placing.put_in(actor=actor, topic_id=topic_id, ref=form.cleaned_data["ref"], now=now)
        except NotFound as missing:
            if missing.code != "no_matter":
                raise
            raise Invalid(missing.code, missing.text, fields={"ref": [missing.text]}) from None
        return _("诉求 %(ref)s 放进来了。") % {"ref": form.cleaned_data["ref"].strip()}

    return decide(request, topic_id, "request", form, act)


@require_POST
@desk.at_desk
def undo(request: HttpRequest, topic_id: int, change_id: int) -> HttpResponse:
    actor, now = who(request)

    def act() -> str:
        placing.undo(actor=actor, topic_id=topic_id, change_id=change_id, now=now)
        return _("撤销好了，诉求回到原来的地方。")

    return decide(request, topic_id, "undo", forms.Form({}), act)
