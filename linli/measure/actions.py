"""What people do with indicators: change one, enter a figure from a document, publish a period, and look whether what was published holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.insight.measure import lake
from linli.insight.measure.engines import engine
from linli.insight.measure.expressions import change, figures
from linli.insight.measure.periods import Period, period
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.places.facts import tables
from linli.kernel.places.models import Place
from linli.law.indicators import pack
from linli.lib.problems import InputProblem
from linli.lib.texts import clean
from linli.measure import building, computing, indicators
from linli.measure.models import Definition, Entered, Published


def readable(problem: InputProblem) -> Invalid:
    """The same problem as a refusal, in the reader's language."""
    return Invalid(problem.code, problem.text(get_language() or "zh"))


@transaction.atomic
def change_indicator(*, actor: Actor, code: str, data: Mapping[str, Any], reason: str, now: datetime) -> Definition:
    """
    A new version of an indicator, the same for every place; earlier ones stay, and what was published by them too. `data` holds what is changed,
    see `indicators.CHANGEABLE`. Whoever may edit somewhere may. Raises Invalid for what cannot be computed, NotAllowed.
    """
    if not table.holds(actor, "indicator.edit"):
        raise table.refusal(actor, "indicator.edit")
    said = clean(reason, 300)
    if not said:
        raise Invalid("no_reason", _("请写明为什么改。"), fields={"reason": [_("请写明为什么改。")]})
    if strange := set(data) - set(indicators.CHANGEABLE):
        raise Invalid("not_changeable", _("不能改：%(names)s。") % {"names": "、".join(sorted(strange))})
    newest = Definition.objects.select_for_update().filter(code=code).order_by("-version").first()
    try:
        if code not in pack():
            indicators.indicator(code)
        kept = {**(newest.data if newest else {}), **data}
        indicators.indicator_from({**pack()[code], **kept}, tables())
    except InputProblem as problem:
        raise readable(problem) from None
    made = Definition.objects.create(
        code=code, version=(newest.version if newest else 0) + 1, data=kept, reason=said, made_at=now, made_by_id=actor.account_id
    )
    indicators.forget()
    return made


@transaction.atomic
def enter_figure(
    *, actor: Actor, code: str, place: Place, span: str, value: Decimal, document: str, dated: date, now: datetime, survey: bool = False
) -> Entered:
    """
    Enter a figure that an outside document gives. Raises Invalid where operations yield it (no number is typed in that work gives), for a missing
    document or a period that is none, NotAllowed.
    """
    table.require(actor, "indicator.enter", place.path)
    try:
        found, _version = indicators.indicator(code)
        during = period(span)
    except InputProblem as problem:
        raise readable(problem) from None
    if found.state == "computed":
        raise Invalid(
            "computed",
            _("“%(name)s”由办理记录自动计算，不能填数。") % {"name": found.name(get_language() or "zh")},
            fields={"value": [_("不用填。")]},
        )
    said = clean(document, 200)
    if not said:
        raise Invalid("no_document", _("请写明数字出自哪份文件。"), fields={"document": [_("例如：派出所 2026 年第三季度通报。")]})
    if dated > now.date():
        raise Invalid("from_the_future", _("文件日期在今天以后，请核对。"), fields={"dated": [_("请核对日期。")]})
    return Entered.objects.create(
        code=code,
        kind=Entered.Kind.SURVEY if survey else Entered.Kind.OUTSIDE,
        place=place,
        period=str(during),
        value=value,
        document=said,
        dated=dated,
        entered_at=now,
        entered_by_id=actor.account_id,
    )


def publish(*, actor: Actor, place: Place, span: Period, now: datetime) -> list[Published]:
    """
    Publish a place's figures of a period that is over: each is kept with its definition and the snapshot it came from, so that anybody can
    compute it again. What was published before stays and is marked as corrected. Raises Refused while the period runs, NotAllowed.
    """
    table.require(actor, "indicator.publish", place.path)
    if not span.over(now):
        raise Refused("not_over", _("%(period)s还没有结束，不能公布。") % {"period": span.name(get_language() or "zh")})
    try:
        facts = building.current()
        found = computing.compute(place, span, snapshot=facts)
    except InputProblem as problem:
        raise readable(problem) from None
    lake.keep(facts)
    everything = indicators.in_force()
    said = indicators.said_of()
    with transaction.atomic():
        earlier = {p.code: p for p in Published.objects.filter(place=place, period=str(span)).order_by("pk")}
        rows = [
            Published(
                code=f.indicator,
                version=everything[f.indicator][1],
                definition=dict(said[f.indicator]),
                place=place,
                place_code=f.place,
                level=f.level,
                period=f.period,
                numerator=f.numerator,
                denominator=f.denominator,
                value=f.value,
                snapshot=facts.id,
                published_at=now,
                published_by_id=actor.account_id,
                corrects=earlier.get(f.indicator),
            )
            for f in found
            if not _same(earlier.get(f.indicator), f.numerator, f.denominator, f.value)
        ]
        return Published.objects.bulk_create(rows)


def _same(earlier: Published | None, numerator: int | None, denominator: int | None, value: float | None) -> bool:
    return earlier is not None and (earlier.numerator, earlier.denominator, earlier.value) == (numerator, denominator, value)


@dataclass(frozen=True)
class Differs:
    """A published figure that does not come out again: what was published, and what its snapshot says now (or why it cannot be asked)."""

    published: Published
    value: float | None
    problem: str = ""


def verify_figures(advance: Callable[[int], None] = lambda steps: None) -> Iterator[Differs]:
    """Compute every published figure again, from the snapshot and the definition it names; yields those that come out otherwise."""
    known = tables()
    for snapshot_id in sorted(set(Published.objects.values_list("snapshot", flat=True))):
        rows = list(Published.objects.filter(snapshot=snapshot_id).order_by("pk"))
        try:
            facts = lake.read(building.folder(), snapshot_id)
            if facts.id != snapshot_id or lake.damaged_parts(facts):
                raise InputProblem(
                    "facts_changed", "快照里的事实文件已被改动或缺失。", "Files of the snapshot were changed or are missing."
                )
            with engine("duckdb", facts, known.values()) as connected:
                for row in rows:
                    found = _again(connected, row)
                    if found != (row.numerator, row.denominator, row.value):
                        yield Differs(row, found[2])
                    advance(1)
        except InputProblem as problem:
            for row in rows:
                yield Differs(row, None, problem.text(get_language() or "zh"))
                advance(1)


def _again(connected: Any, row: Published) -> tuple[int | None, int | None, float | None]:
    known = tables()
    one = indicators.indicator_from(row.definition, known)
    span = period(row.period)
    assert one.formula is not None
    if one.formula.shape == "change":
        base = indicators.indicator_from(row.definition["base"], known)
        values = {
            f.period: f.value for f in figures(connected, known, base, [span.a_year_before(), span], row.level) if f.place == row.place_code
        }
        return None, None, change(values.get(str(span)), values.get(str(span.a_year_before())), falls=one.formula.falls)
    for f in figures(connected, known, one, [span], row.level):
        if f.place == row.place_code:
            f = computing.shown(f, one)
            return f.numerator, f.denominator, f.value
    return None, None, None
