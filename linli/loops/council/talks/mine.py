"""What talks bring to a resident's own page: those the reader took part in, those still open first."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.mine import Mine
from linli.loops.council.talks.models import Participant, Talk
from linli.loops.council.talks.reading import readable
from linli.web.words import until

ROWS = 5


def mine(actor: Actor, now: datetime) -> Asking[Mine]:
    """One query; none for who is nobody of the roster, as only persons take part."""
    if actor.person_id is None:
        return Mine("")
    seats = Participant.objects.filter(talk=OuterRef("pk"), person=actor.person_id)
    (talks,) = yield [Talk.objects.filter(readable(actor), Exists(seats)).select_related("matter").order_by("-pk")[:ROWS]]
    return Mine(_("我的交流"), rows=[_row(talk, now) for talk in talks], href=reverse("talks:list"))


def _row(talk: Talk, now: datetime) -> dict[str, str]:
    ended = talk.closed_at is not None or talk.closes_at <= now
    return {
        "href": reverse("talks:mine", args=[talk.pk]),
        "title": talk.question,
        "meta": " · ".join((talk.matter.ref, _("已结束") if ended else _("%(when)s截止") % {"when": until(talk.closes_at)})),
        "chip": _("已结束") if ended else _("正在交流"),
        "tone": "plain" if ended else "green",
        "icon": "speak",
    }
