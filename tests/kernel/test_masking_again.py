"""Stored public texts are looked through with today's rules of masking, and hidden where asked for, each time on record."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from linli.kernel.accounts.models import Event
from linli.kernel.matters.commands import verify
from linli.kernel.matters.models import Entry, Matter
from linli.kernel.matters.search import matching_ids
from linli.kernel.matters.verify import verify_timelines
from linli.loops.requests.actions import handling
from tests.factories import Cast, later, raised

pytestmark = [pytest.mark.django_db]
OLD = "楼上王小明家漏水，电话 13800138000"


def test_what_older_rules_let_through_is_named_and_hidden_on_demand(cast: Cast) -> None:
    fine, old, decided = raised(cast), raised(cast, title="漏水"), raised(cast, title="屋顶漏水")
    handling.retell(
        actor=cast.community_worker, matter_id=decided.pk, now=later(hours=1), public_title="屋顶漏水", public_body=OLD, visibility="public"
    )
    Matter.objects.filter(pk=old.pk).update(public_body=OLD)
    run = CliRunner()

    looked = run.invoke(verify, ["masking", "--quiet"])
    assert looked.exit_code == 1 and f"matter {old.ref}" in looked.output and "phone" in looked.output
    assert f"matter {decided.ref}" in looked.output and f"matter {fine.ref}" not in looked.output
    assert Matter.objects.get(pk=old.pk).public_body == OLD, "looking changes nothing"

    mended = run.invoke(verify, ["masking", "--mend", "--quiet"])
    assert "工作人员改过，没有动" in mended.output and mended.exit_code == 1
    after = Matter.objects.get(pk=old.pk)
    assert "13800138000" not in after.public_body and "漏水" in after.public_body and after.version == old.version
    assert Matter.objects.get(pk=decided.pk).public_body == OLD
    event = Event.objects.get(kind="text_masked_again")
    assert event.about == f"matter {old.ref}" and event.details["fields"] == ["public_body"] and "13800138000" not in str(event.details)
    entry = Entry.objects.filter(matter=old).latest("seq")
    assert (entry.verb, entry.public, entry.facts) == ("mask", False, {"fields": ["public_body"]})
    assert not list(verify_timelines(Matter.objects.filter(pk=old.pk)))
    assert matching_ids("13800138000", before=None, limit=5) == [decided.pk]
