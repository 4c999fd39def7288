"""
The workflow of a request (诉求) as data, who may judge it, and the arithmetic of the three rates. Pure.

Sources: facts/processes.yaml street_whistle and complaint handling; law.yaml HOT-001 to HOT-023.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.matters.workflow import Move, State, Workflow

KIND: Final = "request"

STAGES: Final = (
    pgettext_lazy("stage", "提出"),
    pgettext_lazy("stage", "受理"),
    pgettext_lazy("stage", "研判"),
    pgettext_lazy("stage", "办理"),
    pgettext_lazy("stage", "办结"),
    pgettext_lazy("stage", "评价"),
    pgettext_lazy("stage", "回看"),
)

STATES: Final = (
    State("raised", _("待受理"), 2, _("等社区受理")),
    State("accepted", _("已受理"), 3, _("已受理，等待派给能办的单位")),
    State("dispatched", _("已派单"), 4, _("已派单，等承办单位动手")),
    State("whistled", _("吹哨中"), 4, _("街道已吹哨，几个部门一起办")),
    State("in_progress", _("办理中"), 4, _("承办单位正在办理")),
    State("waiting", _("等待补充"), 4, _("等提出人补充情况，时限暂停"), tone="plain"),
    State("suspended", _("已挂账"), 4, _("暂时办不了，已挂账，到期复核"), tone="plain"),
    State("resolved", _("已办结"), 6, _("已办结，请提出人评价"), tone="green"),
    State("closed", _("已回看"), 7, _("已经走完全程"), open=False, tone="green"),
    State("declined", pgettext_lazy("state", "不予受理"), 2, _("不予受理，理由和去处已写明"), open=False, tone="red"),
    State("withdrawn", _("已撤回"), 2, _("提出人已撤回"), open=False, tone="plain"),
    State("merged", _("已并入"), 3, _("已并入另一件相同的事，一起办"), open=False, tone="plain"),
)

WORKING: Final = ("dispatched", "whistled", "in_progress")
HANDLING: Final = tuple(s.code for s in STATES if s.stage == 4)
"""Whatever stands in the stage of being dealt with, stopped or not: what a list calls "handling"."""
_BEFORE_DONE: Final = ("raised", "accepted", *WORKING, "waiting", "suspended")

MOVES: Final = (
    Move("accept", _("受理"), ("raised",), "accepted", meets=("accept",), starts=("resolve",)),
    Move(
        "decline",
        _("不予受理"),
        ("raised", "accepted"),
        "declined",
        asks=("text", "reason", "turn_to"),
        meets=("accept", "dispatch", "first_answer"),
        cancels=("*",),
    ),
    Move(
        "dispatch",
        _("派单"),
        ("raised", "accepted"),
        "dispatched",
        asks=("unit",),
        meets=("accept", "dispatch"),
        starts=("resolve",),
    ),
    Move("redispatch", _("改派"), ("dispatched",), "dispatched", asks=("unit", "text")),
    Move("object", _("说明不属本单位"), ("dispatched",), "accepted", asks=("text",)),
    Move(
        "whistle",
        _("吹哨"),
        ("raised", "accepted", *WORKING),
        "whistled",
        asks=("units", "text"),
        meets=("accept", "dispatch"),
        starts=("resolve",),
    ),
    Move("report_in", _("报到"), ("whistled",), None),
    Move("refuse_whistle", _("说明不属本部门"), ("whistled",), None, asks=("text", "reason")),
    Move("answer_whistle", _("部门答复"), ("whistled",), None, asks=("text",), meets=("first_answer",)),
    Move(
        "conclude_whistle",
        _("联合办结"),
        ("whistled",),
        "resolved",
        asks=("text",),
        meets=("first_answer", "plan", "resolve"),
        starts=("follow_up",),
    ),
    Move("start", _("开始办理"), ("dispatched",), "in_progress"),
    Move("answer", _("答复进展"), ("accepted", *WORKING, "waiting", "suspended"), None, asks=("text",), meets=("first_answer",)),
    Move("plan", _("拿出方案"), ("accepted", *WORKING), None, asks=("text", "done_on"), meets=("first_answer", "plan")),
    Move(
        "ask", _("请提出人补充"), ("accepted", "dispatched", "in_progress"), "waiting", asks=("text",), meets=("first_answer",), stops=True
    ),
    Move("add", _("补充情况"), _BEFORE_DONE, None, asks=("text",), public=False),
    Move(
        "suspend",
        _("挂账"),
        ("dispatched", "whistled", "in_progress"),
        "suspended",
        asks=("text", "review_on"),
        meets=("first_answer",),
        stops=True,
    ),
    Move("resume", _("恢复办理"), ("waiting", "suspended"), "in_progress", restarts=True, back_to=("accepted", "whistled")),
    Move(
        "resolve",
        _("办结"),
        ("accepted", "dispatched", "in_progress"),
        "resolved",
        asks=("text",),
        meets=("accept", "dispatch", "first_answer", "plan", "resolve"),
        starts=("follow_up",),
    ),
    Move("rate", _("评价"), ("resolved", "closed"), None),
    Move("record_rating", _("登记回访评价"), ("resolved", "closed"), None),
    Move("record_unreachable", _("登记未联系上"), ("resolved",), None),
    Move("close", pgettext_lazy("verb", "转入回看"), ("resolved",), "closed", meets=("follow_up",), cancels=("*",)),
    Move(
        "reopen",
        _("重新办理"),
        ("resolved", "closed", "declined"),
        "in_progress",
        asks=("text",),
        starts=("resolve",),
        cancels=("follow_up",),
    ),
    Move("withdraw", _("撤回"), _BEFORE_DONE, "withdrawn", cancels=("*",)),
    Move("merge", _("并入"), ("raised", "accepted", *WORKING, "waiting"), "merged"),
    Move("unmerge", _("拆出"), ("merged",), None),
    Move("recategorise", _("改类别"), _BEFORE_DONE, None, asks=("category",)),
    Move("regrade", _("改难易程度"), ("accepted", *WORKING, "waiting", "suspended"), None, asks=("grade", "text")),
    Move("supervise", _("督办"), _BEFORE_DONE, None, asks=("text",)),
    Move("note", _("内部记录"), tuple(s.code for s in STATES), None, asks=("text",), public=False),
    Move("retell", _("改公开文字"), tuple(s.code for s in STATES), None, public=False),
    Move("score_whistle", _("评价部门报到"), ("resolved", "closed"), None, asks=("scores",), public=False),
)

WORKFLOW: Final = Workflow(
    kind=KIND,
    prefix="R",
    label=_("诉求"),
    stages=STAGES,
    states=STATES,
    moves=MOVES,
    first="raised",
    on_raise_starts=("accept", "dispatch", "first_answer"),
)

CHANNELS: Final = {
    "web": _("居民端"),
    "phone": _("电话"),
    "counter": _("来访"),
    "patrol": _("网格巡查"),
    "paper": _("纸面"),
    "api": _("接口"),
    "open311": _("Open311"),
    "import": _("批量导入"),
    "clock": _("系统"),
    "cli": _("命令行"),
}

TIERS_FOR_REOPEN: Final = 1


def why_not_rate(*, is_party: bool, is_recorder: bool, already: bool) -> str | None:
    """
    Say why somebody may not rate: a code, or None when they may.

    Whoever filed on behalf may not rate, even when they are a neighbour too; each party rates a round once.
    """
    if is_recorder:
        return "filed_on_behalf"
    if not is_party:
        return "not_a_party"
    return "already_rated" if already else None


def why_not_record(*, filed: bool, handled: bool) -> str | None:
    """Say why a worker may not record somebody's rating by phone: they filed it on behalf, or they did the work."""
    if filed:
        return "filed_on_behalf"
    return "handled_it" if handled else None


def reopens(*, solved: bool | None, satisfied: bool | None, reopened: int) -> bool:
    """Unsolved or unsatisfied goes back to work by itself, once; after that a person decides."""
    return (solved is False or satisfied is False) and reopened < TIERS_FOR_REOPEN


# --- the three rates -------------------------------------------------------------------------------
# No share is shown of fewer answers than this: with less, one neighbour could be made out and one answer moves it by a fifth.
FEWEST: Final = 5


@dataclass(frozen=True)
class Judged:
    """What the rates need of one finished request. `excluded` is a lawful class or empty; `reached` is "rated", "unreachable" or ""."""

    answered: bool | None
    solved: bool | None
    satisfied: bool | None
    reached: str
    excluded: str
    suspended: bool = False


@dataclass(frozen=True)
class Rate:
    """
    One rate with everything needed to recompute it. `share` is None when the numbers do not allow one.
    """

    name: str
    numerator: int
    denominator: int

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.numerator, self.denominator) if self.denominator >= FEWEST else None


@dataclass(frozen=True)
class Rates:
    answered: Rate
    solved: Rate
    satisfied: Rate
    finished: int
    called_back: int
    unreachable: int
    not_asked: int
    suspended: int
    excluded: dict[str, int] = field(default_factory=dict)


def rates(rows: Iterable[Judged]) -> Rates:
    """
    The three rates over finished requests (law.yaml HOT-011, HOT-012).

    Each rate: those who said yes, over those who gave an answer to that question when called back or rating themselves. Left out
    and counted: lawfully excluded ones, by class; suspended ones; those nobody could reach; those not yet asked.
    """
    tally = {name: [0, 0] for name in ("answered", "solved", "satisfied")}
    finished = called = unreachable = not_asked = suspended = 0
    excluded: dict[str, int] = {}
    for row in rows:
        finished += 1
        if row.excluded:
            excluded[row.excluded] = excluded.get(row.excluded, 0) + 1
        elif row.suspended:
            suspended += 1
        elif row.reached == "rated":
            called += 1
            for name, counts in tally.items():
                said = getattr(row, name)
                if said is not None:
                    counts[0] += said
                    counts[1] += 1
        elif row.reached:
            unreachable += 1
        else:
            not_asked += 1
    made = {name: Rate(name, yes, asked) for name, (yes, asked) in tally.items()}
    return Rates(
        **made, finished=finished, called_back=called, unreachable=unreachable, not_asked=not_asked, suspended=suspended, excluded=excluded
    )


def quantile(sorted_values: Sequence[int], share: Fraction) -> int | None:
    """The smallest value with at least `share` of all values at or below it (nearest rank); None of nothing."""
    if not sorted_values:
        return None
    rank = -(-len(sorted_values) * share.numerator // share.denominator)
    return sorted_values[max(rank, 1) - 1]
