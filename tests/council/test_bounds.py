"""Pages of the council ask at most twelve questions of the database, whoever reads them and however long their matter lived."""

from __future__ import annotations

import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.matters import actions as matters
from linli.loops.council.meetings.actions import attending, hands, noting, planning, running, speaking
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.meetings.models import Meeting
from tests.council import factories as c
from tests.council.factories import Council
from tests.factories import DAY, HOUR, NOW, raised

MOST_QUERIES = 12
THEN = NOW + 30 * DAY


def reader(actor: Actor | None) -> Client:
    client = Client()
    if actor is not None:
        client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def asked(client: Client, path: str) -> int:
    """How many questions the page asks; the marks of a transaction are none."""
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200, path
    return len([q for q in seen if not re.match(r"(?i)\W*(savepoint|release|begin)", q["sql"])])


def in_session(council: Council, *refs: str) -> Meeting:
    """A meeting about these motions under way: somebody speaks, two wait, hands are up, something was agreed."""
    topics = tuple(Topic("电梯", ref) for ref in refs)
    plan = Plan(
        place=council.compound, body="compound", title="电梯", starts_at=THEN, venue="议事厅", online="会议号 1", chair_name="王",
        recorder_name="李", notice_days=3, entitled=4, topics=topics,
    )  # fmt: skip
    worker = council.worker
    meeting = planning.plan_meeting(actor=worker, plan=plan, now=NOW)
    planning.give_notice(actor=worker, meeting_id=meeting.pk, now=NOW)
    for resident in council.residents[:4]:
        attending.sign_in(actor=resident, meeting_id=meeting.pk, now=THEN - HOUR / 6)
    running.open_meeting(actor=worker, meeting_id=meeting.pk, now=THEN)
    for item in reversed(meeting.items.order_by("seq")):
        running.open_item(actor=worker, meeting_id=meeting.pk, item_id=item.pk, now=THEN)
        noting.note(actor=worker, meeting_id=meeting.pk, kind="decision", text="先修一年", now=THEN)
    for resident in council.residents[:3]:
        speaking.ask(actor=resident, meeting_id=meeting.pk, side="open", now=THEN)
    speaking.call(actor=worker, meeting_id=meeting.pk, now=THEN)
    hands.open_hands(actor=worker, meeting_id=meeting.pk, question="可以吗", now=THEN)
    return meeting


def test_no_page_of_the_council_asks_more_than_twelve_questions(council: Council, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    ballot = c.opened(council)
    for who in range(12):
        c.cast(council, ballot, who)
    voting, fresh = ballot.motion.matter, c.submitted(council, who=5, title="新的议题")
    screened = c.seconded(council, who=6, title="等审核的议题")
    lived = c.delivered(council, title="走了很久的议题", who=2)
    cause = raised(council.cast, place=council.homes[0].parent, actor=council.residents[0])
    matters.link(actor=council.head, source_id=lived.pk, target_id=cause.pk, kind="caused_by", now=NOW + 17 * DAY)
    meeting = in_session(council, voting.ref, lived.ref)
    square = [f"/motions/{m.ref}/" for m in (voting, fresh, screened, lived)]
    square += ["/motions/", "/ballots/", f"/ballots/{ballot.pk}/", "/meetings/", f"/meetings/{meeting.pk}/"]
    b, m = f"/desk/ballots/{ballot.pk}/", f"/desk/meetings/{meeting.pk}/"
    desk = [f"/desk{path}" for path in square[:5]] + ["/desk/ballots/", b, f"{b}delivery/", f"{b}paper/", f"{b}phone/?seq=3"]
    desk += [f"{b}proxies/?seq=3", f"{b}conflicts/", "/desk/ballots/paper/", "/desk/meetings/", m, f"{m}run/", f"{m}board/"]

    with time_machine.travel(THEN + HOUR, tick=False):
        found: dict[tuple[str, str], int] = {}
        for actor, paths in ((None, square), (council.residents[1], square), (council.head, square + desk)):
            client = reader(actor)
            client.get("/meetings/")  # what every page remembers of places and units is not this page's
            found |= {(actor.name if actor else "", path): n for path in paths if (n := asked(client, path)) > MOST_QUERIES}
    assert found == {}


@pytest.mark.parametrize("state", ["drafting", "noticed"])
def test_preparing_a_decision_costs_no_more(council: Council, settings: Any, state: str) -> None:
    """The page that shows how the notice will read, and the one under a notice."""
    settings.STAFF_SECOND_FACTOR = "optional"
    matter = c.scheduled(council, road="four_steps")
    from linli.loops.council.motions.actions import preparing

    preparing.draft_options(actor=council.head, matter_id=matter.pk, now=NOW)
    if state == "noticed":
        preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW)
    client = reader(council.head)
    with time_machine.travel(NOW + HOUR, tick=False):
        client.get("/meetings/")
        assert asked(client, f"/desk/motions/{matter.ref}/") <= MOST_QUERIES
