"""Votes at the Desk on every channel: delivered, keyed in from paper, heard on the phone, by proxy; what disagrees, and the papers to it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linli.insight.choice import verify_package
from linli.kernel.access.refusals import Invalid, NotAllowed, Refused
from linli.kernel.accounts.models import Event
from linli.kernel.files.models import StoredFile
from linli.kernel.notices.models import Message
from linli.loops.council.ballots import checks
from linli.loops.council.ballots.actions import casting, hearing, on_paper
from linli.loops.council.ballots.desk_forms import DeliveryForm
from linli.loops.council.ballots.models import Delivery, Hearing, Proxy, Reading, Vote
from tests.council.ballots.scene import browser, file_of, local, picture, seq_of, sheet_of
from tests.council.factories import CLOSES, OPENS, Council, announced, cast, counted, opened
from tests.factories import DAY, HOUR, NOW
from tests.papers import docx, pdf

pytestmark = pytest.mark.usefixtures("plain_factor")


# --- delivery ------------------------------------------------------------------------------------------
def test_many_doors_are_delivered_at_once_or_none(council: Council, at: Any) -> None:
    ballot = opened(council)
    at(OPENS + HOUR)
    worker, address = browser(council.worker), f"/desk/ballots/{ballot.pk}/delivery/"
    given = {"how": "in_person", "outcome": "signed", "note": "", "doors": "3、5-7", "seq": ["1", "2"]}
    assert worker.post(f"{address}record/", given | {"proof": picture()}).status_code == 302
    assert Delivery.objects.count() == 6
    none = worker.post(f"{address}record/", {**given, "doors": "8, 4000", "seq": []})
    assert none.status_code == 404
    assert Delivery.objects.count() == 6
    bad = worker.post(f"{address}record/", {**given, "outcome": "unreachable", "doors": "9"})
    assert bad.status_code == 422
    assert 'value="9"' in bad.content.decode()
    worker.post(f"{address}record/", {**given, "outcome": "unreachable", "doors": "9", "seq": [], "note": "无人"})
    assert "无人" in worker.get(f"{address}unreached/").content.decode()
    assert worker.get(f"{address}?only=untried").content.decode().count('name="seq"') == 33
    for sheet in ("table/?format=csv", "table/?format=xlsx", "print/"):
        page = worker.get(f"{address}{sheet}")
        assert b"".join(page) if page.streaming else page.content, sheet
    assert browser(council.head).post(f"{address}announce/").status_code == 302
    assert Delivery.objects.filter(how="notice").count() == 1
    proof = Delivery.objects.exclude(proof=None).first()
    assert proof is not None
    assert worker.get(f"/desk/ballots/{ballot.pk}/files/{proof.proof_id}/").status_code == 200


@pytest.mark.parametrize(("text", "seqs"), [("3、5、8-10", [3, 5, 8, 9, 10]), ("", []), ("7，7 8", [7, 8])])
def test_numbers_are_read_as_people_write_them(text: str, seqs: list[int]) -> None:
    form = DeliveryForm({"how": "door", "outcome": "delivered", "doors": text})
    assert form.is_valid()
    assert form.cleaned_data["doors"] == seqs


@pytest.mark.parametrize("text", ["5-3", "x", "0", "1-99999", "１"])
def test_numbers_that_are_none_are_refused(text: str) -> None:
    assert not DeliveryForm({"how": "door", "outcome": "delivered", "doors": text}).is_valid()


# --- paper ---------------------------------------------------------------------------------------------
def test_a_paper_is_printed_scanned_keyed_twice_and_counted(council: Council, at: Any) -> None:
    ballot = opened(council)
    at(OPENS + DAY)
    worker, head = browser(council.worker), browser(council.head)
    made = worker.post(f"/desk/ballots/{ballot.pk}/paper/make/")
    assert made.status_code == 302
    printed = worker.get(made.url).content.decode()
    assert printed.count("ballot-sheet") == 40
    sheet = sheet_of(council, ballot, 20)
    address = f"/desk/ballots/paper/{sheet.code}/"
    typed = "-".join((sheet.code[:4], sheet.code[4:8], sheet.code[8:])).lower()
    assert worker.get("/desk/ballots/paper/", {"code": typed}).url == address
    assert worker.get("/desk/ballots/paper/", {"code": "NONE"}).status_code == 404
    given = {"choice": "agree", "received_at": local(OPENS + 2 * HOUR)}
    assert worker.post(address, given).status_code == 422
    assert worker.post(address, given | {"scan": picture()}).status_code == 302
    second = head.get(address).content.decode()
    assert "checked" not in second
    assert worker.post(address, {"choice": "agree"}).status_code == 409
    assert not Vote.objects.exists()
    assert head.post(address, {"choice": "agree"}).status_code == 302
    vote = Vote.objects.get()
    assert (vote.choice, vote.channel, vote.witness_id) == ("agree", "paper", council.head.account_id)


def test_two_who_read_differently_both_see_both_readings_and_settle_by_the_scan(council: Council, at: Any) -> None:
    ballot = opened(council)
    at(OPENS + DAY)
    on_paper.print_sheets(actor=council.worker, ballot_id=ballot.pk, now=OPENS)
    sheet = sheet_of(council, ballot, 20)
    address, worker, head = f"/desk/ballots/paper/{sheet.code}/", browser(council.worker), browser(council.head)
    worker.post(address, {"choice": "agree", "received_at": local(OPENS), "scan": picture()})
    head.post(address, {"choice": "against"})
    reading = Reading.objects.get()
    assert reading.state == "differs"
    for client in (worker, head):
        page = client.get(address).content.decode()
        assert "同意" in page and "反对" in page and f"/files/{reading.scan_id}/" in page
    assert head.post(f"/desk/ballots/readings/{reading.pk}/settle/", {"first": "0"}).status_code == 302
    vote = Vote.objects.get()
    assert (vote.choice, vote.recorder_id, vote.witness_id) == ("against", council.worker.account_id, council.head.account_id)
    assert worker.post(f"/desk/ballots/readings/{reading.pk}/settle/", {"first": "1"}).status_code == 409
    assert Vote.objects.count() == 1


def test_the_scan_of_a_secret_paper_goes_with_the_count(council: Council, at: Any) -> None:
    ballot = opened(council, secrecy="secret")
    at(OPENS + DAY)
    for who in range(12):
        cast(council, ballot, who, "agree" if who % 2 else "against")
    on_paper.print_sheets(actor=council.worker, ballot_id=ballot.pk, now=OPENS)
    address = f"/desk/ballots/paper/{sheet_of(council, ballot, 20).code}/"
    browser(council.worker).post(address, {"choice": "agree", "received_at": local(OPENS), "scan": picture("blue")})
    browser(council.head).post(address, {"choice": "agree"})
    scan = Reading.objects.get().scan_id
    counted(council, ballot)
    assert not StoredFile.objects.filter(pk=scan).exists()
    assert list(checks.parted()) == []


# --- phone -----------------------------------------------------------------------------------------------
def test_what_was_said_on_the_phone_counts_once_the_witness_confirms(council: Council, at: Any) -> None:
    ballot = opened(council)
    at(OPENS + DAY)
    worker, head, address = browser(council.worker), browser(council.head), f"/desk/ballots/{ballot.pk}/phone/"
    seq = seq_of(council, ballot, 20)
    assert f"seq={seq}" in worker.get(address, {"q": f"#{seq}"}).content.decode()
    assert f"seq={seq}" in worker.get(address, {"q": "13900000020"}).content.decode()
    assert "加装" in worker.get(address, {"seq": seq}).content.decode()
    given = {"seq": seq, "choice": "agree", "channel": "phone", "note": "核对了生日"}
    assert worker.post(address, given).status_code == 422
    assert worker.post(address, given | {"consent": "on", "witness": ""}).status_code == 422
    assert worker.post(address, given | {"consent": "on", "witness": council.head.account_id}).status_code == 302
    waiting = Hearing.objects.get()
    assert not Vote.objects.exists()
    assert Message.objects.filter(account_id=council.head.account_id, key__startswith=f"ballot:hearing:{waiting.pk}").exists()
    with pytest.raises(NotAllowed):
        hearing.confirm_hearing(actor=council.worker, hearing_id=waiting.pk, now=OPENS + DAY)
    assert head.post(f"{address}{waiting.pk}/confirm/").status_code == 302
    assert head.post(f"{address}{waiting.pk}/confirm/").status_code == 409
    vote = Vote.objects.get()
    assert (vote.channel, vote.recorder_id, vote.witness_id) == ("phone", council.worker.account_id, council.head.account_id)


def test_an_unconfirmed_hearing_stands_in_the_way_of_the_count_and_can_be_dropped(council: Council, at: Any) -> None:
    ballot = opened(council)
    made = hearing.hear(
        actor=council.worker, ballot_id=ballot.pk, seq=1, choice="agree", channel="visit", now=OPENS, witness_id=council.head.account_id,
        consent=True,
    )  # fmt: skip
    with pytest.raises(Refused) as held:
        counted(council, ballot)
    assert held.value.code == "hearings_open"
    hearing.drop_hearing(actor=council.head, hearing_id=made.pk, why="没有听到", now=CLOSES)
    counted(council, ballot)


def test_a_resident_is_no_witness(council: Council) -> None:
    ballot = opened(council)
    with pytest.raises(Invalid):
        hearing.hear(
            actor=council.worker, ballot_id=ballot.pk, seq=1, choice="agree", channel="visit", now=OPENS,
            witness_id=council.residents[0].account_id, consent=True,
        )  # fmt: skip


# --- proxies, conflicts ------------------------------------------------------------------------------------
def test_a_proxy_is_recorded_used_at_the_counter_and_ended(council: Council, at: Any) -> None:
    ballot = opened(council)
    at(OPENS + DAY)
    worker, address = browser(council.worker), f"/desk/ballots/{ballot.pk}/proxies/"
    seq = seq_of(council, ballot, 30)
    given = {"seq": seq, "holder": "13900000001", "instructed": "on", "choice": "agree"}
    assert worker.post(address, given).status_code == 422
    assert worker.post(address, given | {"authority": picture()}).status_code == 302
    proxy = Proxy.objects.get()
    assert worker.post(f"{address}{proxy.pk}/cast/", {"choice": "against"}).status_code == 409
    assert worker.post(f"{address}{proxy.pk}/cast/", {"choice": "agree"}).status_code == 302
    assert worker.post(f"{address}{proxy.pk}/end/", {"why": ""}).status_code == 422
    assert worker.post(f"{address}{proxy.pk}/end/", {"why": "本人自己投"}).status_code == 302
    assert "本人自己投" in worker.get(address).content.decode()
    heads, line = file_of(worker, address)
    assert dict(zip(heads, line, strict=True))["状态"] == "已终止" and line[-1] == "本人自己投"


@pytest.mark.parametrize("secrecy", ["named", "secret"])
def test_a_conflict_is_settled_with_a_reason_and_a_secret_choice_is_never_shown(council: Council, at: Any, secrecy: str) -> None:
    ballot = opened(council, secrecy=secrecy, first_stands=False)
    at(OPENS + 2 * DAY)
    cast(council, ballot, 0, "agree")
    seq = seq_of(council, ballot, 0)
    casting.record_vote(
        actor=council.worker, ballot_id=ballot.pk, seq=seq, choice="against", channel="phone", now=OPENS + DAY,
        witness_id=council.head.account_id, consent=True,
    )  # fmt: skip
    head, address = browser(council.head), f"/desk/ballots/{ballot.pk}/conflicts/"
    page = head.get(address).content.decode()
    assert ("反对" in page) == (secrecy == "named")
    heads, *lines = file_of(head, address)
    assert (heads[-1] == "投的什么") == any("反对" in line for line in lines) == (secrecy == "named")
    assert len(lines) == 2
    online = Vote.objects.get(channel="online")
    assert head.post(address, {"seq": seq, "vote": online.pk, "reason": ""}).status_code == 422
    assert head.post(address, {"seq": seq, "vote": online.pk, "reason": "打电话核实"}).status_code == 302
    assert head.post(address, {"seq": seq, "vote": online.pk, "reason": "打电话核实"}).status_code == 409
    online.refresh_from_db()
    assert online.state == Vote.State.STANDS
    assert list(checks.once()) == list(checks.on_the_roll()) == []


# --- papers ------------------------------------------------------------------------------------------------------------
def document(content: bytes, name: str = "委托书.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/octet-stream")


def test_an_authority_may_be_a_pdf_which_is_a_download_and_a_harmful_one_loses_nothing_typed(council: Council, at: Any) -> None:
    ballot = opened(council)
    at(OPENS + DAY)
    worker, head = browser(council.worker), browser(council.head)
    address, seq = f"/desk/ballots/{ballot.pk}/proxies/", seq_of(council, ballot, 30)
    form = worker.get(f"{address}?seq={seq}").content.decode()
    assert 'accept="image/*,.pdf,.docx,' in form and 'capture="environment"' in form
    given = {"seq": seq, "holder": "13900000001", "property_staff": ""}
    bad = worker.post(address, given | {"authority": document(pdf(catalog=b"/OpenAction << /S /JavaScript /JS (x) >>"))})
    assert bad.status_code == 422 and "打印为 PDF" in bad.content.decode() and "13900000001" in bad.content.decode()
    assert worker.post(address, given | {"authority": document(docx(), "委托书.docx")}).status_code == 302
    paper = Proxy.objects.get().authority
    assert paper is not None
    link = f"/desk/ballots/{ballot.pk}/files/{paper.pk}/"
    page = head.get(address).content.decode()
    assert link in page and "Word 文档" in page
    answer = head.get(link)
    assert answer.content == docx()
    assert answer["Content-Type"].endswith("wordprocessingml.document")
    assert answer["Content-Disposition"].startswith("attachment;") and answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    read = Event.objects.get(kind="file_read")
    assert (read.account_id, read.about) == (council.head.account_id, f"ballot {ballot.pk}")
    assert Client().get(link).status_code in (302, 403, 404)
    assert Event.objects.filter(kind="file_read").count() == 1


def test_a_scan_stays_a_picture(council: Council, at: Any) -> None:
    ballot = opened(council)
    at(OPENS + DAY)
    worker = browser(council.worker)
    sheet = on_paper.print_sheets(actor=council.worker, ballot_id=ballot.pk, now=OPENS, seqs=[1])[0]
    sent = {"choice": "agree", "received_at": local(OPENS + HOUR), "scan": document(pdf())}
    answer = worker.post(f"/desk/ballots/paper/{sheet.code}/", sent)
    assert answer.status_code == 422 and "这里只收照片" in answer.content.decode()


def test_a_statement_is_asked_for_where_the_rule_says_so_and_shown_beside_what_it_settled(council: Council, at: Any) -> None:
    ballot = opened(council, settle_signed=True)
    at(OPENS + 2 * DAY)
    cast(council, ballot, 0, "agree")
    seq = seq_of(council, ballot, 0)
    casting.record_vote(
        actor=council.worker, ballot_id=ballot.pk, seq=seq, choice="against", channel="phone", now=OPENS + DAY,
        witness_id=council.head.account_id, consent=True,
    )  # fmt: skip
    head, address = browser(council.head), f"/desk/ballots/{ballot.pk}/conflicts/"
    given = {"seq": seq, "vote": Vote.objects.get(channel="online").pk, "reason": "本人到社区说明"}
    missing = head.post(address, given)
    assert missing.status_code == 422 and "书面说明" in missing.content.decode() and "本人到社区说明" in missing.content.decode()
    assert head.post(address, given | {"statement": document(b"MZ", "a.pdf")}).status_code == 422
    assert head.post(address, given | {"statement": document(pdf(), "a.pdf")}).status_code == 302
    page = head.get(address).content.decode()
    link = re.search(rf"/desk/ballots/{ballot.pk}/files/\d+/", page)
    assert link is not None and "PDF，1 页" in page
    assert browser(council.worker).get(link[0]).status_code == 200


def test_the_package_is_taken_at_the_desk_where_the_vote_is_held_elsewhere(council: Council, at: Any) -> None:
    ballot = announced(council, jurisdiction="CN-BJ")
    at(NOW + DAY)
    head, worker = browser(council.head), browser(council.worker)
    assert f"/desk/ballots/{ballot.pk}/package/" in head.get(f"/desk/ballots/{ballot.pk}/").content.decode()
    assert f"/desk/ballots/{ballot.pk}/package/" not in worker.get(f"/desk/ballots/{ballot.pk}/").content.decode()
    answer = head.post(f"/desk/ballots/{ballot.pk}/package/")
    assert answer["Content-Type"] == "application/zip" and "attachment" in answer["Content-Disposition"]
    assert verify_package.verify(answer.content) == []
    assert worker.post(f"/desk/ballots/{ballot.pk}/package/").status_code == 403
    assert head.get(f"/desk/ballots/{ballot.pk}/package/").status_code == 405


def test_a_package_of_a_ballot_held_here_is_refused_with_the_reason(council: Council, at: Any) -> None:
    ballot = announced(council)
    at(NOW + DAY)
    answer = browser(council.head).post(f"/desk/ballots/{ballot.pk}/package/")
    assert answer.status_code == 409 and "不在主管部门的系统里进行" in answer.content.decode()
