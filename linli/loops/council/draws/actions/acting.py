"""
The one way to act on a draw: lock it, ask the table, ask the rules, change, write the record, move its version on.

A form sent twice carries the same mark `once`; the second time `repeated` is true and the action changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.notices.actions import Addressee, publish_notice, send
from linli.kernel.notices.models import Notice
from linli.lib.texts import clean
from linli.loops.council.draws import rules
from linli.loops.council.draws.models import Application, Draw, Line
from linli.loops.council.draws.reading import may_read

OWN = frozenset({"draw.apply", "draw.object"})


@dataclass
class Acting:
    """A locked draw for the time of one act."""

    draw: Draw
    actor: Actor
    now: datetime
    once: str = ""
    repeated: bool = False
    lines: list[Line] = field(default_factory=list)

    def record(self, verb: str, **facts: Any) -> None:
        """One line of the record; facts are plain values, and none that may not be public."""
        self.draw.line_count += 1
        self.lines.append(
            Line(
                draw=self.draw,
                seq=self.draw.line_count,
                at=self.now,
                verb=verb,
                who=(self.actor.name or str(_("系统")))[:60],
                account_id=self.actor.account_id,
                channel=self.actor.channel,
                facts=facts,
                once="" if self.lines else self.once,
            )
        )

    def application(self, application_id: int) -> Application:
        found = Application.objects.select_related("home", "person").filter(draw=self.draw, pk=application_id).first()
        if found is None:
            raise NotFound("no_application", _("这次抽签里没有这份报名。"))
        return found

    def publish(self, title: str, body: str, **facts: Any) -> Notice:
        return publish_notice(
            actor=self.actor,
            place=self.draw.place,
            title=title[:120],
            body=body,
            now=self.now,
            kind="matter",
            facts={"draw": self.draw.pk, **facts},
        )

    def tell(self, applications: Iterable[Application], key: str, title: str, body: str) -> None:
        """A message to the applicants, each in the way they chose."""
        to = [Addressee(account_id=a.account_id, person=a.person) for a in applications if a.person_id or a.account_id]
        send(
            to,
            key=f"draw:{self.draw.pk}:{key}",
            title=title,
            body=body,
            address=f"/draws/{self.draw.pk}/",
            about=f"draw {self.draw.pk}",
            place_path=self.draw.place_path,
            now=self.now,
        )


def needed(text: str, field_name: str, words: str, limit: int = 300) -> str:
    """A text that must be there, cleaned. Raises Invalid."""
    made = clean(text, limit)
    if len(made) < 2:
        raise Invalid("missing", words, fields={field_name: [words]})
    return made


@contextmanager
def acting(
    actor: Actor, draw_id: int, verb: str, now: datetime, *, permission: str, own: bool = False, once: str = "", seen: int | None = None
) -> Iterator[Acting]:
    """
    Lock the draw and let the body change it; `verb` is looked up in `rules.ALLOWED`. `own` says that the actor acts for themselves.

    Raises NotFound, NotAllowed, Conflict when it changed since `seen`, or Refused when the draw is not where `verb` may be done.
    """
    with transaction.atomic():
        draw = Draw.objects.select_for_update(of=("self",)).select_related("place").filter(pk=draw_id).first()
        if draw is None or not may_read(actor, draw):
            raise NotFound("no_draw", _("没有找到这次抽签。"))
        table.require(actor, permission, draw.place_path, own=own and permission in OWN)
        act = Acting(draw, actor, now, once[:40])
        if act.once and Line.objects.filter(draw=draw, once=act.once).exists():
            act.repeated = True
            yield act
            return
        if seen is not None and seen != draw.version:
            raise Conflict("changed", _("您打开以后，别人改过这次抽签。请看看新的情况再改。"))
        why = rules.why_not(verb, draw.state)
        if why is not None:
            raise Refused("not_now", why, state=draw.state)
        yield act
        if act.lines:
            draw.version += 1
            draw.save()
            Line.objects.bulk_create(act.lines)
