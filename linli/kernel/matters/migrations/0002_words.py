"""The full-text index: FTS5 on SQLite, a tsvector with GIN on PostgreSQL."""

from typing import Any

from django.db import migrations

CREATE = {
    "sqlite": ["CREATE VIRTUAL TABLE matters_words USING fts5(words, tokenize='unicode61 remove_diacritics 0', detail=none)"],
    "postgresql": [
        "CREATE TABLE matters_words (matter_id bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX matters_words_gin ON matters_words USING gin (words) WITH (fastupdate = off)",
    ],
}


def create(apps: Any, editor: Any) -> None:
    for statement in CREATE[editor.connection.vendor]:
        editor.execute(statement)


def drop(apps: Any, editor: Any) -> None:
    editor.execute("DROP TABLE matters_words")


class Migration(migrations.Migration):
    dependencies = [("matters", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
