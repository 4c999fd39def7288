"""What is being voted on in the demo: one ballot of owners running now, one counted that passed by number and failed by area."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext_noop
from PIL import Image, ImageDraw

from linli.demo.letters import letter
from linli.demo.town import Town
from linli.kernel.files.actions import store_picture
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.clock import ZONE
from linli.kernel.places.models import Place
from linli.kernel.rolls.actions import draft, freezing, mending
from linli.kernel.rolls.models import Level, Roll, Voter
from linli.loops.council.ballots.actions import casting, counting, delivering, entrusting, on_paper, setting_up
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.motions.actions import preparing, raising, screening, seconding
from linli.loops.council.motions.models import Motion
from linli.loops.council.motions.reference import load_reference

DAY: Final = timedelta(days=1)
# The fifteen days of the law, and the longest holidays their last day may fall into, on whatever day the demo is made.
NOTICED: Final = 28 * DAY
RULE: Final = "owners.civil_code.ordinary"
LIFT: Final = (
    "2 栋 1 单元加装一部电梯",
    "楼里老人多，上下楼难。拟在单元门北侧加装一部电梯，费用由业主按楼层分摊，一层不出钱。",
    [{"title": "加装一部电梯", "text": "北侧贴建，五层五站。", "cost_fen": 58_000_000}],
)
GATE: Final = (
    "小区南门改为人车分流",
    "南门早晚人车混行。拟把车行改到东门，南门只走人和非机动车。",
    [{"title": "南门人车分流", "text": "改造费用从公共收益支出。", "cost_fen": 12_600_000}],
)
AUTHORITY: Final = (
    "授权委托书",
    "本人因在外地，委托同单元邻居代为参加本次加装电梯的表决，代为投票。",
    "委托期限：到本次表决截止。受托人不得转委托。",
    "委托人（签名）：",
)
OPINION: Final = {
    "legal_opinion": (
        "法律意见",
        "一、加装电梯属于改建共有部分，由业主共同决定（民法典第二百七十八条）。",
        "二、费用分摊方案由业主协商；一层业主不出资，其通行、采光受影响的，建议另行协商补偿。",
        "三、建议开工前取得相邻业主的书面意见，并随公告一并公布图纸。",
    )
}
ROLL_WORDS: Final = gettext_noop("芳草社区住户登记里查不到业主，待补登记")


def build(town: Town, now: datetime) -> int:
    """Let both ballots be lived through the house's own actions. Returns how many there are."""
    load_reference(now)
    _failed_by_area(town, town.compounds[1], now)
    _running(town, town.compounds[0], now)
    return 2


def _morning(now: datetime, days: float) -> datetime:
    return (now + days * DAY).astimezone(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)


def announced(
    town: Town,
    place: Place,
    told: Any,
    now: datetime,
    opens_at: datetime,
    closes_at: datetime,
    papers: Mapping[str, Sequence[str]] | None = None,
) -> Ballot:
    """A motion of the place from its first word to its notice, given at `now`, with what was filed for it: letters by their kind."""
    head, worker = town.actors["chen.ying"], town.actors["wang.fang"]
    title, body, options = told
    matter = raising.draft_motion(
        actor=worker, title=title, place=place, road="owners_assembly_written", now=now - 9 * DAY, body=body, options=options
    )
    matter = raising.submit(actor=worker, matter_id=matter.pk, now=now - 9 * DAY)
    matter = seconding.adopt(actor=head, matter_id=matter.pk, now=now - 8 * DAY, text="居民多次反映")
    matter = screening.screen(actor=head, matter_id=matter.pk, now=now - 7 * DAY, power="owners")
    preparing.schedule(actor=head, matter_id=matter.pk, now=now - 6 * DAY, on=(now + DAY).astimezone(ZONE).date())
    for kind, words in (papers or {}).items():
        file = letter(town, words[0], words, now - 2 * DAY)
        preparing.file_document(actor=head, matter_id=matter.pk, now=now - 2 * DAY, kind=kind, file=file)
    roll = _roll(town, place, matter.ref, now - DAY)
    ballot = setting_up.set_up(
        actor=head, motion=Motion.objects.get(pk=matter.pk), roll=roll, opens_at=opens_at, closes_at=closes_at, now=now, profile=RULE,
        jurisdiction="CN", proxy_most=3,
    )  # fmt: skip
    preparing.give_notice(actor=head, matter_id=matter.pk, now=now)
    return ballot


def _roll(town: Town, place: Place, about: str, now: datetime) -> Roll:
    """The owners of the place; homes of which nobody knows the owner are left out, with the reason, as the roll says itself."""
    head = town.actors["chen.ying"]
    roll = draft.draw_up(actor=head, place=place, kind="owners", record_date=now.astimezone(ZONE).date(), now=now, about=about)
    for code in sorted({p.code for p in roll.problems.filter(level=Level.BLOCK)}):
        verbs = mending.FOR_ALL.get(code, ())
        if verbs:
            mending.settle_all(
                actor=head, roll_id=roll.pk, code=code, verb="exclude" if "exclude" in verbs else verbs[0], reason=ROLL_WORDS, now=now
            )
    return freezing.freeze(actor=head, roll_id=roll.pk, now=now, objection_days=10)


def _phone(town: Town, ballot: Ballot, voter: Voter, choice: str, at: datetime) -> None:
    casting.record_vote(
        actor=town.actors["wang.fang"], ballot_id=ballot.pk, seq=voter.seq, choice=choice, channel="phone", now=at,
        witness_id=town.actors["li.jun"].account_id, consent=True, note="电话核对过门牌和生日",
    )  # fmt: skip


def _failed_by_area(town: Town, place: Place, now: datetime) -> None:
    """Most owners agree, of small homes; those of the large ones do not: carried by number, lost by area."""
    given = _morning(now, -60)
    ballot = announced(town, place, GATE, given, given + NOTICED, given + 48 * DAY)
    setting_up.open_due(ballot.opens_at)
    voters = sorted(Voter.objects.filter(roll_id=ballot.roll_id), key=lambda v: v.area)
    at = ballot.opens_at + DAY
    agree = len(voters) // 2 + 1
    while agree > 1 and 2 * sum(v.area for v in voters[:agree]) > sum(v.area for v in voters):
        agree -= 1
    # By number more than half must agree: those between stay away, as long as two thirds take part.
    away = max(0, len(voters) - 2 * agree + 1)
    for at_, voter in enumerate(voters):
        if agree <= at_ < agree + away:
            continue
        _phone(town, ballot, voter, "agree" if at_ < agree else "against", at)
    setting_up.close_due(ballot.closes_at)
    counting.count(actor=town.actors["chen.ying"], ballot_id=ballot.pk, now=ballot.closes_at + timedelta(minutes=10))


def _running(town: Town, place: Place, now: datetime) -> None:
    """Some have voted on their phones, some on paper, one through a proxy; one said two things; some were not to be reached."""
    given = _morning(now, -3) - NOTICED
    ballot = announced(town, place, LIFT, given, _morning(now, -3), _morning(now, 12), OPINION)
    head, worker, other = (town.actors[name] for name in ("chen.ying", "wang.fang", "li.jun"))
    setting_up.open_due(ballot.opens_at)
    at = ballot.opens_at + timedelta(hours=2)
    voters = list(Voter.objects.filter(roll_id=ballot.roll_id).order_by("seq"))
    online = {actor.person_id: actor for actor in town.residents}
    able = [v for v in voters if any(p in online for p in v.may_cast)]
    for n, voter in enumerate(able[:9]):
        actor = next(online[p] for p in voter.may_cast if p in online)
        casting.cast_online(actor=actor, ballot_id=ballot.pk, choice="against" if n % 4 == 3 else "agree", now=at, seq=voter.seq)
    rest = [v for v in voters if v not in able[:9]]
    sheets = on_paper.print_sheets(actor=worker, ballot_id=ballot.pk, now=at)
    paper = {s.voter_id: s for s in sheets}
    for n, voter in enumerate(rest[:4]):
        scan = _scan(town, paper[voter.pk].code, at)
        for who in (worker, other)[: 1 if n == 3 else 2]:
            on_paper.key_in(actor=who, code=paper[voter.pk].code, choice="agree", received_at=at, now=at + timedelta(hours=1), scan=scan)
    _phone(town, ballot, able[3], "agree", at + timedelta(hours=3))
    holder = next(p for p in able[0].may_cast)
    principal = rest[4]
    entrusting.record_proxy(
        actor=worker, ballot_id=ballot.pk, seq=principal.seq, holder=able[0].person or able[0].agent, now=at,  # type: ignore[arg-type]  # one who may cast
        authority=letter(town, "授权委托书", AUTHORITY, at),
    )  # fmt: skip
    entrusting.cast_by_proxy(actor=online[holder], ballot_id=ballot.pk, seq=principal.seq, choice="agree", now=at + timedelta(hours=4))
    for n, voter in enumerate(rest[5:9]):
        delivering.record_delivery(
            actor=worker, ballot_id=ballot.pk, seq=voter.seq, how="door" if n % 2 else "in_person",
            outcome=("unreachable", "signed", "refused", "delivered")[n], now=at, note=("敲门三次无人", "", "不愿签收", "")[n],
        )  # fmt: skip
    delivering.announce_instead(actor=head, ballot_id=ballot.pk, now=at + DAY)


def _scan(town: Town, text: str, at: datetime) -> StoredFile:
    """A picture of a paper: white, with what it is called."""
    out, sheet = io.BytesIO(), Image.new("RGB", (420, 594), "#fbfaf5")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((30, 30, 390, 564), outline="#444444", width=2)
    pen.text((50, 50), text.encode("ascii", "ignore").decode() or "authority", fill="#222222")
    sheet.save(out, "PNG")
    out.seek(0)
    return store_picture(actor=town.actors["wang.fang"], upload=out, name=f"{text}.png", now=at)
