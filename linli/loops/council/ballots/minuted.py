"""What ballots bring to the minutes of a meeting: question, rule, exact figures in every dimension, passed or not, and where it is found again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.matters.formal import Formal
from linli.kernel.matters.models import Visibility
from linli.loops.council.ballots import square_words as words
from linli.loops.council.ballots.models import Ballot, Kind, State
from linli.loops.council.ballots.wording import choice_labels, seated_of
from linli.web.words import date_long


def of_matters(matter_ids: Collection[int], since: datetime, until: datetime) -> list[Formal]:
    """
    The ballots of these motions that were announced, opened, open, stopped or counted in the span; of motions that are not public none. One query.
    """
    within = (since, until)
    touched = Q(announcement__published_at__range=within) | Q(counted_at__range=within) | Q(opened_at__range=within)
    stopped = Q(state=State.ABANDONED, closed_at__range=within)
    running = Q(state__in=(State.OPEN, State.CLOSED, State.COUNTED), opens_at__lte=until, closes_at__gte=since)
    found = Ballot.objects.filter(touched | stopped | running, motion_id__in=matter_ids, motion__matter__visibility=Visibility.PUBLIC)
    rows = found.exclude(state=State.DRAFT).select_related("motion__matter", "roll", "announcement").order_by("pk")
    return [_formal(ballot) for ballot in rows]


def _formal(ballot: Ballot) -> Formal:
    matter = ballot.motion.matter
    title = _("议题 %(ref)s“%(title)s”的第 %(n)s 号表决") % {"ref": matter.ref, "title": matter.public_title, "n": ballot.pk}
    at = ballot.opened_at or (ballot.announcement.published_at if ballot.announcement else ballot.opens_at)
    counted = ballot.state == State.COUNTED
    mark = f"ballot-{ballot.pk}-{'official' if ballot.official_result else ballot.state}"
    return Formal(ballot.motion_id, at, title, tuple(_lines(ballot)), counted, mark)


def _lines(ballot: Ballot) -> Iterator[str]:
    yield _("表决什么：%(what)s。%(how)s，%(secrecy)s。") % {
        "what": _("、").join(words.titles(ballot).values()) or ballot.motion.matter.public_title,
        "how": ballot.get_kind_display(),
        "secrecy": ballot.get_secrecy_display(),
    }
    yield _("投票时间：%(window)s。名册：%(voters)s，名册指纹 %(hash)s。") % {
        "window": words.window_words(ballot), "voters": words.voters_words(ballot), "hash": ballot.roll.hash[:24],
    }  # fmt: skip
    yield from words.rule_words(ballot)
    if note := words.kind_note(ballot):
        yield note
    if ballot.state == State.COUNTED:
        yield from _result(ballot)
    elif ballot.state == State.ABANDONED:
        yield _("表决停止了，已经投的票不算：%(why)s") % {"why": ballot.why_abandoned}
    elif not ballot.official_result:
        yield _("到起草这份纪要时还没有计票：投票到%(when)s截止，结果另行公布。") % {"when": date_long(ballot.closes_at)}
    if ballot.official_result:
        yield _("主管部门系统的结果：%(text)s") % {"text": ballot.official_result["text"]}
    yield _("表决编号 %(n)s，冻结的规则指纹 %(hash)s；公布在 /ballots/%(n)s/。") % {"n": ballot.pk, "hash": ballot.frozen_hash[:24]}


def _result(ballot: Ballot) -> Iterator[str]:
    yield _("结果：%(said)s") % {"said": words.headline(ballot)}
    yield from seated_of(ballot)
    if ballot.kind != Kind.SURVEY:
        yield from (row["text"] for row in words.result_rows(ballot))
    for row in words.sums_rows(ballot.result.get("law", {}), choice_labels(ballot)):
        area = _("，%(area)s 平方米") % {"area": row["area"]} if row["area"] else ""
        yield _("%(what)s：%(heads)s 人%(area)s。") % {"what": row["label"], "heads": row["heads"], "area": area}
    for option in words.option_rows(ballot):
        yield _("%(title)s：%(votes)s，%(note)s。") % option
    if strict := words.strict_words(ballot):
        yield strict
    if withheld := ballot.result.get("withheld"):
        yield withheld[words.tongue()]
    if ballot.bundle_hash:
        yield _("表决包指纹 %(hash)s，谁都可以下载重算。") % {"hash": ballot.bundle_hash[:24]}
