"""The Desk's page of webhooks: which addresses are told of what, how the last parcels went, a new one, ending one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.places.models import Place
from linli.ports.webhooks import actions, rules
from linli.ports.webhooks.models import Parcel, Subscription


class SubscribeForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=60, help_text=gettext_lazy("例如“区平台”。"))
    url = forms.CharField(label=gettext_lazy("接收地址"), max_length=500, help_text=gettext_lazy("以 https:// 开头，能从本机访问到。"))
    place = forms.ModelChoiceField(
        label=gettext_lazy("地点"),
        queryset=Place.objects.none(),
        required=False,
        empty_label=gettext_lazy("全部"),
        help_text=gettext_lazy("只推送这里和以下各级的事项。"),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("事件"),
        choices=[(rules.ALL, gettext_lazy("全部事件")), *((name, name) for name in rules.NAMES)],
        widget=forms.CheckboxSelectMultiple,
        initial=[rules.ALL],
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paths = [s.path for _reach, s in table.reach_of(actor, "webhook.own")]
        field = self.fields["place"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Place.objects.all() if "" in paths else Place.objects.filter(path__in=paths)
        field.required = "" not in paths
        if field.required:
            field.empty_label = None


@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by the middleware
    if not table.holds(actor, "webhook.own"):
        raise table.refusal(actor, "webhook.own")
    form = SubscribeForm(request.POST if request.method == "POST" else None, actor=actor)
    secret, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _made, secret = actions.subscribe(actor=actor, now=request.now, **form.cleaned_data)  # type: ignore[attr-defined]  # set by the middleware
                form, status = SubscribeForm(actor=actor), 200
            except Invalid as invalid:
                for name, texts in invalid.fields.items():
                    for text in texts:
                        form.add_error(name if name in form.fields else None, str(text))
    mine = list(Subscription.objects.filter(account_id=actor.own_id).select_related("place").order_by("-active", "-pk")[:100])
    last: dict[int, Parcel] = {}
    for parcel in Parcel.objects.filter(subscription__in=mine, done_at__isnull=False).select_related("happening").order_by("-pk")[:200]:
        last.setdefault(parcel.subscription_id, parcel)
    rows = [
        {"subscription": s, "last": last.get(s.pk), "events": _("全部事件") if rules.ALL in s.events else "、".join(s.events)} for s in mine
    ]
    answer = render(request, "ports/webhooks.html", {"form": form, "rows": rows, "secret": secret}, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
def end(request: HttpRequest, subscription_id: int) -> HttpResponse:
    found = actions.unsubscribe(actor=request.actor, subscription_id=subscription_id, now=request.now)  # type: ignore[attr-defined]  # set by the middleware
    messages.success(request, _("已停用：%(name)s") % {"name": found.name})
    return HttpResponseRedirect("/desk/webhooks/")
