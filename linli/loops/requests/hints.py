"""
What a draft of an answer still leaves out, told to whoever writes it before it is sent.

Hints are made anew each time and kept nowhere: no answer is held back for good, and no person is measured. Switch: "reply".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy

from linli.insight.replies.points import Name, Point, review
from linli.insight.replies.sent import Sent
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters.models import Entry, Matter

ANSWERS: Final = ("answer", "resolve")
OTHERS: Final = 60  # answers to others a draft is compared with
_LATELY: Final = timedelta(days=60)
ENOUGH: Final = 30  # characters; what is shorter stands under its matter and need not name it again

_WORDS: Final = {
    (Name.MATTER, "handed_on"): gettext_lazy("只说了转给谁，没有说这件事本身怎么样了。可以写上查到了什么，或者谁、什么时候会给结果。"),
    (Name.MATTER, "elsewhere"): gettext_lazy("只请对方另找地方。可以先写明这件事为什么不在这里办、那里由谁接、能办到什么程度。"),
    (Name.MATTER, "vague"): gettext_lazy("这句话放在哪件事上都可以。可以写上这件事查到了什么、下一步做什么。"),
    (Name.MATTER, "receipt"): gettext_lazy("只说了收到。可以写上这件事查到了什么、下一步做什么。"),
    (Name.MATTER, "missing"): gettext_lazy("没有看出在答哪一件事。可以提一句对方说的地点或事情。"),
    (Name.ACT, "missing"): gettext_lazy("没有看到做了什么或将做什么。"),
    (Name.WHO, "missing"): gettext_lazy("没有看到由哪个单位或谁来做；“有关部门”等于没说。"),
    (Name.WHEN, "missing"): gettext_lazy("没有看到什么时候做的，或什么时候做完；“尽快”等于没说。"),
    (Name.BASIS, "missing"): gettext_lazy("没有写依据。不能办、要收费、要等的，写上是哪条规定或哪份方案。"),
    (Name.OWN_WORDS, "same_text"): gettext_lazy("同样的话最近也答过别人。请看看是否合适这一件。"),
    (Name.IN_TIME, "late"): gettext_lazy("已经过了承诺的时限。可以先说明原因，并表示歉意。"),
    (Name.POLITE, "missing"): gettext_lazy("没有称呼和谢意，加一句“您好”会好读一些。"),
    (Name.POLITE, "rude"): gettext_lazy("这句话可能让对方觉得被责备，请换个说法。"),
    (Name.READABLE, "long_sentence"): gettext_lazy("这句话太长，请分成几句。"),
    (Name.READABLE, "wall"): gettext_lazy("一大段没有分开，请分段或编号。"),
    (Name.READABLE, "cut_off"): gettext_lazy("结尾好像没有写完。"),
}
_GOOD: Final = {
    Name.MATTER: gettext_lazy("答的是这件事"),
    Name.ACT: gettext_lazy("说了做什么"),
    Name.WHO: gettext_lazy("说了谁来做"),
    Name.WHEN: gettext_lazy("说了什么时候"),
    Name.BASIS: gettext_lazy("写了依据"),
    Name.OWN_WORDS: gettext_lazy("不是套话"),
    Name.IN_TIME: gettext_lazy("在承诺的时限内"),
    Name.POLITE: gettext_lazy("有称呼或谢意"),
    Name.READABLE: gettext_lazy("句子不长，分得开"),
}
# What no one sentence shows: the whole text does, or the clock.
_WHOLE: Final = (Name.IN_TIME, Name.READABLE)


@dataclass(frozen=True)
class Hint:
    """One thing a draft leaves out: what, and the sentence it is about (empty when nothing stands there)."""

    point: str
    words: str
    sentence: str


@dataclass(frozen=True)
class Hints:
    """
    What was found in a draft: what it leaves out, what it has with the sentence that shows it, and whether it is shown once before sending
    (the draft is stock phrases alone, the text others got, says neither what is done nor why not, or is rude).
    """

    missing: tuple[Hint, ...]
    has: tuple[Hint, ...]
    first: bool


def hinted(matter: Matter) -> bool:
    """May drafts for this matter be looked at? One query every few seconds."""
    return is_on("reply", matter.place)


def asked_of(matter: Matter, text: str) -> str:
    """What an answer is held against: the matter's words, or nothing for a short one, which stands under them anyway."""
    return f"{matter.title}\n{matter.body}" if len(text) >= ENOUGH else ""


def hints_of(matter: Matter, text: str, now: datetime, *, due_at: datetime | None = None, compared: bool = True) -> Hints:
    """
    Look at a draft of an answer to `matter`. `due_at` is when the first answer was promised, if none was given yet; `compared` asks what
    others were answered lately (one query).
    """
    seen = review(
        asked_of(matter, text),
        text,
        answered_at=now if due_at else None,
        due_at=due_at,
        same_as=_told_others(matter, text, now) if compared else 0,
        signed=True,
    )
    sentence: Callable[[Point], str] = lambda point: text[point.start : point.end]  # noqa: E731  # one line, used twice
    missing = tuple(
        Hint(p.name.value, str(_WORDS[p.name, p.why]), sentence(p))
        for p in seen.missing
        if (p.name, p.why) in _WORDS and _told(p, seen[Name.MATTER])
    )
    has = tuple(
        Hint(name.value, str(words), "" if name in _WHOLE else sentence(seen[name])) for name, words in _GOOD.items() if seen[name].holds
    )
    says_nothing = len(text) >= ENOUGH and not seen[Name.ACT].holds and not seen[Name.BASIS].holds and not seen[Name.WHEN].holds
    stock = seen[Name.MATTER].why in ("handed_on", "elsewhere", "vague", "receipt")
    return Hints(missing, has, stock or says_nothing or seen[Name.OWN_WORDS].why == "same_text" or seen[Name.POLITE].why == "rude")


def _told(point: Point, matter: Point) -> bool:
    """A draft that does not meet the matter is told that first; what follows from it is not told again."""
    if point.name == Name.OWN_WORDS:
        return point.why == "same_text"
    return bool(matter.holds) or point.name not in (Name.BASIS, Name.READABLE)


def _told_others(matter: Matter, text: str, now: datetime) -> int:
    """How many of the newest answers to others in the community say the same."""
    others = Entry.objects.filter(verb__in=ANSWERS, public=True, at__gte=now - _LATELY, matter__community_id=matter.community_id)
    texts = others.exclude(matter=matter).exclude(text="").order_by("-at").values_list("text", flat=True)[:OTHERS]
    return Sent(texts).times(text)
