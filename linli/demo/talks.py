"""A talk in the demo: the compound says what it thinks of a motion under deliberation, on phones and on paper, in two camps with much in common."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final

from linli.demo.town import Town
from linli.kernel.access.actor import Actor
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Matter
from linli.kernel.people.models import Person
from linli.loops.council.talks.actions import answering, moderating, opening, saying
from linli.loops.council.talks.models import Contribution, Talk
from linli.loops.council.talks.opinions import draw_due

HOUR: Final = timedelta(hours=1)
# What is said, by whom (a number among the residents, none for the office), and how the two camps take it: + agree, - disagree, 0 pass.
STATEMENTS: Final[tuple[tuple[int | None, str, str], ...]] = (
    (None, "不管放在哪里，夏天的味道必须先管住", "++"),
    (None, "投放点要有遮雨棚和洗手池", "++"),
    (1, "早晚各清运一次，味道就能少一半", "++"),
    (2, "钱应当从公共收益里出，不另外收", "++"),
    (3, "应当挪到北墙边", "+-"),
    (4, "离窗户不到二十米的地方都不能放", "+-"),
    (5, "北墙边太远，老人提着走不动", "-+"),
    (6, "原地加遮雨棚就够了，不用挪", "-+"),
    (7, "挪过去以后北墙边要先装路灯", "+0"),
    (8, "请志愿者早晚在投放点守一守", "0+"),
)
ARGUMENTS: Final = (
    ("pro", 1, "现在正对 2 栋一楼窗户，夏天几户人家不敢开窗。", "社区六月走访记录"),
    ("pro", 9, "北墙边离最近的窗户有 18 米。", ""),
    ("contra", 7, "北墙边晚上没有灯，雨天路滑。", ""),
    ("contra", 5, "从 3 栋走过去要四分钟，提着水淋淋的垃圾不方便。", ""),
)
QUESTIONS: Final = (
    (10, "清运车能开到北墙边吗？", "能。小型清运车宽两米一，北墙边的路宽三米五，拐角处要挪走两个花盆。"),
    (11, "挪过去以后，每月的清洁费会不会涨？", ""),
)
RUDE: Final = "不肯挪的人都是只顾自己的自私鬼"


def build(town: Town, now: datetime) -> dict[str, Any]:
    """Live it through the house's own actions; returns what was made. Nothing where no motion of the compound can be talked about."""
    matter = _matter(town)
    if matter is None:
        return {}
    worker, head = town.actors["wang.fang"], town.actors["chen.ying"]
    begun = max(now - timedelta(days=6), matter.raised_at + HOUR)
    closes = datetime.combine((now + timedelta(days=8)).astimezone(ZONE).date(), time(21, 0), ZONE)
    talk = opening.open_talk(
        actor=head,
        matter_id=matter.pk,
        question="垃圾投放点挪不挪、怎么管",
        intro="两个办法：挪到北墙边，或者原地加遮雨棚。预算分别是 6800 元和 2600 元。拟方案以前，想先听听大家怎么看。",
        closes_at=closes,
        now=begun,
    )
    found = _said(talk, town, worker, begun)
    _voted(talk, town, worker, found, begun, now)
    _argued(talk, town, begun)
    _asked(talk, town, worker, begun)
    _moderated(talk, town, worker, begun)
    draw_due(now)
    return {"talk": Talk.objects.get(pk=talk.pk)}


def _matter(town: Town) -> Matter | None:
    """The compound's motion that is nearest to the subject, of those still open and read by everybody."""
    rows = Matter.objects.filter(kind="motion", place=town.compounds[0], is_open=True, visibility="public").exclude(state="draft")
    return rows.filter(title__contains="投放点").first() or rows.order_by("pk").first()


def _said(talk: Talk, town: Town, worker: Actor, begun: datetime) -> list[Contribution]:
    found = []
    for n, (who, text, _camps) in enumerate(STATEMENTS):
        actor = worker if who is None else _neighbour(town, who)
        found.append(
            saying.say(
                actor=actor, talk_id=talk.pk, kind="statement", text=text, now=begun + n * HOUR, office=actor is worker, once=f"demo-{n}"
            )
        )
    return found


def _neighbours(town: Town) -> list[Actor]:
    """Residents of the first compound who have an account."""
    path = town.compounds[0].path
    return [r for r in town.residents if any(s.path.startswith(path) for s in r.standings)]


def _neighbour(town: Town, n: int) -> Actor:
    there = _neighbours(town)
    return there[n % len(there)]


def _voted(talk: Talk, town: Town, worker: Actor, found: list[Contribution], begun: datetime, now: datetime) -> None:
    """Those with an account vote on their phones, some others hand in paper; not everybody answers everything."""
    for n, actor in enumerate(_neighbours(town)[:22]):
        saying.mark_all(actor=actor, talk_id=talk.pk, choices=_choices(n, found), now=min(begun + (n + 12) * HOUR, now))
    on_paper = Person.objects.filter(pk__in=[p.pk for p in town.callers], home_path__startswith=talk.place_path)[:5]
    for n, person in enumerate(on_paper, start=22):
        given: dict[str, Any] = {"person_id": person.pk, "now": min(begun + (n + 12) * HOUR, now)}
        saying.mark_all(actor=worker.through("desk"), talk_id=talk.pk, choices=_choices(n, found), **given)


def _choices(n: int, found: list[Contribution]) -> dict[int, str]:
    camp = 0 if n % 5 < 3 else 1
    words = {"+": "agree", "-": "disagree", "0": "pass"}
    rows = {c.pk: words[STATEMENTS[i][2][camp]] for i, c in enumerate(found) if (n + i) % 11}
    odd = found[(n * 7) % len(found)].pk
    if n % 4 == 3 and odd in rows:
        rows[odd] = {"agree": "pass", "disagree": "agree", "pass": "disagree"}[rows[odd]]
    return rows


def _argued(talk: Talk, town: Town, begun: datetime) -> None:
    for n, (side, who, text, source) in enumerate(ARGUMENTS):
        made = saying.say(
            actor=_neighbour(town, who), talk_id=talk.pk, kind="argument", side=side, text=text, source=source, now=begun + (n + 3) * HOUR
        )
        for k in range(4 - n % 3):
            other = _neighbour(town, who + k + 1)
            saying.mark(actor=other, talk_id=talk.pk, contribution_id=made.pk, choice="agree", now=begun + (n + 9) * HOUR)


def _asked(talk: Talk, town: Town, worker: Actor, begun: datetime) -> None:
    unit = town.units["sanitation"]
    expert = answering.invite(actor=worker, talk_id=talk.pk, unit_id=unit.pk, capacity="管清运", now=begun)
    answering.invite(actor=worker, talk_id=talk.pk, name="秦刚", capacity="安和物业", now=begun)
    for n, (who, text, answer) in enumerate(QUESTIONS):
        made = saying.say(actor=_neighbour(town, who), talk_id=talk.pk, kind="question", text=text, now=begun + (n + 5) * HOUR)
        for k in range(3 + n):
            other = _neighbour(town, who + k + 1)
            saying.mark(actor=other, talk_id=talk.pk, contribution_id=made.pk, choice="agree", now=begun + 20 * HOUR)
        if answer:
            given: dict[str, Any] = {"contribution_id": made.pk, "text": answer, "expert_id": expert.pk}
            answering.answer(actor=worker, talk_id=talk.pk, now=begun + 30 * HOUR, **given)


def _moderated(talk: Talk, town: Town, worker: Actor, begun: datetime) -> None:
    """One sentence went too far; a neighbour reported it."""
    made = saying.say(actor=_neighbour(town, 9), talk_id=talk.pk, kind="statement", text=RUDE, now=begun + 15 * HOUR)
    moderating.report(actor=_neighbour(town, 2), talk_id=talk.pk, contribution_id=made.pk, rule="insult", now=begun + 16 * HOUR)
    reason = "把持不同意见的邻居说得很难听，请换一种说法"
    moderating.hide(actor=worker, talk_id=talk.pk, contribution_id=made.pk, rule="insult", reason=reason, now=begun + 18 * HOUR)
