"""A document that is not public: its file neither, also where it was filed before files followed their documents."""

from __future__ import annotations

import io
from importlib import import_module

import pytest
from django.apps import apps

from linli.kernel.files.actions import store_paper
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Attachment, Entry
from linli.loops.council.motions.actions.preparing import file_document
from tests.council.factories import Council, scheduled
from tests.factories import NOW
from tests.papers import pdf

pytestmark = [pytest.mark.django_db]
CLOSE = import_module("linli.loops.council.motions.migrations.0003_papers_that_are_not_public").close


def test_the_file_of_a_document_that_is_not_public_is_closed_and_the_timeline_stays_as_it_was(council: Council) -> None:
    matter = scheduled(council)

    def filed(words: bytes, *, public: bool, file: StoredFile | None = None) -> StoredFile:
        file = file or store_paper(actor=council.head, upload=io.BytesIO(pdf(words=words)), name="意见.pdf", now=NOW)
        file_document(actor=council.head, matter_id=matter.pk, now=NOW, kind="legal_opinion", file=file, public=public)
        return file

    closed, open_one, both = filed(b"inside", public=False), filed(b"for all", public=True), filed(b"both", public=False)
    filed(b"both", public=True, file=both)
    elsewhere = Attachment.objects.create(matter=matter, seq=1, file=closed, public=True)  # shown with another entry, by another act
    # As it was written before files followed their documents.
    Attachment.objects.filter(file__in=[closed, both]).update(public=True)
    before = list(Entry.objects.filter(matter=matter).order_by("seq").values())

    for _again in range(2):
        CLOSE(apps, None)

    def state(file: StoredFile) -> list[bool]:
        return list(Attachment.objects.filter(file=file).exclude(pk=elsewhere.pk).values_list("public", flat=True))

    assert (state(closed), state(open_one), state(both)) == ([False], [True], [True, True])
    elsewhere.refresh_from_db()
    assert elsewhere.public is True
    assert list(Entry.objects.filter(matter=matter).order_by("seq").values()) == before
