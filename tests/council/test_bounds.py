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
from linli.kernel.files.models import StoredFile
from linli.kernel.matters import actions as matters
from linli.kernel.matters.models import Attachment, Matter
from linli.kernel.matters.nearby import here
from linli.kernel.matters.promises import calendar
from linli.kernel.places.queries import kinds_above
from linli.lib.remembered import forget_all
from linli.loops.council.draws.models import Draw
from linli.loops.council.elections.models import Election
from linli.loops.council.meetings.actions import attending, hands, noticing, noting, planning, running, speaking
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.meetings.models import Meeting
from linli.loops.council.motions.models import Document, Objection
from linli.loops.council.plans.models import Plan as CostPlan
from linli.loops.council.talks.models import Talk
from linli.loops.requests.actions import handling
from tests.council import factories as c
from tests.council.draws import scene as draws
from tests.council.elections import test_elections as elections
from tests.council.factories import Council
from tests.council.plans import test_plans_road as plans
from tests.council.talks import scene as talks
from tests.factories import DAY, HOUR, NOW, in_progress, raised, resolved

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
    found = [q for q in seen if not re.match(r"(?i)\W*(savepoint|release|begin)", q["sql"])]
    if len(found) > 12:
        for q in found:
            print("==", re.sub(r"SELECT .*? FROM", "SELECT FROM", q["sql"])[:230])
    return len(found)


def in_session(council: Council, *refs: str) -> Meeting:
    """A meeting about these motions under way: somebody speaks, two wait, hands are up, something was agreed."""
    topics = tuple(Topic("电梯", ref) for ref in refs)
    plan = Plan(
        place=council.compound, body="compound", title="电梯", starts_at=THEN, venue="议事厅", online="会议号 1", chair_name="王",
        recorder_name="李", notice_days=3, entitled=4, topics=topics,
    )  # fmt: skip
    worker = council.worker
    meeting = planning.plan_meeting(actor=worker, plan=plan, now=NOW)
    noticing.give_notice(actor=worker, meeting_id=meeting.pk, now=NOW)
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


def burdened(council: Council, matter: Matter) -> None:
    """Documents, photos, ties and a standstill: what a motion's page may have to show beside its road."""
    file = StoredFile.objects.create(
        sha256=f"{matter.pk:064}", name="现场.jpg", media_type="image/jpeg", size=9, stored_as="a", thumbnail_as="b", added_at=NOW
    )
    Document.objects.create(motion=matter.motion, kind="law_basis", text="依据", file=file, at=NOW)
    Attachment.objects.create(matter=matter, seq=1, file=file)
    for kind, visibility in (("caused_by", "private"), ("part_of", "public")):
        other = raised(council.cast, place=council.homes[0].parent, actor=council.residents[0], title=f"{kind} {matter.ref}")
        Matter.objects.filter(pk=other.pk).update(visibility=visibility)
        matters.link(actor=council.head, source_id=matter.pk, target_id=other.pk, kind=kind, now=NOW + 17 * DAY)


def reader_of_everything(council: Council) -> None:
    """What the first page may have to tell one reader, `residents[1]`: own requests in every state, and those of neighbours."""
    home, mine = council.homes[1], {"place": council.homes[1].parent, "actor": council.residents[1]}
    raised(council.cast, title="家门口的灯", **mine)
    resolved(council.cast, title="办好了的", **mine)
    suspended = in_progress(council.cast, title="挂起的", **mine)
    handling.suspend(
        actor=council.cast.department_handler, matter_id=suspended.pk, now=NOW, text="等材料", review_on=(THEN + 9 * DAY).date()
    )
    raised(council.cast, title="邻居说的", place=home.parent, actor=council.residents[2])
    c.submitted(council, who=3, title="等附议的议题", place=home.parent.parent)


def test_with_everything_under_way_at_once_no_page_asks_more(council: Council, settings: Any) -> None:
    """Nothing is remembered from a page before: each is the first of its process."""
    settings.STAFF_SECOND_FACTOR = "optional"
    ballot = c.opened(council)
    for who in range(12):
        c.cast(council, ballot, who)
    voting, lived = ballot.motion.matter, c.delivered(council, title="走了很久的议题", who=2)
    meeting = in_session(council, voting.ref, lived.ref)
    plan, talk = plans.shown_lift(council), talks.build_scene(council)
    talk.lively()
    draw = draws.opened(council, applies_until=THEN + DAY, source_at=THEN + 20 * DAY)
    election = elections.opened(council, nominate_until=THEN + DAY)
    reader_of_everything(council)
    for matter in (voting, lived):
        burdened(council, matter)
    decision = lived.motion.decisions.get()
    for _objector in range(3):
        Objection.objects.create(decision=decision, account_id=council.residents[1].account_id, text="有异议", channel="web", at=NOW)

    found: dict[tuple[str, str], int] = {}
    with time_machine.travel(THEN + HOUR, tick=False):
        for about in (voting, lived):
            CostPlan.objects.filter(pk=plan.pk).update(matter=about)
            Talk.objects.filter(pk=talk.talk.pk).update(matter=about)
            Draw.objects.filter(pk=draw.pk).update(about=about)
            Election.objects.filter(pk=election.pk).update(about=about)
            square = ["/", f"/motions/{about.ref}/"]
            desk = [f"/desk/motions/{about.ref}/", f"/desk/meetings/{meeting.pk}/run/?q=邻居", "/desk/"]
            for actor, paths in ((None, square), (council.residents[1], square), (council.worker, square + desk), (council.head, desk)):
                client = reader(actor)
                for path in paths:
                    forget_all()
                    if actor and path == "/desk/":  # all its figures count anew; of the calendar and the places it has heard
                        calendar()
                        here(actor)
                        kinds_above(council.compound.path)
                    n = asked(client, path)
                    if n > MOST_QUERIES:
                        found[actor.name if actor else "", path] = n
            page = reader(council.residents[1]).get(f"/motions/{about.ref}/").content.decode()
            for shown in ("费用分摊方案", "大家怎么看", "抽签", "选举", "开会"):
                assert shown in page
            first = reader(council.residents[1]).get("/").content.decode()
            for shown in ("看看您家要分摊多少", "正在报名的抽签", "正在推荐候选人", "挂起的", "办好了的"):
                assert shown in first
    assert found == {}
