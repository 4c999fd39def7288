"""A talk about a motion of the compound, with a few statements, made through the house's own actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linli.kernel.access.actor import Actor
from linli.kernel.matters.models import Matter
from linli.loops.council.talks.actions import opening, saying
from linli.loops.council.talks.models import Contribution, Talk
from tests.council.factories import Council, banked, council_again
from tests.factories import DAY, NOW
from tests.worlds import laid_down_again

ENDS = NOW + 14 * DAY
WORDS = (
    "先修轴承和钢丝绳，再看要不要换",
    "一次换新，省得年年修",
    "钱应当从公共收益里先出",
    "一楼也应当出一点钱",
    "晚上十点以后不要施工",
    "先请检测单位看过再定",
)


@dataclass
class Scene:
    """`talk` is open; residents have accounts, owners beyond them are spoken for by the worker."""

    council: Council
    matter: Matter
    talk: Talk

    @property
    def worker(self) -> Actor:
        return self.council.worker

    @property
    def head(self) -> Actor:
        return self.council.head

    def resident(self, n: int = 0) -> Actor:
        return self.council.residents[n]

    def fresh(self) -> Talk:
        self.talk = Talk.objects.select_related("matter", "place").get(pk=self.talk.pk)
        return self.talk

    def say(self, text: str = WORDS[0], *, who: int = 0, now: datetime = NOW, **more: Any) -> Contribution:
        kind = more.pop("kind", "statement")
        return saying.say(actor=more.pop("actor", self.resident(who)), talk_id=self.talk.pk, kind=kind, text=text, now=now, **more)

    def mark(self, said: Contribution, choice: str = "agree", *, who: int = 0, now: datetime = NOW, **more: Any) -> Contribution:
        actor = more.pop("actor", self.resident(who))
        return saying.mark(actor=actor, talk_id=self.talk.pk, contribution_id=said.pk, choice=choice, now=now, **more)

    def argue(self, text: str = "修一次三万，换一台五十八万。", *, side: str = "pro", **more: Any) -> Contribution:
        return self.say(text, kind="argument", side=side, **more)

    def ask(self, text: str = "维修资金还剩多少？", **more: Any) -> Contribution:
        return self.say(text, kind="question", **more)

    def seeded(self) -> list[Contribution]:
        """Six statements of the office."""
        return [self.say(text, actor=self.worker, office=True) for text in WORDS]

    def lively(self, people: int = 20) -> list[Contribution]:
        """Everybody of the first `people` owners votes on six statements, in two camps that share the fifth."""
        found = self.seeded()
        for n in range(people):
            camp = n % 2 == 0
            choices = {c.pk: "agree" if i == 4 or (i % 2 == 0) == camp else "disagree" for i, c in enumerate(found)}
            saying.mark_all(actor=self.worker, talk_id=self.talk.pk, choices=choices, person_id=self.council.owners[n].pk, now=NOW)
        return found


def build_scene(council: Council, **more: Any) -> Scene:
    matter = more.pop("matter", None) or banked(council)
    more.setdefault("question", "电梯修还是换")
    more.setdefault("closes_at", ENDS)
    talk = opening.open_talk(actor=more.pop("actor", council.worker), matter_id=matter.pk, now=NOW, **more)
    return Scene(council, matter, Talk.objects.select_related("matter", "place").get(pk=talk.pk))


@laid_down_again
def scene_again() -> Scene:
    """The council with a talk, made once a run."""
    return build_scene(council_again())
