"""After the count a bundle is published that anybody checks: it holds as it is, a changed copy is found out, a receipt finds its vote."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from linli.insight.choice import bundle as bundles
from linli.insight.choice import verify_bundle as plain
from linli.insight.choice.seals import Opening, seal
from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound, Refused
from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account
from linli.kernel.people.actions import settle
from linli.kernel.people.models import Home
from linli.kernel.rolls.models import Voter
from linli.loops.council.ballots import receipts, sealing
from linli.loops.council.ballots.actions import announcing, casting, counting, publishing, setting_up, storing
from linli.loops.council.ballots.models import Ballot, Openings, Published, SecretPaper, Vote
from linli.loops.council.motions.models import Decision, Motion
from tests.council.factories import CLOSES, HOMES, OPENS, Council, announced, cast, counted, frozen_roll, opened, scheduled
from tests.factories import DAY, HOUR, HOUSE, NOW

OPTIONS = [{"code": c, "title": f"方案{c}", "text": "", "cost_fen": 30_000} for c in "ABC"]


def published(council: Council, ballot: Ballot) -> tuple[Ballot, dict[str, Any]]:
    """Counted, and the bundle made by the worker."""
    ballot = counted(council, ballot)
    assert publishing.build_due(CLOSES + HOUR) == 1, Published.objects.get(pk=ballot.pk).problem
    content, _digest = publishing.file_of(ballot.pk)
    ballot.refresh_from_db()
    return ballot, json.loads(content)


def voted(council: Council, ballot: Ballot, yes: int = 20, no: int = 8) -> list[storing.Receipt]:
    return [cast(council, ballot, who, "agree" if who < yes else "against") for who in range(yes + no)]


def test_the_bundle_of_a_named_ballot_recomputes_what_was_counted(council: Council) -> None:
    ballot, bundle = published(council, _with(council, opened(council)))

    assert plain.verify(bundle) == []
    assert bundle["result"]["agree"]["owners"] == ballot.result["law"]["agree"]["owners"] == 20
    assert bundle["result"]["agree"]["area"] == ballot.result["law"]["agree"]["area"]
    assert bundle["result"]["passed"] is ballot.passed
    assert bundle["ballot"]["roll_hash"] == ballot.roll.hash
    assert ballot.bundle_hash == bundle["fingerprint"]
    assert Decision.objects.get().bundle == f"/ballots/{ballot.pk}/bundle.json"


def _with(council: Council, ballot: Ballot) -> Ballot:
    voted(council, ballot)
    return ballot


@pytest.mark.any_database
def test_no_name_and_no_door_stand_in_the_bundle(council: Council) -> None:
    _ballot, bundle = published(council, _with(council, opened(council)))
    text = json.dumps(bundle, ensure_ascii=False)
    assert not any(f"邻居{i}" in text for i in range(HOMES))
    assert "单元" not in text


@pytest.mark.any_database
def test_an_owner_recognises_their_home_by_the_salt_they_were_told(council: Council) -> None:
    from linli.loops.council.ballots.bundles import unit_nonce

    ballot, bundle = published(council, _with(council, opened(council)))
    voter = Voter.objects.get(roll=ballot.roll, person=council.owners[3])
    mine = bundles.hide_unit(f"U{council.homes[3].pk}", unit_nonce(bytes(voter.salt), council.homes[3].pk))
    assert [row["owner"] for row in bundle["roll"] if row["unit"] == mine] == [voter.seq]


@pytest.mark.any_database
def test_anybody_computes_a_named_receipt_from_the_bundle(council: Council) -> None:
    ballot = opened(council)
    given = {receipt.code for receipt in voted(council, ballot)}
    _ballot, bundle = published(council, ballot)
    found = {receipts.named_code(bundle["ballot"]["id"], v["owner"], v["choice"], v["nonce"]) for v in bundle["votes"]}
    assert found == given


@pytest.mark.any_database  # the file is the same
@pytest.mark.parametrize("secrecy", ["named", "secret"])
def test_the_command_passes_the_file_and_names_the_fault_of_a_changed_copy(council: Council, tmp_path: Path, secrecy: str) -> None:
    _ballot, bundle = published(council, _with(council, opened(council, secrecy=secrecy)))
    whole, changed, fewer = tmp_path / "bundle.json", tmp_path / "changed.json", tmp_path / "fewer.json"
    whole.write_text(json.dumps(bundle), encoding="utf-8")
    bent = json.loads(json.dumps(bundle))
    bent["votes"][4]["choice"] = "against" if bent["votes"][4]["choice"] == "agree" else "agree"
    changed.write_text(json.dumps(bent), encoding="utf-8")
    bent = json.loads(json.dumps(bundle))
    del bent["votes"][2]
    fewer.write_text(json.dumps(bent), encoding="utf-8")

    command = [sys.executable, "-m", "linli.config.cli", "verify", "ballot"]
    good, bad, missing = (subprocess.run([*command, str(f)], capture_output=True, text=True, check=False) for f in (whole, changed, fewer))
    script = subprocess.run([sys.executable, str(bundles.SCRIPT), str(whole)], capture_output=True, text=True, check=False)

    assert good.returncode == script.returncode == 0, good.stdout + good.stderr
    assert bad.returncode != 0
    assert "votes[4]" in bad.stdout + bad.stderr
    assert missing.returncode != 0


def test_the_result_is_posted_first_and_the_bundle_follows(council: Council) -> None:
    ballot = counted(council, _with(council, opened(council)))
    assert Decision.objects.get().passed is ballot.passed
    with pytest.raises(NotFound):
        publishing.file_of(ballot.pk)
    assert publishing.build_due(CLOSES) == 1
    assert publishing.build_due(CLOSES + HOUR) == 0
    assert publishing.file_of(ballot.pk)[1].startswith("sha256:")


def test_a_worker_that_died_while_building_is_followed_by_another(council: Council) -> None:
    ballot = counted(council, _with(council, opened(council)))
    Published.objects.filter(pk=ballot.pk).update(state="building", claimed_at=CLOSES)
    assert publishing.build_due(CLOSES + HOUR / 4) == 0
    assert publishing.build_due(CLOSES + HOUR) == 1


@pytest.mark.any_database
def test_a_bundle_that_contradicts_the_count_is_not_published(council: Council) -> None:
    ballot = counted(council, _with(council, opened(council)))
    Vote.objects.filter(ballot=ballot, choice="agree").update(choice="against")
    assert publishing.build_due(CLOSES) == 0
    kept = Published.objects.get(pk=ballot.pk)
    assert (kept.state, bool(kept.problem)) == ("failed", True)
    with pytest.raises(Refused):
        Published.objects.filter(pk=ballot.pk).update(state="ready", digest="x")
        publishing.build_again(actor=council.head, ballot_id=ballot.pk, now=CLOSES)


def test_late_and_void_papers_stand_in_the_bundle_with_their_reason(council: Council) -> None:
    ballot = _with(council, opened(council))
    vote = Vote.objects.filter(ballot=ballot).first()
    Vote.objects.filter(pk=vote.pk).update(state="void")
    _ballot, bundle = published(council, ballot)
    assert [v["not_counted"] for v in bundle["votes"] if "not_counted" in v] == ["void"]
    assert plain.verify(bundle) == []


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("kind", "question", "one", "two", "heads"),
    [
        ("approval", {"options": OPTIONS}, {"approve": ["A", "B"]}, {"approve": ["C"]}, {"A": 20, "B": 20, "C": 8}),
        ("ranked", {"options": OPTIONS, "method": "schulze"}, {"rank": ["B", "A"]}, {"rank": ["C"]}, {"A": 20, "B": 20, "C": 8}),
        ("points", {"options": OPTIONS, "points": 10}, {"points": {"A": 7, "C": 3}}, {"points": {"C": 10}}, {"A": 20, "B": 0, "C": 28}),
        ("election", {"options": OPTIONS, "seats": 2}, {"approve": ["A", "B"]}, {"approve": ["A"]}, {"A": 28, "B": 20, "C": 0}),
        ("budget", {"options": OPTIONS, "budget_fen": 60_000}, {"approve": ["A", "B"]}, {"approve": ["C"]}, {"A": 20, "B": 20, "C": 8}),
    ],
)
@pytest.mark.parametrize("secrecy", ["named", "secret"])
def test_other_kinds_carry_the_choices_and_the_test_of_the_law(
    council: Council, kind: str, question: dict[str, Any], one: Any, two: Any, heads: dict[str, int], secrecy: str
) -> None:
    ballot = opened(council, kind=kind, question=question, secrecy=secrecy)
    for who in range(28):
        cast(council, ballot, who, one if who < 20 else two)
    ballot, bundle = published(council, ballot)

    assert plain.verify(bundle) == []
    assert bundle["result"]["heads"] == heads
    bent = json.loads(json.dumps(bundle))
    bent["votes"][0]["said"] = "abstain"
    assert {where for where, _zh, _en in plain.verify(bent)} >= {"votes[0]", "tree.root", "fingerprint"}
    if secrecy == "secret" and kind != "budget":  # there all who chose anything agree: the sum is that of those who took part
        assert "area" not in bundle["result"]["agree"]


# --- secret ---------------------------------------------------------------------------------------------
def secret(council: Council) -> Ballot:
    return opened(council, secrecy="secret")


def test_a_secret_bundle_holds_seals_and_no_times_or_owners(council: Council) -> None:
    ballot = secret(council)
    given = {receipt.code for receipt in voted(council, ballot)}
    ballot, bundle = published(council, ballot)

    assert plain.verify(bundle) == []
    assert {v["tag"] for v in bundle["votes"]} == given
    assert all(v.keys() == {"tag", "choice", "seal", "leaf"} for v in bundle["votes"])
    assert len(bundle["took_part"]) == 28
    assert "proof" in bundle or "withheld" in bundle


@pytest.mark.any_database
def test_a_secret_receipt_opens_the_seal_of_ones_own_area(council: Council) -> None:
    ballot = secret(council)
    receipt = voted(council, ballot)[2]
    payload = sealing.unseal(sealing.cipher_of(ballot), ballot, receipt.vote.voter_id, receipt.vote.sealed)
    voter = Voter.objects.get(pk=receipt.vote.voter_id)
    made = seal(receipts.ballot_name(ballot), Opening(voter.area, int(payload["blinding"], 16)))
    area = f"{voter.area // 100}.{voter.area % 100:02d}"
    mine = receipts.secret_file(ballot, payload, "agree", area, made)
    _ballot, bundle = published(council, ballot)

    assert plain.verify_receipt(bundle, mine) == []
    assert plain.verify_receipt(bundle, {**mine, "area": "1.00"})[0][0] == "receipt.area"
    assert bundles.make_tag(*mine["nonces"]) == receipt.code


@pytest.mark.any_database
def test_what_a_device_brings_goes_into_the_tag(council: Council) -> None:
    ballot = secret(council)
    receipt = casting.cast_online(actor=council.residents[0], ballot_id=ballot.pk, choice="agree", now=OPENS + DAY, theirs="from my phone")
    payload = sealing.unseal(sealing.cipher_of(ballot), ballot, receipt.vote.voter_id, receipt.vote.sealed)
    assert receipt.code == bundles.make_tag(payload["ours"], "from my phone")


@pytest.mark.any_database
def test_nothing_posted_of_a_secret_ballot_tells_an_area_by_choice_that_shows_somebody(council: Council) -> None:
    # One home of a size of its own votes alone against the others: its area is the sum of those against.
    ballot = secret(council)
    voted(council, ballot, yes=27, no=1)
    ballot, bundle = published(council, ballot)
    told = json.dumps([ballot.result, Decision.objects.get().figures, Decision.objects.get().text], ensure_ascii=False)
    lone = Voter.objects.get(roll=ballot.roll, person=council.owners[27]).area
    agreeing = sum(Voter.objects.filter(roll=ballot.roll, person__in=council.owners[:27]).values_list("area", flat=True))

    assert bundle["withheld"]["code"] == "sums_identify"
    assert ballot.result["withheld"]["code"] == "sums_identify"
    for number in (lone, agreeing):
        assert f'"{number // 100}.{number % 100:02d}"' not in told
    assert "agree_area" not in Decision.objects.get().figures
    assert Decision.objects.get().figures["agree_owners"] == 27


def test_the_witnesses_take_the_openings_and_then_they_are_gone(council: Council) -> None:
    ballot = counted(council, _with(council, secret(council)))
    with pytest.raises(Refused, match="还没有公布"):
        publishing.take_openings(actor=council.head, ballot_id=ballot.pk, witnesses="李四、王五", now=CLOSES)
    publishing.build_due(CLOSES)
    bundle = json.loads(publishing.file_of(ballot.pk)[0])
    with pytest.raises(NotAllowed):
        publishing.take_openings(actor=council.residents[0], ballot_id=ballot.pk, witnesses="李四", now=CLOSES)
    with pytest.raises(Invalid):
        publishing.take_openings(actor=council.head, ballot_id=ballot.pk, witnesses=" ", now=CLOSES)
    with pytest.raises(Refused):
        publishing.erase_openings(actor=council.head, ballot_id=ballot.pk, now=CLOSES)
    token = make_token(actor=HOUSE, account=Account.objects.get(pk=council.head.account_id), name="t", scopes=["*"], now=NOW)[1]
    machine = Client(headers={"Authorization": f"Bearer {token}"})
    with time_machine.travel(CLOSES, tick=False):
        path = f"/api/v1/ballots/{ballot.pk}/openings"
        kept = machine.post(path, {"witnesses": "李四、王五"}, content_type="application/json").json()
        assert machine.post(f"{path}/erase").status_code == 204

    assert plain.verify_openings(bundle, kept) == []
    assert not Openings.objects.get().kept
    with pytest.raises(Refused, match="不再保存"):
        publishing.take_openings(actor=council.head, ballot_id=ballot.pk, witnesses="李四", now=CLOSES)


def test_a_roll_on_which_areas_show_homes_is_asked_for_a_named_ballot(council: Council) -> None:
    for i, home in enumerate(council.homes):
        Home.objects.filter(place=home).update(exclusive_area=8000 + i * 25)
    with pytest.raises(Refused) as refused:
        announced(council, secrecy="secret")
    assert "记名" in str(refused.value)


# --- heads, surveys, races --------------------------------------------------------------------------------
@pytest.mark.any_database
def test_where_heads_count_a_bundle_recomputes_too(council: Council) -> None:
    _settle(council, 12)
    roll = frozen_roll(council, kind="residents")
    assert (roll.voter_count, roll.has_area) == (12, False)
    ballot = opened(council, roll=roll, profile="custom", thresholds={"take_part": {"entitled": [">", "1/2"]}, "agree": {"base": "participating", "entitled": [">", "1/2"]}}, thresholds_source="居民自治章程第八条")  # fmt: skip
    for who in range(8):
        casting.cast_online(actor=council.residents[who], ballot_id=ballot.pk, choice="agree", now=OPENS + DAY)
    _ballot, bundle = published(council, ballot)
    assert plain.verify(bundle) == []
    assert bundle["result"]["participating"]["owners"] == 8
    assert bundle["result"]["passed"] is True
    bent = json.loads(json.dumps(bundle))
    bent["votes"][0]["choice"] = "against"
    assert {where for where, _zh, _en in plain.verify(bent)} >= {"votes[0]", "tree.root", "fingerprint"}


def _settle(council: Council, count: int) -> None:
    """The owners of the first homes live in them, and are of age."""
    for i in range(count):
        person = council.owners[i]
        person.born_on = date(1960, 1, 1)
        person.save()
        settle(
            actor=HOUSE, person=person, home=Home.objects.get(place=council.homes[i]), relation="owner", since_on=date(2020, 1, 1), now=NOW
        )


def test_a_survey_opens_is_answered_and_decides_nothing(council: Council) -> None:
    matter = scheduled(council)
    motion = Motion.objects.get(pk=matter.pk)
    survey = setting_up.set_up(actor=council.head, motion=motion, roll=frozen_roll(council), opens_at=NOW + HOUR, closes_at=CLOSES, now=NOW, kind="survey")  # fmt: skip
    announcing.announce_survey(actor=council.head, ballot_id=survey.pk, now=NOW)
    assert setting_up.open_due(NOW + HOUR) == 1
    survey.refresh_from_db()
    cast(council, survey, 0, "agree", now=NOW + DAY)
    ballot, bundle = published(council, survey)
    assert ballot.passed is None
    assert ballot.result["law"]["agree"]["owners"] == 1
    assert plain.verify(bundle) == []
    assert not Decision.objects.exists()
    matter.refresh_from_db()
    assert matter.state == "scheduled"


def test_a_vote_that_waits_while_the_count_runs_is_refused(council: Council) -> None:
    ballot = counted(council, _with(council, opened(council)))
    with pytest.raises(Refused) as refused:
        cast(council, ballot, 5, "against", now=CLOSES - HOUR)  # began before the close, comes through after the count
    assert refused.value.code == "closed"


def test_repeating_a_vote_in_conflict_adds_no_row(council: Council) -> None:
    ballot = opened(council)
    cast(council, ballot, 0, "agree")
    seq = Voter.objects.get(roll=ballot.roll, person=council.owners[0]).seq
    given: dict[str, Any] = {"actor": council.worker, "ballot_id": ballot.pk, "seq": seq, "choice": "against", "channel": "phone"}
    for _time in range(2):
        casting.record_vote(**given, witness_id=council.head.account_id, consent=True, now=OPENS + 2 * DAY)
    cast(council, ballot, 0, "agree", now=OPENS + 3 * DAY)
    assert Vote.objects.count() == 2


def test_the_count_of_secret_votes_leaves_no_link(council: Council) -> None:
    ballot = counted(council, _with(council, secret(council)))
    assert not any(bytes(v.sealed) or v.receipt or bytes(v.nonce) for v in Vote.objects.filter(ballot=ballot))
    assert SecretPaper.objects.filter(ballot=ballot).count() == 28
    assert counting.figures_of(ballot.result)["agree_owners"] == 20
