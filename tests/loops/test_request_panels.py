"""What the rooms above show on a request's own pages: its talk, its meeting, a venue near it; at no more queries than any page has."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.kernel.access.actor import ANONYMOUS
from linli.kernel.access.together import answered
from linli.kernel.matters.panels import panels_of
from linli.kernel.matters.queries import matter_for_page
from linli.loops.council.meetings.actions import noticing, planning
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.talks.actions import opening
from linli.loops.venues.actions import keeping
from tests import factories as f
from tests.factories import DAY, NOW, Cast
from tests.loops.square_reader import reader
from tests.venues.scene import given, scene_again

MOST_QUERIES = 12


@pytest.fixture
def cast(db: None) -> Cast:
    return scene_again().cast


@pytest.fixture(autouse=True)
def _plain_sign_in(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"


def talked_about(cast: Cast, matter: Any) -> Any:
    head = cast.community_head
    opening.open_talk(actor=head, matter_id=matter.pk, question="先修还是先换？", closes_at=NOW + 9 * DAY, now=NOW)
    plan = Plan(
        place=cast.here.compound, body="compound", title="电梯议事会", starts_at=NOW + 6 * DAY, venue="芳草议事厅", chair_name="王",
        recorder_name="李", topics=[Topic("", ref=matter.ref)],
    )  # fmt: skip
    meeting = planning.plan_meeting(actor=head, plan=plan, now=NOW)
    noticing.give_notice(actor=head, meeting_id=meeting.pk, now=NOW)
    return matter


@pytest.mark.parametrize("make", [f.raised, f.waiting, f.whistled])
def test_a_request_shows_its_talk_its_meeting_and_a_venue_near_it_at_no_more_queries(cast: Cast, make: Any) -> None:
    matter = talked_about(cast, make(cast))

    for client, address in (
        (reader(cast.raiser), f"/requests/{matter.ref}/"),
        (reader(), f"/requests/{matter.ref}/"),
        (reader(cast.community_worker), f"/desk/requests/{matter.ref}/"),
    ):
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        page = answer.content.decode()
        assert answer.status_code == 200
        for words in ("先修还是先换？", "电梯议事会", "附近可以坐下来谈的地方", "芳草议事厅"):
            assert words in page, (address, words)
        assert len(asked) <= MOST_QUERIES, (address, len(asked))


def test_a_request_without_any_shows_none_and_asks_nothing_more(cast: Cast, django_assert_num_queries: Any) -> None:
    plain = f.raised(cast, title="路灯不亮")
    matter = matter_for_page(cast.raiser, plain.pk, "request")
    answered(panels_of(cast.raiser, matter, NOW))

    with django_assert_num_queries(0):
        assert [p.title for p in answered(panels_of(ANONYMOUS, matter, NOW))] == ["附近可以坐下来谈的地方"]
    with django_assert_num_queries(1):  # whether its raiser wants to be told
        assert [p.title for p in answered(panels_of(cast.raiser, matter, NOW))] == ["附近可以坐下来谈的地方", "要不要通知我"]
    desk = [p.title for p in answered(panels_of(cast.community_worker, matter, NOW, desk=True))]
    assert desk == ["大家怎么看", "附近可以坐下来谈的地方"], "at the Desk there is the way to open a talk"


def test_the_nearest_venue_stands_first_and_a_closed_one_not_at_all(cast: Cast) -> None:
    far = keeping.add_venue(actor=cast.community_worker, given=given(cast, name="远处的议事厅", point=(30.70, 104.10)), now=NOW)
    near = keeping.add_venue(actor=cast.community_worker, given=given(cast, name="门口的议事角", point=(30.6400, 104.0600)), now=NOW)
    elsewhere = given(cast, name="别处的", place=cast.there.compound)
    keeping.add_venue(actor=cast.outside["community_worker"], given=elsewhere, now=NOW)
    matter = f.raised(cast)
    matter.latitude, matter.longitude = 30_640_000, 104_060_000

    def names() -> list[str]:
        panel = next(p for p in answered(panels_of(cast.raiser, matter, NOW)) if p.template == "venues/panel.html")
        return [row["title"] for row in panel.context["rows"]]

    assert names() == ["门口的议事角", "芳草议事厅"]
    keeping.close_venue(actor=cast.community_worker, venue_id=near.pk, reason="搬走了", now=NOW)
    assert names() == ["芳草议事厅", far.name]
    matter.is_open = False
    assert not [p for p in answered(panels_of(cast.raiser, matter, NOW)) if p.template == "venues/panel.html"]
