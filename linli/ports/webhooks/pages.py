"""The Desk's page of webhooks: which addresses are told of what, how the last parcels went, a new one, ending one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import reach
from linli.kernel.access.refusals import Invalid
from linli.kernel.access.tongue import as_read
from linli.kernel.places.forms import PlaceField
from linli.kernel.places.queries import place_choices
from linli.ports.webhooks import actions, rules
from linli.ports.webhooks.models import Parcel, Subscription
from linli.web.downloads import as_download, asked_as, downloads

# What an event is called on the page; the code beside it is what the other system receives.
LABELS = {
    "request.raised": pgettext_lazy("webhook event", "提出"),
    "request.accepted": pgettext_lazy("webhook event", "受理"),
    "request.declined": pgettext_lazy("webhook event", "不予受理"),
    "request.dispatched": pgettext_lazy("webhook event", "派单"),
    "request.returned": pgettext_lazy("webhook event", "承办单位退回"),
    "request.whistled": pgettext_lazy("webhook event", "吹哨"),
    "request.reported_in": pgettext_lazy("webhook event", "部门报到"),
    "request.unit_answered": pgettext_lazy("webhook event", "部门答复"),
    "request.unit_refused": pgettext_lazy("webhook event", "部门不接"),
    "request.started": pgettext_lazy("webhook event", "开始办理"),
    "request.answered": pgettext_lazy("webhook event", "答复"),
    "request.asked": pgettext_lazy("webhook event", "请提出人补充"),
    "request.suspended": pgettext_lazy("webhook event", "挂账"),
    "request.resumed": pgettext_lazy("webhook event", "恢复办理"),
    "request.resolved": pgettext_lazy("webhook event", "办结"),
    "request.rated": pgettext_lazy("webhook event", "评价"),
    "request.closed": pgettext_lazy("webhook event", "结束"),
    "request.reopened": pgettext_lazy("webhook event", "重新办理"),
    "request.withdrawn": pgettext_lazy("webhook event", "撤回"),
    "request.merged": pgettext_lazy("webhook event", "合并"),
    "request.unmerged": pgettext_lazy("webhook event", "取消合并"),
    "request.recategorised": pgettext_lazy("webhook event", "改类别"),
    "request.supervised": pgettext_lazy("webhook event", "督办"),
    "request.me_too": pgettext_lazy("webhook event", "邻居也遇到"),
    "request.retold": pgettext_lazy("webhook event", "改写公开的内容"),
}


def event_words(event: str) -> str:
    """A name people read; an event of tomorrow that has none yet stands by its code."""
    return str(LABELS.get(event, event))


class SubscribeForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("名称"),
        max_length=60,
        help_text=gettext_lazy("例如“区平台”。"),
        error_messages={"required": gettext_lazy("请填写名称。")},
    )
    url = forms.CharField(
        label=gettext_lazy("接收地址"),
        max_length=500,
        help_text=gettext_lazy("以 https:// 开头，能从本机访问到。"),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("请填写接收地址。")},
    )
    place = PlaceField(label=gettext_lazy("地点"), required=False, help_text=gettext_lazy("只推送这里和以下各级的事项。"))
    events = forms.MultipleChoiceField(
        label=gettext_lazy("推送哪些变化"),
        widget=forms.CheckboxSelectMultiple,
        initial=[rules.ALL],
        help_text=gettext_lazy("勾选“全部变化”就不用再选别的。"),
        error_messages={"required": gettext_lazy("请至少选一种变化。")},
    )

    def __init__(self, *args: Any, reach: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place, events = self.fields["place"], self.fields["events"]
        assert isinstance(place, PlaceField) and isinstance(events, forms.MultipleChoiceField)
        place.reach, place.required = reach, "" not in reach
        known = [(name, f"{event_words(name)} {name}") for name in LABELS if name in rules.NAMES]
        events.choices = [(rules.ALL, _("全部变化")), *known, *((n, n) for n in rules.NAMES if n not in LABELS)]


@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponseBase:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by the middleware
    if not table.holds(actor, "webhook.own"):
        raise table.refusal(actor, "webhook.own")
    paths = reach(actor, "webhook.own")
    form = SubscribeForm(request.POST if request.method == "POST" else None, reach=paths)
    secret, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _made, secret = actions.subscribe(actor=actor, now=request.now, **form.cleaned_data)  # type: ignore[attr-defined]  # set by the middleware
                form, status = SubscribeForm(reach=paths), 200
            except Invalid as invalid:
                for name, texts in invalid.fields.items():
                    for text in texts:
                        form.add_error(name if name in form.fields else None, str(text))
    mine = list(Subscription.objects.filter(account_id=actor.own_id).select_related("place").order_by("-active", "-pk")[:100])
    last: dict[int, Parcel] = {}
    for parcel in Parcel.objects.filter(subscription__in=mine, done_at__isnull=False).select_related("happening").order_by("-pk")[:200]:
        last.setdefault(parcel.subscription_id, parcel)
    rows = [{"subscription": s, "last": _told(last.get(s.pk)), "events": _events(s), "ended_why": as_read(s.ended_why)} for s in mine]
    if request.method != "POST" and asked_as(request):
        return _file(request, rows)
    context = {"form": form, "rows": rows, "secret": secret, "places": place_choices(paths), "exports": downloads(request, most=0)}
    answer = render(request, "ports/webhooks.html", context, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _file(request: HttpRequest, rows: list[dict[str, Any]]) -> HttpResponseBase:
    """The page's list: where to, of what, and how the last parcel went. No key stands in it."""
    header = (_("名称"), _("地址"), _("地点"), _("哪些变化"), _("状态"), _("最近一次"), _("对方说"), _("时间"))
    lines = []
    for row in rows:
        found, last = row["subscription"], row["last"]
        where, state = found.place.name if found.place else _("全部地点"), _("在用") if found.active else _("已停用")
        told = [f"{last['what']} {last['state']}", last["said"], last["at"]] if last else ["", "", None]
        lines.append([found.name, found.url, where, row["events"], state, *told])
    return as_download(request, _("推送到其他系统"), header, lines, (20, 48, 20, 40, 10, 20, 28, 18))


def _events(found: Subscription) -> str:
    return _("全部变化") if rules.ALL in found.events else "、".join(event_words(event) for event in found.events)


def _told(parcel: Parcel | None) -> dict[str, Any] | None:
    """How the last parcel went, in words, and what the other side said."""
    if parcel is None:
        return None
    sent = parcel.state == Parcel.State.SENT
    return {
        "what": event_words(parcel.happening.event),
        "state": str(Parcel.State(parcel.state).label),
        "tone": "green" if sent else "red",
        "said": _("对方回答 %(status)s") % {"status": parcel.outcome} if sent else parcel.outcome,
        "at": parcel.done_at,
    }


@require_POST
def end(request: HttpRequest, subscription_id: int) -> HttpResponse:
    found = actions.unsubscribe(actor=request.actor, subscription_id=subscription_id, now=request.now)  # type: ignore[attr-defined]  # set by the middleware
    messages.success(request, _("已停用：%(name)s") % {"name": found.name})
    return HttpResponseRedirect("/desk/settings/webhooks/")
