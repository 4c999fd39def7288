"""Switches of machine judgement: the nearest above decides, whoever may not is refused, and who switched what stays known."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from linli.kernel.access.refusals import Invalid, NotAllowed
from linli.kernel.accounts.models import Event
from linli.kernel.judgement.actions import turn_switch
from linli.kernel.judgement.models import Function, Switch
from linli.kernel.judgement.switches import forget, is_on, own_switches
from tests.factories import Cast

NOW = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def _anew() -> None:
    forget()


@pytest.mark.django_db(transaction=True)
def test_the_nearest_switch_above_decides(cast: Cast, django_assert_num_queries: object) -> None:
    community, building = cast.here.community, cast.here.buildings[0]
    assert all(is_on(function, building) for function in Function.values), "nobody switched: on"

    turn_switch(actor=cast.community_head, function="hot", on=False, place=community, now=NOW, reason="先试行一个月")
    assert not is_on("hot", building)
    assert is_on("hot", cast.here.street), "a community's switch says nothing above it"
    assert is_on("same", building)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert not is_on("hot", building)

    turn_switch(actor=cast.community_head, function="hot", on=True, place=community, now=NOW)
    assert is_on("hot", building)
    assert Switch.objects.count() == 2, "what was switched before stays known"
    assert own_switches(community)["hot"].on
    assert [e.kind for e in Event.objects.filter(kind="judgement")] == ["judgement"] * 2

    turn_switch(actor=cast.community_head, function="hot", on=True, place=community, now=NOW)
    assert Switch.objects.count() == 2, "a switch that stands already is not turned again"


@pytest.mark.django_db
def test_only_who_may_switches_and_only_what_there_is(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        turn_switch(actor=cast.raiser, function="hot", on=False, place=cast.here.community, now=NOW)
    with pytest.raises(NotAllowed):
        turn_switch(actor=cast.community_head, function="hot", on=False, place=None, now=NOW)
    with pytest.raises(Invalid) as unknown:
        turn_switch(actor=cast.community_head, function="oracle", on=False, place=cast.here.community, now=NOW)
    assert "function" in unknown.value.fields
