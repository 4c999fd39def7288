"""Files in and out: documents kept to the byte, handed out as downloads, and written down when they are not public."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image

from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.accounts.models import Event
from linli.kernel.files.actions import erase_file, gone_if_refused, store_paper, store_picture
from linli.kernel.files.models import StoredFile
from linli.kernel.files.serving import served, served_inside
from linli.kernel.files.wording import attached, described
from tests.factories import HOUSE, NOW, Cast, build_cast
from tests.papers import docx, pdf, stream

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def cast(db: None) -> Cast:
    return build_cast()


def keep(content: bytes, name: str = "a.pdf", store: Any = store_paper, actor: Any = HOUSE) -> StoredFile:
    found: StoredFile = store(actor=actor, upload=io.BytesIO(content), name=name, now=NOW)
    return found


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(out, "PNG")
    return out.getvalue()


def test_a_document_is_kept_to_the_byte_under_what_it_is_not_what_it_is_called() -> None:
    file = keep(pdf(pages=2), "照片.png")
    assert (file.media_type, file.pages, file.name) == ("application/pdf", 2, "照片.png.pdf")
    assert file.sha256 == hashlib.sha256(pdf(pages=2)).hexdigest()
    with default_storage.open(file.stored_as) as content:
        assert content.read() == pdf(pages=2)
    assert keep(png(), "a.pdf").is_picture and not file.is_picture


def test_where_only_pictures_are_taken_a_document_is_not(settings: Any) -> None:
    with pytest.raises(Invalid) as refused:
        keep(pdf(), store=store_picture)
    assert "这里只收照片" in str(refused.value.text) and "photo" in refused.value.fields
    settings.MAX_UPLOAD_MB = 1
    with pytest.raises(Invalid) as large:
        keep(pdf(stream(b"x" * 1_200_000, packed=False)), "大.pdf")
    assert "超过 1 MB" in str(large.value.text)


def test_a_document_goes_out_as_a_download_and_a_picture_is_drawn() -> None:
    file = keep(pdf(), "张三 委托书.pdf")
    answer = served(file)
    assert answer.content == pdf() and answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{file.sha256[:12]}.pdf"'
    assert (answer["X-Content-Type-Options"], answer["Content-Security-Policy"]) == ("nosniff", "default-src 'none'; sandbox")
    picture = keep(png())
    assert served(picture)["Content-Disposition"] == "inline"
    assert served(picture, small=True)["Content-Type"] == "image/jpeg"
    assert served(keep(docx(), "a"), small=True)["Content-Disposition"].startswith("attachment")
    with pytest.raises(NotFound):
        served(None)


def test_reading_what_is_not_public_is_written_down_but_for_ones_own(cast: Cast) -> None:
    file = keep(docx(), "意见.docx", actor=cast.community_worker)
    assert served_inside(file, actor=cast.community_worker, about="M1", now=NOW)["Cache-Control"] == "no-store"
    assert not Event.objects.filter(kind="file_read").exists()
    inside = served_inside(file, actor=cast.community_head, about="M1", now=NOW)
    assert inside["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    event = Event.objects.get(kind="file_read")
    assert (event.account_id, event.about, event.details["sha256"]) == (cast.community_head.account_id, "M1", file.sha256)


def test_beside_a_link_stands_what_it_is_and_never_the_name_it_came_with() -> None:
    file = keep(pdf(pages=12), "张三身份证.pdf")
    assert described(file).startswith("PDF，12 页")
    assert attached(file, 1, "/files/1/", "/files/1/small/") == {"name": f"文件 1（{described(file)}）", "href": "/files/1/", "thumb": ""}
    assert attached(keep(png()), 2, "/a/", "/b/") == {"name": "照片 2", "href": "/a/", "thumb": "/b/"}


def test_the_same_document_twice_is_stored_once_and_goes_with_its_last_record(django_capture_on_commit_callbacks: Any) -> None:
    one, two = keep(pdf(words=b"once")), keep(pdf(words=b"once"))
    assert one.stored_as == two.stored_as
    with django_capture_on_commit_callbacks(execute=True):
        erase_file(one)
    assert default_storage.exists(two.stored_as)
    with django_capture_on_commit_callbacks(execute=True):
        erase_file(two)
    assert not default_storage.exists(two.stored_as)


def test_what_was_stored_for_an_act_that_is_refused_leaves_nothing_behind(django_capture_on_commit_callbacks: Any) -> None:
    held = keep(pdf(words=b"held"))
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Invalid), gone_if_refused():
        with gone_if_refused():
            one, two = keep(pdf(words=b"refused")), keep(png())
        again = keep(pdf(words=b"held"))
        raise Invalid("no", "不行", fields={})
    assert not StoredFile.objects.filter(pk__in=[one.pk, two.pk, again.pk]).exists()
    assert not any(default_storage.exists(path) for path in (one.stored_as, two.stored_as, two.thumbnail_as))
    assert default_storage.exists(held.stored_as), "another record holds the same"
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError), gone_if_refused(), transaction.atomic():
        rolled = keep(pdf(words=b"rolled back"))
        raise ZeroDivisionError
    assert not StoredFile.objects.filter(pk=rolled.pk).exists() and not default_storage.exists(rolled.stored_as)
    with gone_if_refused():
        kept = keep(pdf(words=b"kept"))
    assert default_storage.exists(kept.stored_as)
