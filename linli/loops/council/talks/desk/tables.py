"""A talk taken away as a table: what was said with its counts, and votes without persons."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters.desk import at_desk as staff_only
from linli.lib.groups import LEAST_COUNT
from linli.loops.council.talks.desk.common import desk_talk
from linli.loops.council.talks.models import Contribution, Kind, Mark, Participant, Talk
from linli.loops.council.talks.reading import at_desk
from linli.web.sheets import Listing, as_file, format_asked

LEAST_VOTERS: Final = 12


def _statements(talk: Talk) -> Listing:
    def rows() -> Iterator[list[Any]]:
        for c in Contribution.objects.filter(talk=talk, kind=Kind.STATEMENT, hidden_at=None):
            counts = ["", "", ""] if c.seen < LEAST_COUNT else [c.agrees, c.disagrees, c.passes]
            yield [c.number, c.text, _("主办方") if c.participant_id is None else _("居民"), *counts, c.at.date()]

    header = [_("编号"), _("看法"), _("谁写的"), pgettext("vote", "同意"), pgettext("opinion", "不同意"), _("跳过"), _("日期")]
    return Listing(_("看法和票数"), header, rows(), (8, 60, 10, 8, 8, 8, 12))


def _arguments(talk: Talk) -> Listing:
    found = Contribution.objects.filter(talk=talk, kind=Kind.ARGUMENT, hidden_at=None).order_by("side", "-agrees", "number")
    rows = ([c.number, c.get_side_display(), c.text, c.source, c.agrees, c.at.date()] for c in found)
    return Listing(_("正反理由"), [_("编号"), _("哪一边"), _("理由"), _("出处"), _("支持"), _("日期")], rows, (8, 8, 60, 40, 8, 12))


def _questions(talk: Talk) -> Listing:
    found = Contribution.objects.filter(talk=talk, kind=Kind.QUESTION, hidden_at=None).prefetch_related("answers")
    rows = ([c.number, c.text, c.agrees, c.at.date(), "\n".join(f"{a.who}：{a.text}" for a in c.answers.all()), _last(c)] for c in found)
    header = [_("编号"), _("提问"), _("也想知道"), _("提问日期"), _("回答"), _("回答日期")]
    return Listing(_("问和答"), header, rows, (8, 50, 10, 12, 70, 12))


def _last(question: Contribution) -> Any:
    answers = list(question.answers.all())
    return answers[-1].at.date() if answers else None


def _votes(talk: Talk) -> Listing:
    """
    One line a vote under numbers drawn anew for this file, in mixed order, so that nothing leads from a line to a person or from one file
    to another: what `linli insight opinion` reads. Refused while so few take part that patterns point at people.
    """
    seats = list(Participant.objects.filter(talk=talk).values_list("pk", flat=True))
    if len(seats) < LEAST_VOTERS:
        raise Refused("too_few", _("参加的人不到 %(n)s 位，导出每一票会让人看出谁是谁。可以导出每条看法的票数。") % {"n": LEAST_VOTERS})
    random = secrets.SystemRandom()
    random.shuffle(seats)
    number = {pk: n for n, pk in enumerate(seats, start=1)}
    marks = Mark.objects.filter(contribution__talk=talk, contribution__kind=Kind.STATEMENT, contribution__hidden_at=None)
    rows = [[number[who], what, choice] for who, what, choice in marks.values_list("participant_id", "contribution__number", "choice")]
    rows.sort(key=lambda row: (row[0], row[1]))
    return Listing(_("表态（没有人名）"), ["voter", "statement", "vote"], iter(rows), (10, 12, 12))


TABLES: Final[Mapping[str, Callable[[Talk], Listing]]] = {
    "statements": _statements,
    "arguments": _arguments,
    "questions": _questions,
    "votes": _votes,
}


@require_GET
@staff_only
def table_of(request: HttpRequest, talk_id: int, what: str) -> HttpResponseBase:
    """One of the tables as xlsx or csv; that it was taken is logged."""
    actor, now = at_desk(request)
    talk = desk_talk(actor, talk_id, "talk.export")
    if what not in TABLES:
        raise NotFound("no_table", _("没有这张表。"))
    listing = TABLES[what](talk)
    log_event("talk_exported", now=now, actor=actor, about=f"{talk.matter.ref} {talk.question}", table=what)
    return as_file(listing, format_asked(request.GET))
