"""Motions in JSON: the same verbs, the same refusals, the same secrets as on the page."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account
from linli.loops.council.motions.acts_api import VERBS
from linli.loops.council.motions.desk.acts import ACTS
from linli.loops.council.motions.models import Decision, Motion, Suspension
from tests.council import factories as c
from tests.council.factories import Council
from tests.factories import DAY, HOUSE, NOW
from tests.loops.square_reader import reader

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def at_now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def key(actor: Actor, scopes: tuple[str, ...] = ("*",)) -> dict[str, str]:
    account = Account.objects.get(pk=actor.account_id)
    _token, secret = make_token(actor=HOUSE, account=account, name="test", scopes=scopes, now=NOW)
    return {"Authorization": f"Bearer {secret}"}


class Caller:
    """Sends JSON as one account; `once` is an idempotency key."""

    def __init__(self, actor: Actor, ref: str, *scopes: str) -> None:
        self.headers, self.at, self.client = key(actor, scopes or ("*",)), f"/api/v1/motions/{ref}", reader()

    def __call__(self, verb: str, once: str = "", **sent: Any) -> Any:
        headers = {**self.headers, **({"Idempotency-Key": once} if once else {})}
        return self.client.post(f"{self.at}/{verb}", sent, content_type="application/json", headers=headers)

    def read(self) -> dict[str, Any]:
        return dict(self.client.get(self.at, headers=self.headers).json())


def test_a_motion_is_drafted_submitted_and_seconded(council: Council) -> None:
    raiser, neighbour = key(council.residents[0]), key(council.residents[1])
    client = reader()
    sent = {
        "title": "中心花园改造",
        "place_id": council.compound.pk,
        "road": "four_steps",
        "options": [{"title": "铺砖", "cost_fen": 3_600_000}],
    }

    made = client.post("/api/v1/motions", sent, content_type="application/json", headers=raiser)
    assert made.status_code == 201, made.content
    ref = made.json()["ref"]
    assert client.get(f"/api/v1/motions/{ref}", headers=neighbour).status_code == 404
    submitted = client.post(f"/api/v1/motions/{ref}/submit", {}, content_type="application/json", headers=raiser)
    assert submitted.json()["state"] == "seconding"
    seconded = client.post(f"/api/v1/motions/{ref}/second", headers=neighbour)
    again = client.post(f"/api/v1/motions/{ref}/second", headers=neighbour)

    assert seconded.json()["state"] == "screening"
    assert again.status_code == 409
    assert again.json()["code"] == "home_already"
    whole = client.get(f"/api/v1/motions/{ref}").json()
    assert whole["options"][0]["cost_fen"] == 3_600_000
    assert [s["state"] for s in whole["steps"]][:3] == ["done", "done", "now"]


def test_the_list_narrows_and_pages(council: Council) -> None:
    for n in range(3):
        c.submitted(council, title=f"议题 {n}")
    c.drafted(council, title="草稿")
    client = reader()

    first = client.get("/api/v1/motions?limit=2&status=seconding").json()
    second = client.get(f"/api/v1/motions?limit=2&status=seconding&cursor={first['next_cursor']}").json()

    assert [m["title"] for m in first["items"] + second["items"]] == ["议题 2", "议题 1", "议题 0"]
    assert second["next_cursor"] is None


def test_an_objection_and_a_rating_follow_the_same_rules(council: Council) -> None:
    matter = c.posted(council)
    with time_machine.travel(NOW + 4 * DAY, tick=False):
        mine = key(council.residents[2])
        done = reader().post(f"/api/v1/motions/{matter.ref}/object", {"text": "数错了"}, content_type="application/json", headers=mine)
        refused = reader().post(f"/api/v1/motions/{matter.ref}/rate", {"satisfied": True}, content_type="application/json", headers=mine)

    assert done.status_code == 200
    assert refused.status_code == 409
    assert Motion.objects.get().decisions.get().objections.count() == 1


# --- the Desk's acts -------------------------------------------------------------------------------------------------------------
def test_every_act_of_the_desk_has_its_post() -> None:
    own = {"submit", "second", "unsecond", "object", "rate", "opinion"}
    assert set(ACTS) - own == set(VERBS)


def test_a_decision_is_suspended_resumed_challenged_and_annulled_and_its_records_are_read(council: Council) -> None:
    matter = c.carrying_out(council)
    later = NOW + 9 * DAY
    with time_machine.travel(later, tick=False):
        head, street = Caller(council.head, matter.ref), Caller(council.cast.street_officer, matter.ref)
        order = {
            "text": "法院裁定先停工。",
            "ground": "court",
            "rule": "（2026）川0107民初1号裁定",
            "review_on": (later + 30 * DAY).date().isoformat(),
        }
        seen = head.read()["motion"]["version"]

        done = head("suspend", once="s1", **order, version=seen)
        again = head("suspend", once="s1", **order, version=seen)
        stale = head("resume", text="可以继续", version=seen)
        resumed = head("resume", text="裁定撤回，13800138001 已告知")
        suit = {
            "text": "没有收到通知，请求撤销。", "forum": "court", "who": "一名业主", "case_number": "（2026）川0107民初2号",
            "known_on": (NOW + 5 * DAY).date().isoformat(), "filed_on": later.date().isoformat(),
        }  # fmt: skip
        challenged = head("challenge", **suit)
        number = head.read()["decisions"][0]["challenges"][0]["id"]
        elsewhere = Caller(council.head, c.posted(council, now=later - 8 * DAY).ref)(
            "end-challenge", challenge=number, outcome="dismissed", text="驳回"
        )
        ended = head("end-challenge", challenge=number, outcome="dismissed", text="驳回起诉")
        twice = head("end-challenge", challenge=number, outcome="withdrawn", text="撤诉")
        forbidden = head("annul", text="程序违法", rule="民法典第二百八十条")
        annulled = street("annul", text="程序违法", rule="民法典第二百八十条")
        whole, public = head.read(), reader().get(f"/api/v1/motions/{matter.ref}").json()

    assert (done.status_code, done.json()["state"]) == (200, "suspended")
    assert again.content == done.content, "the same key gets the same answer"
    assert Suspension.objects.count() == 1
    assert (stale.status_code, stale.json()["current_version"]) == (409, done.json()["version"])
    assert stale.headers["Content-Type"] == "application/problem+json"
    assert (resumed.json()["state"], challenged.status_code) == ("carrying", 200)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "no_challenge")
    assert (ended.status_code, twice.status_code, twice.json()["code"]) == (200, 409, "challenge_ended")
    assert (forbidden.status_code, annulled.status_code, annulled.json()["state"]) == (403, 200, "annulled")
    decision = whole["decisions"][0]
    assert decision["annulled_at"]
    assert decision["why_annulled"] == "程序违法"
    (pause,) = decision["suspensions"]
    assert (pause["ground"], pause["rule"], pause["review_on"]) == ("court", order["rule"], order["review_on"])
    assert pause["until_at"]
    (suit_read,) = decision["challenges"]
    assert (suit_read["outcome"], suit_read["ruling"], suit_read["in_time"]) == ("dismissed", "驳回起诉", True)
    assert suit_read["last_day"] == "2027-06-15"
    shown = public["decisions"][0]
    assert "13800138001" in pause["why_ended"]
    assert "13800138001" not in str(shown["suspensions"])
    assert shown["objections"] == []


@pytest.mark.parametrize(
    ("verb", "sent", "field"),
    [
        ("suspend", {"text": "停", "ground": "mood", "rule": "x", "review_on": "2026-07-01"}, "ground"),
        ("suspend", {"text": "停", "ground": "court", "rule": "x", "review_on": "2020-01-01"}, "review_on"),
        ("suspend", {"text": "停", "ground": "court", "rule": "x", "review_on": "2026-07-01", "colour": 1}, "colour"),
        ("challenge", {"text": "告", "forum": "court", "who": "业主", "known_on": "2026-07-01", "filed_on": "2026-06-01"}, "filed_on"),
        ("object-for", {"text": "不对", "person": 1, "channel": "pigeon"}, "channel"),
    ],
)
def test_what_is_wrong_is_named_field_by_field(council: Council, verb: str, sent: dict[str, Any], field: str) -> None:
    answer = Caller(council.head, c.posted(council).ref)(verb, **sent)

    assert answer.status_code == 422, answer.content
    assert any(field in name for name in answer.json()["errors"]), answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_narrow_token_and_a_resident_do_not_do_the_desks_acts(council: Council) -> None:
    matter = c.posted(council)
    order = {"text": "停", "ground": "court", "rule": "裁定", "review_on": "2026-07-01"}

    assert Caller(council.head, matter.ref, "motion.note")("suspend", **order).status_code == 403
    assert Caller(council.residents[0], matter.ref)("suspend", **order).status_code == 403
    assert Caller(council.head, matter.ref, "motion.note", "motion.read")("note", text="内部记一笔").status_code == 200


def test_a_motion_goes_from_the_screening_to_its_acceptance_through_the_api(council: Council) -> None:
    matter = c.submitted(council, road="four_steps")
    head = Caller(council.head, matter.ref)
    unit = council.cast.here.units["property"].pk

    steps: list[tuple[str, dict[str, Any], str]] = [
        ("adopt", {"text": "议事会列入"}, "screening"),
        ("screen", {"power": "owners"}, "banked"),
        ("schedule", {"on": (NOW + 3 * DAY).date().isoformat()}, "scheduled"),
        ("deliberate", {}, "deliberating"),
        ("draft-options", {}, "drafting"),
        (
            "amend",
            {"title": "加装电梯", "body": "每单元一部。", "options": [{"title": "一部", "cost_fen": 100}], "note": "写清楚"},
            "drafting",
        ),
        ("give-notice", {}, "noticed"),
    ]
    for verb, sent, state in steps:
        answer = head(verb, **sent)
        assert (answer.status_code, answer.json().get("state")) == (200, state), (verb, answer.content)
    with time_machine.travel(NOW + 12 * DAY, tick=False):
        decided = head("record-decision", passed=True, text="到场 18 户，一致同意。", figures={"present": 18})
        assert (decided.status_code, decided.json()["state"]) == (200, "posted"), decided.content
        person = council.owners[5].pk
        assert head("object-for", text="数错了", person=person, channel="phone").status_code == 200
        objection = head.read()["decisions"][0]["objections"][0]["id"]
        assert head("settle-objection", objection=objection, upheld=False, answer="核对过，没有错").status_code == 200
    with time_machine.travel(NOW + 30 * DAY, tick=False):
        assert head("confirm").json()["state"] == "carrying"
        task = {"text": "装电梯", "unit": unit, "due_on": (NOW + 60 * DAY).date().isoformat(), "budget_fen": 1_000}
        assert head("add-task", **task).status_code == 200
        assert head("finish-task", task=1, text="装好了", spent_fen=900).status_code == 200
        assert head.read()["tasks"][0]["spent_fen"] == 900
    texts = Caller(council.residents[0], matter.ref).client.get(f"/api/v1/motions/{matter.ref}/texts").json()
    assert [t["number"] for t in texts] == [1, 2] and texts[1]["options"][0]["cost_fen"] == 100 and texts[1]["note"] == "写清楚"
    taken = head("evidence/999", once="e")
    assert taken.status_code == 404
    decision = Decision.objects.get(motion_id=matter.pk).pk
    file = head(f"evidence/{decision}")
    assert (file.status_code, file.headers["Content-Type"]) == (200, "application/zip") and file.content[:2] == b"PK"


def test_roads_rules_and_cases_are_read_and_set_through_the_api(council: Council) -> None:
    client, officer = reader(), key(council.cast.street_officer)
    known = client.get(f"/api/v1/motion-roads?place={council.compound.pk}").json()
    base = next(r for r in known if r["code"] == "villagers_assembly")
    assert [s["notice_days"] for s in base["steps"] if s["kind"] == "notice"] == [10] and base["template"] is None

    road = {k: v for k, v in base.items() if k not in ("version", "template")} | {
        "code": "our_village",
        "place": council.compound.pk,
        "based_on": base["code"],
    }
    broken = {**road, "steps": [{**road["steps"][0], "notice_days": -1}, *road["steps"][1:]]}

    def send(path: str, given: Any, who: dict[str, str]) -> Any:
        return client.post(f"/api/v1/{path}", given, content_type="application/json", headers=who)

    assert "第 1 步" in send("motion-roads", broken, officer).json()["detail"]
    assert send("motion-roads", road, key(council.residents[0])).status_code == 403
    made = send("motion-roads", road, officer)
    assert made.status_code == 201, made.content
    first = client.get(f"/api/v1/motion-roads?place={council.compound.pk}").json()[0]
    assert (first["code"], first["version"], first["template"]) == ("our_village", 1, made.json()["template"])
    assert send(f"motion-roads/{first['template']}/end", {}, officer).status_code == 204

    rule = {"tier": "compound", "place": council.compound.pk, "share": "1/4", "source": "议事规则"}
    kept = send("seconding-rules", rule, officer)
    assert (kept.status_code, kept.json()["share"]) == (201, "1/4"), kept.content
    listed = client.get("/api/v1/seconding-rules", headers=officer).json()
    assert [r["id"] for r in listed] == [kept.json()["id"]]
    assert send(f"seconding-rules/{kept.json()['id']}/end", {}, officer).status_code == 204
    assert client.get("/api/v1/seconding-rules", headers=key(council.residents[0])).status_code == 403
    assert client.get("/api/v1/motion-cases?text=电梯").json() == {"items": [], "next_cursor": None}
