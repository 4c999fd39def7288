"""Files chosen in a form that came back, or was sent after the session had ended, need not be chosen again; what was never used goes."""

from __future__ import annotations

import io
import os
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone
from PIL import Image

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.files import kept
from linli.kernel.files.actions import store_paper
from linli.kernel.files.models import StoredFile
from linli.kernel.files.unused import clear_unused, references
from linli.kernel.matters.models import Attachment, Matter
from linli.loops.requests.actions import handling
from tests.factories import HOUSE, NOW, Cast, in_progress, later
from tests.papers import pdf

pytestmark = [pytest.mark.django_db]


def client_of(actor: Actor, settings: Any, client: Client | None = None) -> Client:
    settings.STAFF_SECOND_FACTOR = "optional"
    client = client or Client()
    client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def photo(name: str, shade: int = 0) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (shade, 90, 90)).save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def sent(matter: Matter, **typed: Any) -> dict[str, Any]:
    matter.refresh_from_db()
    return {"version": matter.version, "entries": matter.entry_count, "file_at": "photo:answer-photo", **typed}


def tokens(page: str) -> list[str]:
    return re.findall(r'name="kept_token" value="([0-9a-f]{32})" checked', page)


def waiting() -> set[str]:
    return {path.name for path in kept.FILES.paths()}


def test_photos_of_a_form_that_came_back_go_along_when_it_is_sent_again(cast: Cast, settings: Any) -> None:
    matter, before = in_progress(cast), waiting()
    client, other = client_of(cast.department_handler, settings), client_of(cast.community_worker, settings)
    address = f"/desk/requests/{matter.ref}/answer/"
    assert 'name="file_at" value="photo:answer-photo"' in client.get(f"/desk/requests/{matter.ref}/").content.decode()

    bad = SimpleUploadedFile("c.jpg", b"\xff\xd8\xff no picture", "image/jpeg")
    back = client.post(address, sent(matter, text="", photo=[photo("a.jpg"), photo("b.jpg", 200), bad]))
    page = back.content.decode()
    first, second = tokens(page)
    assert back.status_code == 422 and "照片 1：a.jpg" in page and "c.jpg" not in page, "what cannot be a picture is not kept"
    assert client.get(f"/kept/{first}/").headers["Content-Type"].startswith("image/")
    assert [other.get(f"/kept/{first}/").status_code, client.get("/kept/none/").status_code] == [404, 404]
    assert tokens(other.get(f"/desk/requests/{matter.ref}/").content.decode()) == []
    assert b"\xff\xd8\xff" not in (kept.FILES.path() / first).read_bytes(), "sealed where it waits"

    again = client.post(address, sent(matter, text="", kept_token=[first, second], photo=photo("d.jpg", 100))).content.decode()
    assert tokens(again)[:2] == [first, second] and "照片 3：d.jpg" in again
    done = client.post(address, sent(matter, text="已经修好，换了门机皮带。", kept_token=[first, tokens(again)[2]]))
    assert done.status_code == 302
    assert [a.file.name for a in Attachment.objects.filter(matter=matter).order_by("pk")] == ["a.jpg", "d.jpg"], "unticked, one stays out"
    assert waiting() == before and tokens(client.get(f"/desk/requests/{matter.ref}/").content.decode()) == []


def test_a_draft_held_for_hints_keeps_its_photos_and_a_sheet_is_kept_only_while_it_can_be_read(cast: Cast, settings: Any) -> None:
    matter = in_progress(cast)
    client = client_of(cast.department_handler, settings)
    held = client.post(
        f"/desk/requests/{matter.ref}/answer/",
        sent(matter, text="您反映的问题已转相关部门处理，感谢您的理解和支持。", photo=photo("a.jpg")),
    )
    assert held.status_code == 200 and len(tokens(held.content.decode())) == 1

    worker = client_of(cast.community_worker, settings)
    sheet = SimpleUploadedFile("名册.csv", "姓名\n王小明\n".encode(), "text/csv")
    named = worker.post("/desk/import/new/residents/", {"place": "没有这个地方", "file": sheet, "file_at": "file:id_file"})
    assert named.status_code == 422 and "名册.csv" in named.content.decode() and len(tokens(named.content.decode())) == 1
    empty = worker.post("/desk/import/new/residents/", {"place": "没有这个地方", "file_at": "file:id_file"})
    assert tokens(empty.content.decode()) == [], "its tick was taken away"


def test_after_the_session_ended_the_files_wait_for_whoever_sent_them(cast: Cast, settings: Any) -> None:
    matter = in_progress(cast)
    page, address = f"/desk/requests/{matter.ref}/", f"/desk/requests/{matter.ref}/answer/"
    client = client_of(cast.department_handler, settings)
    client.get(page)
    session = client.session
    session["seen_at"] = int((timezone.now() - timedelta(hours=5)).timestamp())
    session.save()

    out = client.post(address, sent(matter, text="好了", photo=photo("a.jpg")), headers={"referer": f"http://testserver{page}"})
    assert out.status_code == 302 and out.headers["Location"] == f"/sign-in/?idle=1&next=%2Fdesk%2Frequests%2F{matter.ref}%2F"
    assert "已经替您留着" in client.get(out.headers["Location"]).content.decode()
    client_of(cast.community_worker, settings, client)
    assert tokens(client.get(page).content.decode()) == [], "the next one at the same computer is not shown them"
    client_of(cast.department_handler, settings, client)
    assert tokens(client.get(page).content.decode()) == [], "and what a session held goes when another takes it over"

    gone = Client()  # its cookie had run out: nobody knows whose it was
    gone.post(address, sent(matter, text="好了", photo=photo("a.jpg")), headers={"referer": f"http://testserver{page}"})
    client_of(cast.department_handler, settings, gone)
    kept_now = tokens(gone.get(page).content.decode())
    assert len(kept_now) == 1
    assert gone.post(address, sent(matter, text="换了门机皮带，已经恢复。", kept_token=kept_now)).status_code == 302
    assert Attachment.objects.filter(matter=matter).count() == 1

    forged = Client(enforce_csrf_checks=True)
    before = waiting()
    forged.post(address, sent(matter, text="好了", photo=photo("a.jpg")))
    assert waiting() == before, "what our own page did not send is never kept"


def test_a_resident_who_was_signed_out_while_choosing_finds_the_photos_in_their_draft(cast: Cast, settings: Any) -> None:
    client = Client()
    sent_out = {"visibility": "public", "photo": photo("a.jpg"), "file_at": "photo:id_photo"}
    assert client.post("/requests/new/?step=who", sent_out).status_code == 302
    client_of(cast.resident, settings, client)
    client.get("/requests/new/?step=what")
    draft = client.session["raise_draft"]
    assert [name for _pk, name in draft["photos"]] == ["a.jpg"]
    twice = client.post(
        "/requests/new/?step=who", {"visibility": "", "photo": photo("b.jpg", 9), "file_at": "photo:id_photo"}
    ).content.decode()
    assert len(client.session["raise_draft"]["photos"]) == 2 and tokens(twice) == [], "kept with the draft, not beside it too"


def test_what_waited_a_day_is_forgotten_and_strangers_cannot_fill_the_disk(cast: Cast, settings: Any, monkeypatch: Any) -> None:
    old, fresh = kept.FILES.keep(b"old"), kept.FILES.keep(b"fresh")
    past = timezone.now().timestamp() - kept.HOURS * 3600 - 60
    os.utime(kept.FILES.path() / old, (past, past))
    assert kept.forget_old(timezone.now()) >= 1 and old not in waiting() and fresh in waiting()

    monkeypatch.setattr(kept, "MOST_OF_STRANGERS", len(waiting()))
    matter = in_progress(cast)
    before = waiting()
    Client().post(f"/desk/requests/{matter.ref}/answer/", sent(matter, text="好了", photo=photo("a.jpg")))
    assert waiting() == before


def test_uploads_nobody_used_go_after_their_days_and_what_any_row_names_never(
    cast: Cast, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    def stored(words: bytes, days: int) -> StoredFile:
        return store_paper(actor=HOUSE, upload=io.BytesIO(pdf(words=words)), name="a.pdf", now=NOW - timedelta(days=days))

    unused, young, used = stored(b"unused", 40), stored(b"young", 20), stored(b"used", 40)
    matter = in_progress(cast)
    handling.add(actor=cast.community_worker, matter_id=matter.pk, now=later(hours=1), text="补充", files=[used])
    lost, new = f"aa/{'a' * 64}.jpg", f"aa/{'b' * 64}.jpg"
    for path in (lost, new, "aa/ours-not.txt"):
        default_storage.save(path, ContentFile(b"x"))
    past = (NOW - timedelta(days=40)).timestamp()
    os.utime(default_storage.path(lost), (past, past))
    os.utime(default_storage.path("aa/ours-not.txt"), (past, past))

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        assert clear_unused(NOW) == 2
    assert (
        set(StoredFile.objects.values_list("pk", flat=True)) >= {young.pk, used.pk} and not StoredFile.objects.filter(pk=unused.pk).exists()
    )
    assert [default_storage.exists(p) for p in (unused.stored_as, used.stored_as, lost, new, "aa/ours-not.txt")] == [
        False,
        True,
        False,
        True,
        True,
    ]
    assert {r.related_model._meta.label for r in references()} >= {"matters.Attachment", "motions.Document", "draws.Draw"}
