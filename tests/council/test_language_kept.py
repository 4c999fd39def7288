"""A head who reads English pages puts up Chinese notices, and tells neighbours in the language they asked for."""

from __future__ import annotations

import re

from django.utils import translation

from linli.kernel.notices.models import Message, Notice
from linli.kernel.people.models import Person
from tests.council.factories import Council, announced, counted, delivered, opened
from tests.factories import NOW

# Addresses, digests, references and names of files are no sentences.
NO_WORDS = re.compile(r"https?://\S+|/\w+/\S*|(?:sha256|sm3):[0-9a-f]+|[0-9a-f]{16,}")
ENGLISH = re.compile(r"[A-Za-z]{3,}")


def words_of(notice: Notice) -> str:
    paper = notice.paper
    facts = [part for pair in paper.get("facts", ()) for part in pair]
    own = [paper.get(name, "") for name in ("heading", "to", "object_to", "issuer", "number", "screen")]
    return NO_WORDS.sub("", "\n".join([notice.title, notice.body, *facts, *own]))


def test_what_a_reader_of_english_does_is_kept_in_chinese_and_told_as_each_asked(council: Council) -> None:
    english = council.owners[0]
    Person.objects.filter(pk=english.pk).update(language="en")
    with translation.override("en"):
        delivered(council, now=NOW)
        counted(council, opened(council))
        announced(council)

    notices = list(Notice.objects.exclude(kind="day_root"))
    assert {n.form for n in notices} >= {"roll", "ballot", "decision", "result", "resolution"}
    assert [found for n in notices for found in ENGLISH.findall(words_of(n))] == []
    told = Message.objects.exclude(title="").values_list("person_id", "title")
    assert [title for person, title in told if person != english.pk and ENGLISH.search(title)] == []
    assert any(ENGLISH.search(title) for person, title in told if person == english.pk)
