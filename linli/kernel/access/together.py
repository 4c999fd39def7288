"""
Several questions in one: what a page is shown of many rooms, each with querysets of its own, in one trip to the database.

    plans, draws = together(Plan.objects.filter(matter=pk)[:5], Draw.objects.filter(about=pk)[:5])

Each queryset becomes a table beside a list of their numbers and fills the rows that bear its own. No column is given another type for it, so
that each row is read as its queryset itself would have read it.

Rooms that know nothing of each other are asked together as *askers*: generators that yield what they want to know next, are sent the rows,
and return what they made of them.

    def panel(matter: Matter) -> Asking[Panel | None]:
        (draws,) = yield [Draw.objects.filter(about=matter)[:5]]
        return Panel(draws) if draws else None
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

_JOINED: Final = "LEFT JOIN (SELECT 1 AS mark, t.* FROM ({sql}) t) q{number} ON p.n = {number}"
T = TypeVar("T")
Asking: TypeAlias = Generator[Sequence[QuerySet[Any, Any]], list[list[Any]], T]


def together(*asked: QuerySet[Any, Any]) -> list[list[Any]]:
    """
    The rows of each queryset, in its order and as it would give them itself. One query for all, none where nothing can match.

    For short answers: raises ValueError for one without a limit, whose order a database need not keep, and for one that sorts distinct
    rows by what it does not select.
    """
    tables: dict[int, str] = {}
    values: list[Any] = []
    compilers: dict[int, Any] = {}
    for number, queryset in enumerate(asked):
        if queryset.query.high_mark is None:
            raise ValueError("a question asked together with others must have a limit")
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        try:
            sql, parameters = compiler.as_sql(with_col_aliases=True)
        except EmptyResultSet:
            continue
        if compiler.has_extra_select:
            raise ValueError("what distinct rows are sorted by must be selected")
        tables[number], compilers[number] = sql, compiler
        values += parameters
    if len(tables) == 1:
        return [list(queryset) if number in tables else [] for number, queryset in enumerate(asked)]
    found = _rows(tables, values) if tables else []
    return [_read(queryset, compilers.get(number), number, found, compilers) for number, queryset in enumerate(asked)]


def _rows(tables: dict[int, str], values: list[Any]) -> list[Any]:
    """The rows of all tables; each begins with its table's number, and every table's columns begin with a mark where the row is its own."""
    numbers = " UNION ALL ".join(f"SELECT {number} AS n" for number in tables)
    joined = " ".join(_JOINED.format(number=number, sql=sql) for number, sql in tables.items())
    columns = ", ".join(f"q{number}.*" for number in tables)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT p.n, {columns} FROM ({numbers}) p {joined}", values)  # noqa: S608 (the SQL is Django's, the numbers ours)
        return cursor.fetchall()


def _read(queryset: QuerySet[Any, Any], compiler: Any, number: int, found: list[Any], compilers: dict[int, Any]) -> list[Any]:
    """The queryset evaluated as always, but for its rows, which are there."""
    if compiler is None:
        return []
    begin = 2 + sum(1 + other.col_count for at, other in compilers.items() if at < number)
    own = [row[begin : begin + compiler.col_count] for row in found if row[0] == number and row[begin - 1] is not None]
    compiler.execute_sql = lambda *_args, **_more: [own]
    primed = queryset._chain()  # type: ignore[attr-defined]  # how a queryset copies itself
    primed.query.get_compiler = lambda *_args, **_more: compiler
    return list(primed)


def beside(*askers: Asking[Any]) -> Asking[list[Any]]:
    """What each asker returns, in order; what they all want to know at a time is one list of questions."""
    made: list[Any] = [None] * len(askers)
    wanted: dict[int, Sequence[QuerySet[Any, Any]]] = {}

    def go_on(number: int, rows: list[list[Any]] | None) -> None:
        try:
            wanted[number] = askers[number].send(rows)  # type: ignore[arg-type]  # a generator begins with None
        except StopIteration as end:
            made[number] = end.value

    for number in range(len(askers)):
        go_on(number, None)
    while wanted:
        now = dict(wanted)
        wanted.clear()
        rows = iter((yield [question for questions in now.values() for question in questions]))
        for number, questions in now.items():
            go_on(number, [next(rows) for _question in questions])
    return made


def if_any(there: object, question: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """The question, or one that is not asked, where it is known that nothing is there."""
    return question if there else question.none()


def knowing(answer: T) -> Asking[T]:
    """An asker that has nothing to ask."""
    yield from ()
    return answer


def asking(*questions: QuerySet[Any, Any]) -> Asking[list[list[Any]]]:
    """An asker that wants to know just these, once."""
    return (yield questions)


def answered(asker: Asking[T]) -> T:
    """What the asker returns, each time asked in one query."""
    try:
        questions = next(asker)
        while True:
            questions = asker.send(together(*questions))
    except StopIteration as end:
        return end.value
