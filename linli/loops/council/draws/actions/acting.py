"""Acting on a draw: `linli.kernel.matters.held`, with what only a draw has."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.held import Held, Kind, holding
from linli.loops.council.draws import rules
from linli.loops.council.draws.models import Application, Draw, Line
from linli.loops.council.draws.reading import may_read

OWN = frozenset({"draw.apply", "draw.object"})


@dataclass
class Acting(Held[Draw, Line]):
    """A locked draw for the time of one act."""

    kind = Kind(
        name="draw",
        model=Draw,
        line=Line,
        may_read=may_read,
        why_not=rules.why_not,
        missing=gettext_lazy("没有找到这次抽签。"),
        changed=gettext_lazy("您打开以后，别人改过这次抽签。请看看新的情况再改。"),
    )

    @property
    def draw(self) -> Draw:
        return self.thing

    def application(self, application_id: int) -> Application:
        found = Application.objects.select_related("home", "person").filter(draw=self.draw, pk=application_id).first()
        if found is None:
            raise NotFound("no_application", _("这次抽签里没有这份报名。"))
        return found


def acting(
    actor: Actor, draw_id: int, verb: str, now: datetime, *, permission: str, own: bool = False, once: str = "", seen: int | None = None
) -> AbstractContextManager[Acting]:
    """
    Lock the draw and let the body change it; `verb` is looked up in `rules.ALLOWED`. `own` says that the actor acts for themselves.

    Raises NotFound, NotAllowed, Conflict when it changed since `seen`, or Refused when the draw is not where `verb` may be done.
    """
    itself = own and permission in OWN
    return holding(Acting, actor, draw_id, verb, now, permission=permission, own=lambda _draw: itself, once=once, seen=seen)
