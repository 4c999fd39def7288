"""
Papers of a ballot: an authority as PDF, the statement that settles a conflict, the package for the government's voting system, its result with
figures that fit, and who is written down for having read what is not public.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from linli.insight.choice.verify_package import manifest_of, verify
from linli.kernel.access.refusals import Invalid, NotAllowed, Refused
from linli.kernel.accounts.models import Event
from linli.kernel.files.actions import store_paper
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.commands import package
from linli.kernel.people.models import FieldReading
from linli.kernel.rolls.models import Voter
from linli.law import voting
from linli.lib.units import parse_area
from linli.loops.council.ballots import official
from linli.loops.council.ballots.actions import casting, counting, entrusting, handing, settling
from linli.loops.council.ballots.evidence import of_ballots
from linli.loops.council.ballots.models import Ballot, Proxy, Settlement, Vote
from linli.loops.council.ballots.wording import frozen_words
from linli.loops.council.motions.models import Decision
from linli.ports.tables.commands import export
from tests.council.factories import CLOSES, OPENS, Council, announced, cast, counted, opened
from tests.factories import DAY, NOW
from tests.papers import docx, pdf

pytestmark = [pytest.mark.django_db]


def stored(council: Council, content: bytes | None = None, name: str = "结果.pdf") -> StoredFile:
    return store_paper(actor=council.head, upload=io.BytesIO(content or pdf()), name=name, now=NOW)


def seq_of(council: Council, ballot: Ballot, who: int) -> int:
    return int(Voter.objects.get(roll=ballot.roll, person=council.owners[who]).seq)


def in_conflict(council: Council, ballot: Ballot) -> tuple[int, Vote]:
    """The first owner voted on their screen, and said otherwise on the phone."""
    cast(council, ballot, 0, "agree", now=OPENS + DAY)
    seq = seq_of(council, ballot, 0)
    casting.record_vote(
        actor=council.worker, ballot_id=ballot.pk, seq=seq, choice="against", channel="phone", now=OPENS + DAY,
        witness_id=council.head.account_id, consent=True,
    )  # fmt: skip
    return seq, Vote.objects.get(channel="online")


# --- what settles a conflict ---------------------------------------------------------------------------------------------
def test_where_the_rule_asks_for_it_a_conflict_is_settled_only_with_the_signed_statement(council: Council) -> None:
    ballot = opened(council, settle_signed=True)
    assert ballot.frozen["settle_signed"] is True
    assert any("签字的书面说明" in line for line in frozen_words(ballot))
    seq, online = in_conflict(council, ballot)
    terms: dict[str, Any] = {
        "actor": council.head,
        "ballot_id": ballot.pk,
        "seq": seq,
        "vote_id": online.pk,
        "reason": "本人到社区",
        "now": OPENS + 2 * DAY,
    }
    with pytest.raises(Invalid) as refused:
        settling.settle(**terms)
    assert "statement" in refused.value.fields and not Settlement.objects.exists()
    statement = stored(council, docx(), "说明")
    assert settling.settle(**terms, statement=statement).statement == statement
    counted(council, ballot)
    decided = Decision.objects.get(motion=ballot.motion)
    kept = dict(of_ballots(decided))[f"ballot-{ballot.pk}/conflicts.json"]
    assert json.loads(kept)[0]["statement__sha256"] == hashlib.sha256(docx()).hexdigest()


def test_where_it_does_not_the_statement_may_be_added_and_old_ballots_hash_as_they_did(council: Council) -> None:
    ballot = opened(council)
    assert "settle_signed" not in ballot.frozen
    seq, online = in_conflict(council, ballot)
    made = settling.settle(actor=council.head, ballot_id=ballot.pk, seq=seq, vote_id=online.pk, reason="电话核实", now=OPENS + 2 * DAY)
    assert made.statement is None


# --- the package ---------------------------------------------------------------------------------------------------------
def taken(council: Council, ballot: Ballot) -> bytes:
    return handing.take_official_package(actor=council.head, ballot_id=ballot.pk, now=NOW + DAY)[1]


def repacked(content: bytes, **changed: bytes | None) -> bytes:
    """The package with files changed (by their names with "_" for "."), taken out (None) or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        names = {name.replace(".", "_"): name for name in old.namelist()}
        for key, name in names.items():
            body = changed.pop(key, old.read(name))
            if body is not None:
                new.writestr(name, body)
        for key, body in changed.items():
            new.writestr(key, body or b"")
    return out.getvalue()


def test_the_package_holds_the_roll_and_its_rule_is_the_same_twice_and_everybody_on_it_reads_who_took_it(council: Council) -> None:
    ballot = announced(council, jurisdiction="CN-BJ", official_system="北京业主 App")
    content = taken(council, ballot)
    with time_machine.travel(NOW + 500 * DAY), translation.override("en"):
        assert content == taken(council, ballot)
    assert verify(content) == []
    assert Event.objects.filter(kind="official_package_taken").count() == 2
    assert Event.objects.filter(kind="roll_exported").count() == 2
    assert FieldReading.objects.filter(person=council.owners[5], purpose=f"交主管部门的投票系统（{ballot.motion.matter.ref}）").count() == 2

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert list(files) == [
        "README.txt", "roll.xlsx", "roll.csv", "roll.json", "notice.html", "ballot.html", "rule.txt", "manifest.json", "SHA256SUMS",
    ]  # fmt: skip
    about = manifest_of(content)
    assert about["roll"]["hash"] == ballot.roll.hash and about["terms_hash"] == ballot.frozen_hash
    assert (about["roll"]["voters"], about["roll"]["area"]) == (40, "3395.00")
    rows = files["roll.csv"].decode("utf-8-sig").splitlines()
    assert len(rows) == 41 and "邻居7" in files["roll.csv"].decode()
    assert "加装电梯" in files["notice.html"].decode() and "同意" in files["ballot.html"].decode()
    rule = files["rule.txt"].decode()
    assert "民法典" in rule and "不算参与表决" in rule and "This ballot is consultative" in rule
    assert ballot.roll.hash in files["README.txt"].decode() and "sha256sum -c" in files["README.txt"].decode()

    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(files["roll.xlsx"])).active
    assert sheet is not None
    assert [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)] == [row.split(",") for row in rows]


def test_a_changed_package_says_which_part_was_changed(council: Council) -> None:
    content = taken(council, announced(council, jurisdiction="CN-BJ"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        roll, manifest, listed = json.loads(archive.read("roll.json")), json.loads(archive.read("manifest.json")), archive.read("roll.csv")

    def where(changed: bytes) -> set[str]:
        return {problem[0] for problem in verify(changed)}

    assert "rule.txt" in where(repacked(content, rule_txt=b"everybody agrees"))
    assert "notice.html" in where(repacked(content, notice_html=None))
    assert "more.txt" in where(repacked(content, **{"more.txt": b"x"}))
    assert where(b"no zip") == {"package"}
    assert where(repacked(content, manifest_json=None)) == {"manifest.json"}

    def forged(roll: dict[str, Any], listed: bytes = listed) -> bytes:
        """Everything made to fit again but what was published."""
        parts = {"roll.json": json.dumps(roll, ensure_ascii=False).encode(), "roll.csv": listed}
        for row in manifest["files"]:
            if row["name"] in parts:
                row |= {"size": len(parts[row["name"]]), "sha256": hashlib.sha256(parts[row["name"]]).hexdigest()}
        told = json.dumps(manifest).encode()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            whole = {**{name: archive.read(name) for name in archive.namelist()}, **parts, "manifest.json": told}
        sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in whole.items() if name != "SHA256SUMS")
        changed = {"roll_json": parts["roll.json"], "roll_csv": listed, "manifest_json": told, "SHA256SUMS": sums.encode()}
        return repacked(content, **changed)

    assert where(forged(roll)) == set()
    other = json.loads(json.dumps(roll))
    other["voters"][3]["who"] = other["voters"][3]["who"].replace("邻居", "别人")
    assert where(forged(other)) == {"roll.json #4"}
    fewer = json.loads(json.dumps(roll))
    del fewer["voters"][-1]
    assert where(forged(fewer)) >= {"roll.json", "roll.csv"}
    assert where(forged(roll, listed.replace(b"80.00", b"90.00", 1))) == {"roll.csv"}
    terms = json.loads(json.dumps(roll))
    terms["terms"]["record_date"] = "2020-01-01"
    assert where(forged(terms)) == {"roll.json"}
    manifest["terms"]["closes_at"] = "2020-01-01"
    assert where(forged(roll)) == {"manifest.json"}


def test_only_an_announced_ballot_of_such_a_place_is_handed_over_and_only_by_who_may_open_the_roll(council: Council) -> None:
    ballot = announced(council)
    with pytest.raises(Refused) as ours:
        taken(council, ballot)
    assert ours.value.code == "not_consultative"
    with pytest.raises(NotAllowed):
        handing.take_official_package(actor=council.worker, ballot_id=ballot.pk, now=NOW)
    assert not Event.objects.filter(kind="official_package_taken").exists()


def test_the_command_line_exports_it_and_checks_it(council: Council, tmp_path: Path) -> None:
    ballot = announced(council, jurisdiction="CN-BJ")
    out = tmp_path / "资料包.zip"
    made = CliRunner().invoke(export, ["official-package", str(ballot.pk), str(out)])
    assert made.exit_code == 0, made.output
    checked = CliRunner().invoke(package, [str(out), "--roll", ballot.roll.hash])
    assert checked.exit_code == 0 and ballot.roll.hash in checked.output
    assert CliRunner().invoke(package, [str(out), "--roll", "sha256:00"]).exit_code == 1
    out.write_bytes(repacked(out.read_bytes(), rule_txt=b"x"))
    changed = CliRunner().invoke(package, [str(out)])
    assert changed.exit_code == 1 and "rule.txt" in changed.output
    assert isinstance(CliRunner().invoke(export, ["official-package", "999999", str(tmp_path / "b.zip")]).exception, Refused)


# --- the official result -------------------------------------------------------------------------------------------------
ROLL = {"owners": 40, "area": parse_area("3395.00")}
GIVEN = {
    "participating_owners": 30, "participating_area": parse_area("2546.25"), "agree_owners": 20, "agree_area": parse_area("1697.50"),
    "against_owners": 8, "against_area": parse_area("678.75"), "abstain_owners": 2, "abstain_area": parse_area("170.00"),
}  # fmt: skip


def test_figures_that_fit_are_taken() -> None:
    assert official.contradictions(GIVEN, ROLL) == []
    assert official.contradictions({}, ROLL) == []
    assert official.contradictions({k: v for k, v in GIVEN.items() if k.startswith(("part", "agree"))}, ROLL) == []
    with_invalid = {**GIVEN, "invalid_owners": 1, "invalid_area": 8000}
    assert official.contradictions(with_invalid, ROLL, invalid_takes_part=False) == []
    assert {name for name, _words in official.contradictions(with_invalid, ROLL)} == {"participating_owners", "participating_area"}


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"participating_owners": 41}, "participating_owners", "“参加表决的人数”是 41，比“名册上的总数”的 40 还多"),
        ({"agree_owners": 31}, "agree_owners", "比“参加表决的人数”的 30 还多"),
        ({"against_owners": 9}, "participating_owners", "20 + 9 + 2 = 31，“参加表决的人数”却是 30"),
        ({"abstain_area": 0}, "abstain_area", "“弃权的人数”是 2，“弃权的面积”却是 0.00 平方米"),
        ({"against_area": None}, "against_area", "写了“反对的人数”，也要写“反对的面积”"),
        ({"participating_area": None}, "participating_area", "写了“同意的面积”，也要写“参加表决的面积”"),
        ({"participating_owners": 40, "agree_owners": 30}, "participating_area", "一个是全部，另一个不是"),
    ],
)
def test_figures_that_contradict_each_other_are_named(change: dict[str, int | None], field: str, words: str) -> None:
    given = {key: value for key, value in {**GIVEN, **change}.items() if value is not None}
    assert any(name == field and words in said for name, said in official.contradictions(given, ROLL)), official.contradictions(given, ROLL)


def test_a_result_its_figures_do_not_bear_out_is_named_by_the_rule() -> None:
    rule = voting.profile("owners.civil_code.ordinary")
    assert official.against_the_rule(True, GIVEN, ROLL, rule) == ""
    assert "各项数字都达到了" in official.against_the_rule(False, GIVEN, ROLL, rule)
    few = {**GIVEN, "agree_owners": 15, "agree_area": parse_area("1273.12")}
    assert "没有超过 30 的 1/2" in official.against_the_rule(True, few, ROLL, rule)
    assert official.against_the_rule(False, few, ROLL, rule) == ""
    assert official.against_the_rule(True, {}, ROLL, rule) == ""
    assert rule.agree[0].share == Fraction(1, 2)


def test_the_official_result_is_recorded_with_its_figures_and_proof_and_against_the_rule_only_knowingly(council: Council) -> None:
    ballot = opened(council, jurisdiction="CN-BJ")
    counted(council, ballot)
    proof = stored(council)
    terms: dict[str, Any] = {"actor": council.head, "ballot_id": ballot.pk, "text": "平台编号 7", "proof": proof, "now": CLOSES + DAY}
    with pytest.raises(Invalid) as sums:
        counting.import_official(**terms, passed=True, figures={**GIVEN, "against_owners": 9})
    assert "participating_owners" in sums.value.fields
    with pytest.raises(Invalid) as odd:
        counting.import_official(**terms, passed=False, figures=GIVEN)
    assert {"passed", "knowingly"} <= set(odd.value.fields)
    made = counting.import_official(**terms, passed=False, figures=GIVEN, knowingly=True)
    assert made.official_result["figures"]["agree_area"] == "1697.50" and made.official_result["figures"]["total_owners"] == 40
    assert "各项数字都达到了" in made.official_result["against_the_rule"]
    assert made.official_result["proof_sha256"] == hashlib.sha256(pdf()).hexdigest()
    decision = Decision.objects.get(motion=ballot.motion)
    assert decision.passed is False and decision.figures["abstain_owners"] == 2
    assert json.loads(dict(of_ballots(decision))[f"ballot-{ballot.pk}/terms.json"])["official_proof_sha256"] == proof.sha256
    with pytest.raises(Refused):
        counting.import_official(**terms, passed=False, figures=GIVEN, knowingly=True)


# --- documents ------------------------------------------------------------------------------------------------------------
def test_an_authority_as_pdf_is_kept_as_given_and_who_reads_it_is_written_down(council: Council) -> None:
    ballot = opened(council)
    seq = seq_of(council, ballot, 30)
    paper = store_paper(actor=council.worker, upload=SimpleUploadedFile("张三委托书", pdf(pages=3)), name="张三委托书", now=NOW)
    entrusting.record_proxy(actor=council.worker, ballot_id=ballot.pk, seq=seq, holder=council.owners[1], authority=paper, now=OPENS)
    kept = Proxy.objects.get().authority
    assert kept is not None
    assert (kept.sha256, kept.pages, kept.name, kept.thumbnail_as) == (hashlib.sha256(pdf(pages=3)).hexdigest(), 3, "张三委托书.pdf", "")


def test_an_authority_that_says_how_to_vote_goes_with_a_secret_count_and_leaves_its_hash(council: Council) -> None:
    ballot = opened(council, secrecy="secret")
    papers = [stored(council, pdf(words=words), "委托书.pdf") for words in (b"agree", b"as he likes")]
    for who, paper, wanted in ((30, papers[0], "agree"), (31, papers[1], None)):
        entrusting.record_proxy(
            actor=council.worker, ballot_id=ballot.pk, seq=seq_of(council, ballot, who), holder=council.owners[1], authority=paper, now=OPENS,
            instruction=wanted,
        )  # fmt: skip
    for who in range(20):
        cast(council, ballot, who, "agree" if who % 2 else "against")
    counted(council, ballot)
    instructed, free = Proxy.objects.order_by("pk")
    assert (instructed.authority, instructed.authority_hash, bool(instructed.instruction)) == (None, papers[0].sha256, False)
    assert (free.authority, free.authority_hash) == (papers[1], "")
    assert not StoredFile.objects.filter(pk=papers[0].pk).exists()
    told = json.loads(dict(of_ballots(Decision.objects.get(motion=ballot.motion)))[f"ballot-{ballot.pk}/proxies.json"])
    assert [row["authority_hash"] or row["authority__sha256"] for row in told] == [paper.sha256 for paper in papers]
