"""Elections in words: notices in the official pattern, the lines of the record, states and their tones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from linli.kernel.matters.held_notices import Pattern
from linli.law.elections import bodies
from linli.loops.council.ballots.wording import quota_words, seated_words
from linli.loops.council.elections.models import Candidate, Election, Line, State, Task
from linli.web.words import date_long, day, until

TONES = {
    State.DRAFT: "plain",
    State.NOMINATING: "green",
    State.POSTED: "gold",
    State.VOTING: "gold",
    State.IN_OFFICE: "blue",
    State.ENDED: "plain",
    State.CANCELLED: "red",
}
STEPS = ("nominating", "posted", "voting", "in_office", "ended")


def steps() -> list[str]:
    return [_("推荐自荐"), _("核查公示"), _("投票计票"), _("任期"), _("届满")]


def position(election: Election) -> int:
    """Where an election stands on the strip; 0 before it is announced and when it was called off."""
    if election.state in (State.DRAFT, State.CANCELLED):
        return 0
    return len(STEPS) + 1 if election.state == State.ENDED else STEPS.index(election.state) + 1


def body_name(code: str) -> str:
    found = bodies().get(code)
    return found.name(get_language() or "zh-hans") if found else code


def check_name(check: dict[str, Any]) -> str:
    name: str = check["name_zh"] if (get_language() or "zh").startswith("zh") else check["name_en"]
    return name


def task_name(election: Election, task: Task) -> str:
    """A task in the reader's language: of the rules' own by their code, of the operator's as it was written."""
    found = bodies().get(election.body)
    duty = next((d for d in found.handover if d.code == task.code), None) if found else None
    if duty is None or (get_language() or "zh").startswith("zh"):
        return task.title
    return duty.name_en


def quota_lines(election: Election) -> list[str]:
    return quota_words(election.quotas)


def seated_by_quota(election: Election, names: Mapping[int, str]) -> list[str]:
    """Whom a quota seated, by which rule, who therefore was not; and which quota could not be met. Empty where votes alone decided."""
    result, quotas = election.result, {q["code"]: q for q in election.quotas}
    # Results from before the quota was kept with it are numbers alone.
    rows = [row if isinstance(row, dict) else {"number": row, "quota": ""} for row in result.get("by_quota", ())]
    return seated_words(
        [(names.get(row["number"], "—"), quotas.get(row["quota"])) for row in rows],
        [names.get(number, "—") for number in result.get("displaced", ())],
        [quotas[code] for code in result.get("short_of", ()) if code in quotas],
    )


def notice_of_opening(election: Election) -> tuple[str, str]:
    lines = [
        _("各位居民："),
        _("%(place)s选举%(body)s（%(title)s），应选 %(seats)s 人，候补 %(alternates)s 人，任期 %(months)s 个月。")
        % {
            "place": election.place.name,
            "body": body_name(election.body),
            "title": election.title,
            "seats": election.seats,
            "alternates": election.alternates,
            "months": election.term_months,
        },
        _("推荐和自荐：%(from)s至%(until)s。推荐别人要本人同意。")
        % {"from": date_long(election.nominate_from), "until": until(election.nominate_until)},
        _("候选人条件："),
        *(f"{n}. {check_name(c)}（{c['article']}）" for n, c in enumerate(election.checks, 1)),
    ]
    if election.seconds_needed:
        lines.append(_("自荐和他人推荐要有 %(n)s 户附议。") % {"n": election.seconds_needed})
    if election.quotas:
        lines.append(_("名额要求：%(list)s。") % {"list": _("；").join(quota_lines(election))})
    if election.terms:
        lines.append(election.terms)
    lines += [
        _("候选人核查后公示 %(n)s 天，有异议可以提出；公示期满后投票。") % {"n": election.posting_days},
        _("不用手机的，请到社区窗口填推荐表。"),
    ]
    return _("选举公告：%(title)s") % {"title": election.title}, "\n".join(lines)


def notice_of_candidates(election: Election, accepted: Sequence[Candidate]) -> tuple[str, str]:
    groups = {q["code"]: q["name"] for q in election.quotas}

    def told(c: Candidate) -> str:
        return _("，").join([str(c.get_origin_display()), *(groups[g] for g in c.groups if g in groups)])

    rows = [_("%(n)s 号 %(name)s（%(origin)s）") % {"n": c.number, "name": c.name, "origin": told(c)} for c in accepted]
    lines = [
        _("候选人核查结束，共 %(n)s 位：") % {"n": len(accepted)},
        *rows,
        _("公示到%(until)s为止，有异议的可以在这以前提出。") % {"until": until(election.posted_until)},
    ]
    return _("候选人公示：%(title)s") % {"title": election.title}, "\n".join(lines)


def notice_of_result(election: Election, candidates: Sequence[Candidate]) -> tuple[str, str]:
    by_number = {c.number: c for c in candidates}

    def named(outcome: str) -> str:
        rows = sorted((c for c in candidates if c.outcome == outcome), key=lambda c: c.rank or 0)
        return _("、").join(_("%(name)s（%(votes)s 票）") % {"name": c.name, "votes": c.votes} for c in rows) or _("没有")

    lines = [_("当选：%(list)s。") % {"list": named("elected")}, _("候补：%(list)s。") % {"list": named("alternate")}]
    lines.append(_("未当选：%(list)s。") % {"list": named("not_elected")})
    result = election.result
    if result["tied"]:
        names = _("、").join(by_number[n].name for n in result["tied"])
        lines.append(_("%(names)s得票相同，争最后一个名额，需要再投一次；职务不抽签决定。") % {"names": names})
    if result.get("tied_alternates"):
        names = _("、").join(by_number[n].name for n in result["tied_alternates"])
        lines.append(_("%(names)s得票相同，争最后一个候补名额，需要再投一次。") % {"names": names})
    lines += seated_by_quota(election, {c.number: c.name for c in candidates})
    if result["vacant"]:
        lines.append(_("还缺 %(n)s 席，需要补选。") % {"n": result["vacant"]})
    term = {"a": day(election.term_from), "b": day(election.term_until), "filing": day(election.filing_due_on)}
    lines.append(_("任期从%(a)s到%(b)s。请在%(filing)s以前备案。") % term)
    return _("选举结果：%(title)s") % {"title": election.title}, "\n".join(lines)


PATTERN = Pattern(
    form="election",
    headings={
        "open": gettext_lazy("关于“%(title)s”推荐和自荐候选人的公告"),
        "candidates": gettext_lazy("关于“%(title)s”候选人的公示"),
        "result": gettext_lazy("关于“%(title)s”选举结果的公告"),
        "vacancy": gettext_lazy("关于“%(title)s”出现空缺的公告"),
        "moved_up": gettext_lazy("关于“%(title)s”候补递补的公告"),
        "cancel": gettext_lazy("关于取消“%(title)s”的公告"),
    },
    objected="candidates",
    object_to=gettext_lazy("对候选人有异议的，请在期限以前在网上或者到%(where)s书面提出，每一件都会答复。"),
)


def _title_read(title: str) -> str:
    """The title of a task as the record kept it, in the reader's language where it is one of the rules' own."""
    if (get_language() or "zh").startswith("zh"):
        return title
    return next((d.name_en for body in bodies().values() for d in body.handover if d.name_zh == title), title)


def line_words(line: Line) -> str:
    """A line of the record in a sentence."""
    f = line.facts if "title" not in line.facts else {**line.facts, "title": _title_read(str(line.facts["title"]))}
    made = {
        "plan": lambda: _("安排了选举。"),
        "change": lambda: _("修改了安排。"),
        "open": lambda: _("发出选举公告，开始推荐和自荐。"),
        "nominate": lambda: _("%(number)s 号被提名。") % f,
        "consent": lambda: _("%(number)s 号本人同意。") % f if f.get("agree") else _("%(number)s 号本人不同意。") % f,
        "second": lambda: _("%(number)s 号得到 %(count)s 户附议。") % f,
        "withdraw": lambda: _("%(number)s 号退出。") % f,
        "check": lambda: (
            _("%(number)s 号核查通过。") % f
            if f.get("accepted")
            else _("%(number)s 号不符合条件：%(rules)s") % {**f, "rules": _("；").join(dict.fromkeys(f.get("rules", [])))}
        ),
        "post": lambda: _("公示候选人 %(count)s 位。") % f,
        "object": lambda: _("收到一条异议。"),
        "answer_objection": lambda: _("答复异议：成立。") if f.get("upheld") else _("答复异议：不成立。"),
        "set_ballot": lambda: _("设置投票，候选人 %(count)s 位。") % f,
        "result": lambda: _("选举有结果：当选 %(elected)s 人，空缺 %(vacant)s 席。") % f,
        "vacate": lambda: _("%(name)s不再任职：%(reason)s") % f,
        "move_up": lambda: _("候补%(name)s递补为委员。") % f,
        "role": lambda: _("%(name)s担任%(role)s。") % f,
        "file": lambda: _("已备案，备案号 %(number)s。") % f,
        "task_added": lambda: _("增加交接任务：%(title)s") % f,
        "task_done": lambda: _("完成交接（超期）：%(title)s") % f if f.get("late") else _("完成交接：%(title)s") % f,
        "remind": lambda: _("提醒准备下一届选举。"),
        "end_term": lambda: pgettext("election record", "任期届满。"),
        "cancel": lambda: pgettext("election record", "取消：%(reason)s") % f,
    }.get(line.verb)
    return made() if made else line.verb
