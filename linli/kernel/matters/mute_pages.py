"""The switch for messages about one matter."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.kernel.access.asking import actor_and_now, sign_in_at
from linli.kernel.matters import muting
from linli.kernel.matters.queries import id_of_ref, matter_for


@require_POST
def switch(request: HttpRequest, ref: str, hear: bool) -> HttpResponse:
    """Mute the matter, or hear of it again; back to its page."""
    actor, now = actor_and_now(request)
    matter = matter_for(actor, id_of_ref(ref))
    page = f"/{matter.kind}s/{matter.ref}/"
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(page))
    act = muting.hear_again if hear else muting.mute
    act(actor=actor, matter_id=matter.pk, now=now)
    messages.success(request, _("以后有进展会再告诉您。") if hear else _("这件事的进展不再通知您；要您本人答复的事还会告诉您。"))
    return HttpResponseRedirect(page)
