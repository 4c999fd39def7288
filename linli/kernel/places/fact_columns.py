"""
What rooms build the columns of their facts from, the same on SQLite and PostgreSQL: instants of days, ages at an instant, the places above a path,
and marks that differ when any row of a part does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    Count,
    DateField,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Substr

from linli.kernel.access.paths import WIDTH
from linli.kernel.places.models import ORDER, Kind, Place

Where = tuple[str, str, str, str]
"""What says a row's number, district, street and community."""
WHERE: Final[Where] = ("pk", "in_district", "in_street", "in_community")
"""What `placed` calls them, for a source whose rows have no places of their own."""
AGES: Final = ("", "0-15", "16-17", "18-35", "36-59", "60-79", "80+")
"""Groups of age as the indicators ask for them; empty where the birthday is not registered."""
_AGE_BELOW: Final = ((16, "0-15"), (18, "16-17"), (36, "18-35"), (60, "36-59"), (80, "60-79"))


class _Two(Func):
    """A function said differently to the two databases. The hours to Greenwich have been the same since 1991."""

    arity = 1
    sqlite, postgres = "", ""

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template=self.sqlite, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template=self.postgres, **context)


class Midnight(_Two):
    """The instant at which a day begins in the place's own time."""

    output_field = DateTimeField()
    sqlite = "strftime('%%Y-%%m-%%d %%H:%%M:%%S', %(expressions)s, '-8 hours')"
    postgres = "(CAST(%(expressions)s AS timestamp) AT TIME ZONE 'Asia/Shanghai')"


class LocalDay(_Two):
    """The day an instant lies on in the place's own time."""

    output_field = DateField()
    sqlite = "date(%(expressions)s, '+8 hours')"
    postgres = "CAST(%(expressions)s AT TIME ZONE 'Asia/Shanghai' AS date)"


class YearsBefore(_Two):
    """The day so many years before an instant."""

    output_field = DateField()
    sqlite = "date(%(expressions)s, '+8 hours', '-%(years)s years')"
    postgres = "CAST(CAST(%(expressions)s AT TIME ZONE 'Asia/Shanghai' AS date) - interval '%(years)s years' AS date)"

    def __init__(self, moment: Any, years: int) -> None:
        super().__init__(moment, years=years)


class Seconds(_Two):
    """An instant as whole seconds since 1970."""

    output_field = BigIntegerField()
    sqlite = "CAST(strftime('%%s', %(expressions)s) AS INTEGER)"
    postgres = "CAST(floor(EXTRACT(EPOCH FROM %(expressions)s)) AS bigint)"


class Items(_Two):
    """How many items a list kept as JSON has (a field: it is named twice); unknown where there is none."""

    output_field = IntegerField()
    sqlite = "CASE json_type(%(expressions)s) WHEN 'array' THEN json_array_length(%(expressions)s) END"
    postgres = "CASE jsonb_typeof(%(expressions)s) WHEN 'array' THEN jsonb_array_length(%(expressions)s) END"


def age(born_on: Any, moment: Any) -> Case:
    """The group of age (one of AGES) of somebody born on a day, at an instant. Both are expressions."""
    # Whoever was born later than the day sixteen years ago is not sixteen yet.
    return Case(
        When(Q(**{f"{born_on}__isnull": True}), then=Value("")),
        *(When(Q(**{f"{born_on}__gt": YearsBefore(moment, below)}), then=Value(code)) for below, code in _AGE_BELOW),
        default=Value("80+"),
        output_field=CharField(),
    )


def above(path: str, kind: Kind) -> Subquery:
    """The id of the place of a kind at or above a path (a field's name); none where there is none."""
    steps = [Substr(OuterRef(path), 1, WIDTH * n) for n in range(1, ORDER.index(kind) + 2)]
    return Subquery(Place.objects.filter(kind=kind, path__in=steps).order_by().values("pk")[:1])


def placed(path: str) -> dict[str, Subquery]:
    """Annotations that say district, street and community of a path; `WHERE` names them."""
    return {
        "in_district": above(path, Kind.DISTRICT),
        "in_street": above(path, Kind.STREET),
        "in_community": above(path, Kind.COMMUNITY),
    }


def through(path: str, where: Where) -> Where:
    """The same names, said from a row whose `path` leads to what has them."""
    _row, district, street, community = where
    return ("pk", f"{path}__{district}", f"{path}__{street}", f"{path}__{community}")


def yes(condition: Any) -> ExpressionWrapper:
    """A condition as a column that is true or false, also where what it asks about is unknown."""
    return ExpressionWrapper(Case(When(condition, then=Value(True)), default=Value(False)), output_field=BooleanField())


def marks(
    row: str = "pk",
    *,
    moments: Iterable[Any] = (),
    numbers: Iterable[Any] = (),
    flags: Iterable[Any] = (),
    codes: Mapping[str, Iterable[str]] | None = None,
) -> dict[str, Any]:
    """
    Sums over a part that differ when a row comes, goes or changes in any of what is named, even where two rows change places: each value is
    counted with a weight of its row. `flags` are conditions, `codes` texts with all they can be.
    """
    weight = F(row) % 997 + 1
    asked: list[Any] = [Seconds(one) for one in moments]
    asked += [F(one) if isinstance(one, str) else one for one in numbers]
    asked += [Case(When(one, then=Value(1)), default=Value(0), output_field=IntegerField()) for one in flags]
    asked += [_ordinal(name, values) for name, values in (codes or {}).items()]
    sums = {
        f"sum_{n:02d}": Sum(ExpressionWrapper(weight * (Coalesce(one, Value(-1), output_field=BigIntegerField())), BigIntegerField()))
        for n, one in enumerate(asked)
    }
    return {"count": Count(row), "rows": Sum(F(row)), **sums}


def _ordinal(name: str, values: Iterable[str]) -> Case:
    listed = (When(Q(**{name: value}), then=Value(n)) for n, value in enumerate(values, start=1))
    return Case(*listed, default=Value(0), output_field=IntegerField())
