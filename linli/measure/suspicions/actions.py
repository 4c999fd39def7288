"""Answering a suspicion: there was a good reason, or something has to be mended. The words stay; nothing follows by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters.models import Entry, Party, Rating
from linli.lib.texts import clean
from linli.measure.suspicions.models import Answer, Behind, State, Suspicion

MOST: Final = 1_000
_WORKED: Final = ("resolve", "conclude_whistle")


@transaction.atomic
def answer(*, actor: Actor, suspicion_id: int, state: str, text: str, now: datetime) -> Answer:
    """
    Say what a suspicion is: `explained` or `mend`, with the reason or what will be done. A later answer stands over an earlier one; both stay.

    Raises NotFound where the actor may not read it, NotAllowed by the table, Refused for whoever recorded or finished what it is about, Invalid
    without a state or words.
    """
    found = Suspicion.objects.select_for_update(of=("self",)).select_related("place").filter(pk=suspicion_id).first()
    if found is None or not table.may(actor, "suspicion.read", found.place.path):
        raise NotFound("no_suspicion", _("没有找到这条疑点。"))
    table.require(actor, "suspicion.answer", found.place.path)
    words = clean(text, MOST)
    wrong = {}
    if state not in (State.EXPLAINED, State.MEND):
        wrong["state"] = [_("请选择是有正当原因，还是要整改。")]
    if len(words) < 5:
        wrong["text"] = [_("请写清原因，或者打算怎样整改（至少五个字）。")]
    if wrong:
        raise Invalid("bad_answer", next(iter(wrong.values()))[0], fields=wrong)
    if _took_part(actor, found):
        raise Refused(
            "own_work",
            _("这条疑点里有您自己登记或办结的，请由别的同事来说明。"),
            rule=_("疑点规则：不能答复自己经手的事"),
            turn_to=_("社区负责人或街道工作人员"),
        )
    last = found.answers.last()
    if last is not None and (last.state, last.text, last.by_id) == (state, words, actor.account_id):
        return last
    Suspicion.objects.filter(pk=found.pk).update(state=state)
    return Answer.objects.create(suspicion=found, state=state, text=words, at=now, by_id=actor.account_id, by_name=actor.name)


def _took_part(actor: Actor, suspicion: Suspicion) -> bool:
    """Whether the actor recorded or finished any of the matters behind it. Meetings are held by many."""
    if actor.account_id is None:
        return False
    behind = suspicion.behind.filter(kind=Behind.Kind.MATTER).values("number")
    return (
        Entry.objects.filter(matter__in=behind, account=actor.account_id, verb__in=_WORKED).exists()
        or Rating.objects.filter(matter__in=behind, recorded_by=actor.account_id).exists()
        or Party.objects.filter(matter__in=behind, account=actor.account_id, role=Party.Role.RECORDER).exists()
    )
