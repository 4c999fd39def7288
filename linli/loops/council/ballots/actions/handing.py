"""Handing a ballot to the government's own voting system: the package is made, and that it left the house is written down."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Refused
from linli.kernel.access.tongue import spoken
from linli.kernel.accounts.actions import log_event
from linli.kernel.rolls.actions.reading import note_export
from linli.loops.council.ballots import official_package
from linli.loops.council.ballots.actions.announcing import frozen_still
from linli.loops.council.ballots.actions.setting_up import ballot_of
from linli.loops.council.ballots.models import Ballot, Kind, State
from linli.loops.council.ballots.wording import rule_words


@transaction.atomic
def take_official_package(*, actor: Actor, ballot_id: int, now: datetime) -> tuple[Ballot, bytes]:
    """
    The package of a consultative ballot (docs/official-package.md). It holds whole names: everybody on the roll sees in their log who took it and what for.

    Raises Refused("not_consultative" | "not_announced" | "frozen_changed"), NotAllowed by the table (`ballot.package`, and the roll's own rows).
    """
    ballot = ballot_of(actor, ballot_id, "ballot.package")
    if not ballot.consultative or ballot.kind == Kind.SURVEY:
        raise Refused("not_consultative", _("这次表决不在主管部门的系统里进行，不用导出资料包。"), rule=rule_words("OWN-030"))
    if ballot.state in (State.DRAFT, State.ABANDONED) or ballot.announcement_id is None:
        raise Refused("not_announced", _("公告以后名册和规则才冻结，那时才能导出资料包。"), rule=_("公告时冻结的，到计票都不能变。"))
    if not frozen_still(ballot):
        raise Refused(
            "frozen_changed", _("公告时冻结的规则和现在的记录对不上，不能导出。请核验记录。"), rule=_("公告时冻结的，到计票都不能变。")
        )
    purpose = spoken(lambda: _("交主管部门的投票系统（%(ref)s）") % {"ref": ballot.motion.matter.ref})
    note_export(actor=actor, roll=ballot.roll, purpose=purpose, now=now)
    content = official_package.build(ballot)
    log_event(
        "official_package_taken",
        now=now,
        actor=actor,
        about=f"ballot {ballot.pk}",
        sha256=hashlib.sha256(content).hexdigest(),
        roll=ballot.roll.hash,
    )
    return ballot, content
