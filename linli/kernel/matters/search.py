"""
Full-text search that finds two-character Chinese words: texts are cut into pairs of characters before they reach the database.

SQLite keeps them in an FTS5 table, PostgreSQL in a tsvector with a GIN index. Newest first, in slices of ids, so that a common
word costs the same in a thousand matters and in a million.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from linli.kernel.matters.models import Matter
from linli.lib.masking import scrub
from linli.lib.texts import is_single, query_tokens, tokens_for_index

SLICE = 50_000


def index(matter: Matter, *, fresh: bool = False) -> None:
    """Put one matter's public words into the index, replacing what was there (nothing, when it is `fresh`)."""
    index_all([matter], fresh=fresh)


def index_all(matters: Iterable[Matter], *, fresh: bool = False) -> None:
    rows = [(m.pk, tokens_for_index(f"{m.ref} {m.public_title} {m.public_body} {scrub(m.spot).text}")) for m in matters]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.executemany(
                "INSERT INTO matters_words (matter_id, words) VALUES (%s, to_tsvector('simple', %s) || array_to_tsvector(ARRAY[%s]))"
                " ON CONFLICT (matter_id) DO UPDATE SET words = EXCLUDED.words",
                [(pk, words, _slice_word(pk // SLICE)) for pk, words in rows],
            )
        else:
            if not fresh:
                cursor.executemany("DELETE FROM matters_words WHERE rowid = %s", [(pk,) for pk, _words in rows])
            cursor.executemany("INSERT INTO matters_words (rowid, words) VALUES (%s, %s)", rows)


def _slice_word(number: int) -> str:
    return f"__slice{number}"


def matching_ids(text: str, *, before: int | None, limit: int) -> list[int]:
    """
    Ids of matters containing all words of `text`, newest first, below `before`; at most `limit`. Empty text matches nothing.

    Visibility and place are the caller's filter.
    """
    tokens = query_tokens(text)[:12]
    if not tokens:
        return []
    return _postgres(tokens, before, limit) if connection.vendor == "postgresql" else _sqlite(tokens, before, limit)


def newest_with(text: str, found: QuerySet[Matter], *, before: int | None, limit: int) -> list[Matter]:
    """
    Of the matters in `found` those with all words of `text`, newest first, below `before`; one more than `limit` where there are more.

    Matching ids come in growing helpings until the page is full of those that are in `found`.
    """
    kept: list[Matter] = []
    helping = limit * 3
    while len(kept) <= limit:
        ids = matching_ids(text, before=before, limit=helping)
        kept += list(found.filter(pk__in=ids).order_by("-pk"))
        if len(ids) < helping:
            break
        before, helping = ids[-1], min(helping * 4, 5000)
    return kept[: limit + 1]


def _sqlite(tokens: list[str], before: int | None, limit: int) -> list[int]:
    match = " ".join('"' + token.replace('"', '""') + '"' + "*" * is_single(token) for token in tokens)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rowid FROM matters_words WHERE matters_words MATCH %s AND rowid < %s ORDER BY rowid DESC LIMIT %s",
            [match, before or 1 << 62, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def _postgres(tokens: list[str], before: int | None, limit: int) -> list[int]:
    found: list[int] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT matter_id FROM matters_words ORDER BY matter_id DESC LIMIT 1")
        newest = cursor.fetchone()
        top = min(before - 1, newest[0]) if before and newest else (newest[0] if newest else 0)
        number = top // SLICE
        query = " & ".join("'" + token.replace("'", "''").replace("\\", "\\\\") + "'" + ":*" * is_single(token) for token in tokens)
        while number >= 0 and len(found) < limit:
            cursor.execute(
                "SELECT matter_id FROM matters_words WHERE words @@ (%s::tsquery) AND matter_id <= %s ORDER BY matter_id DESC LIMIT %s",
                [f"{query} & '{_slice_word(number)}'", top, limit - len(found)],
            )
            found.extend(row[0] for row in cursor.fetchall())
            number -= 1
    return found
