"""Making a matter of another kind out of one: its title and words to be gone over, then the new one with a link both ways."""

from __future__ import annotations

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from linli.kernel.access.asking import put_on
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters import desk
from linli.kernel.matters.actions import BODY_LIMIT, TITLE_LIMIT
from linli.kernel.matters.acts import text_field, worker_and_now
from linli.kernel.matters.models import Link
from linli.kernel.matters.opening import open_and_tell, ways_from
from linli.kernel.matters.queries import id_of_ref, matter_for


class OpenForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("标题"), max_length=TITLE_LIMIT)
    body = text_field(gettext_lazy("内容"), required=False, rows=6, most=BODY_LIMIT)


@require_http_methods(["GET", "HEAD", "POST"])
@desk.at_desk
def open_other(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """One screen: what is known is filled in already. What was made of it before stands above, so that nobody opens it twice."""
    actor, now = worker_and_now(request)
    parent = matter_for(actor, id_of_ref(ref))
    way = next((w for w in ways_from(actor, parent) if w.kind == kind), None)
    if way is None:
        raise NotFound("no_way", _("这件事不能这样转，或者您的角色不能这样做。"))
    form = OpenForm(request.POST or None, initial={"title": parent.public_title, "body": parent.public_body})
    status, refused = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                with transaction.atomic():
                    opened = open_and_tell(actor=actor, kind=kind, parent=parent, now=now, **form.cleaned_data)
                return HttpResponseRedirect(desk.address_of(opened))
            except Invalid as problem:
                put_on(form, problem)
            except Refused as problem:
                refused, status = problem, problem.status
    before = Link.objects.filter(target=parent, ended_at=None, source__kind=kind).select_related("source").order_by("pk")[:20]
    values = {
        "parent": parent,
        "way": way,
        "form": form,
        "refused": refused,
        "back": desk.address_of(parent),
        "before": [{"title": f"{tie.source.ref} {tie.source.public_title}", "href": desk.address_of(tie.source)} for tie in before],
    }
    return render(request, "matters/open.html", values, status=status)
