"""
Imports through the Desk: upload, confirm the columns, check, import. Small ones at once, large ones by the worker.

Whoever works on a job holds its lock; a process that dies loses it, and the next one takes the job up again. The import and the
word "done" are one transaction, so a job taken up again finds either nothing written or all of it.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.accounts.queries import actor_of
from linli.kernel.places.models import Place
from linli.ports.tables import storage
from linli.ports.tables.actions import VERBS, Outcome, Stages, import_sheet, may_import, open_upload
from linli.ports.tables.kinds import kind_named
from linli.ports.tables.mapping import Mapping, guess, mapping_of
from linli.ports.tables.models import ImportJob
from linli.ports.tables.reading import Book, Sheet
from linli.ports.tables.report import write_marked

log = logging.getLogger("linli.tables")
State = ImportJob.State

# Up to so many rows are done while the person waits; more go to the worker.
AT_ONCE = 1000
ATTEMPTS = 3
KEPT = timedelta(days=7)
FIRST_FAULTS = 30
LOCK_SPACE = 0x494D50  # "IMP"


# --- what a person does -----------------------------------------------------------------------------------
def begin(*, actor: Actor, kind: str, content: bytes, file_name: str, place: Place | None, now: datetime) -> ImportJob:
    """Take an uploaded file in. Raises Unreadable, NotAllowed; nothing is kept then."""
    if kind == "staff":
        if not may_import(actor, kind):
            raise table.refusal(actor, VERBS[kind][0])
    else:
        table.require(actor, VERBS[kind][0], place.path if place else "")
    assert actor.account_id is not None  # whoever may import has an account
    known = kind_named(kind)
    book = open_upload(content, file_name, known)
    sheet = book.read(book.sheets[0])
    return ImportJob.objects.create(
        kind=kind,
        account_id=actor.account_id,
        place=place,
        file_name=file_name[-120:],
        file=storage.keep(content),
        sheet=book.sheets[0],
        mapping=mapping_of(guess(known, sheet)).positions,
        summary={"rows": len(sheet.rows)},
        language=translation.get_language() or "",
        created_at=now,
    )


def book_of(job: ImportJob) -> Book:
    return open_upload(storage.fetch(job.file), job.file_name, kind_named(job.kind))


def sheet_of(job: ImportJob) -> Sheet:
    return book_of(job).read(job.sheet)


def choose_sheet(*, job: ImportJob, name: str) -> ImportJob:
    """Another sheet of the same file, its columns guessed anew. Raises Unreadable for a sheet there is not."""
    sheet = book_of(job).read(name)
    mapping = mapping_of(guess(kind_named(job.kind), sheet)).positions
    _step(job, (State.MAPPING, State.CHECKED, State.FAILED), State.MAPPING, sheet=name, mapping=mapping, summary={"rows": len(sheet.rows)})
    return job


def confirm(*, job: ImportJob, positions: dict[str, int], now: datetime) -> ImportJob:
    """The columns are as the person says; have the sheet checked. Raises Invalid when a required one is missing."""
    Mapping(positions).require_complete(kind_named(job.kind))
    _step(
        job,
        (State.MAPPING, State.CHECKED, State.FAILED),
        State.TO_CHECK,
        mapping=positions,
        attempts=0,
        language=translation.get_language() or "",
    )
    return _at_once(job, now)


def go(*, job: ImportJob, skip_bad: bool, now: datetime) -> ImportJob:
    """Import what was checked. Raises Invalid when rows are faulty and are not to be skipped."""
    if job.summary.get("bad") and not skip_bad:
        raise Invalid("faulty", _("还有 %(bad)s 行要改。请改好后重新上传，或者选择跳过它们。") % {"bad": job.summary["bad"]})
    _step(job, (State.CHECKED,), State.TO_IMPORT, skip_bad=skip_bad, attempts=0)
    return _at_once(job, now)


def drop(*, job: ImportJob, now: datetime) -> ImportJob:
    """Give an import up; nothing was written, and its files go."""
    _step(job, (State.MAPPING, State.TO_CHECK, State.CHECKED, State.TO_IMPORT, State.FAILED), State.DROPPED, ended_at=now)
    _forget_files(job)
    return job


def _step(job: ImportJob, sources: tuple[str, ...], target: str, **changes: Any) -> None:
    """Move a job on if it still stands where the person saw it. Raises Conflict."""
    if ImportJob.objects.filter(pk=job.pk, state__in=sources).update(state=target, **changes) != 1:
        raise Conflict("job_moved", _("这次导入已经到了下一步，请看最新的情况。"))
    job.refresh_from_db()


def _at_once(job: ImportJob, now: datetime) -> ImportJob:
    if job.summary.get("rows", 0) <= AT_ONCE:
        work_on(job.pk, now)
        job.refresh_from_db()
    return job


# --- what people see ----------------------------------------------------------------------------------------
def jobs_of(actor: Actor) -> QuerySet[ImportJob]:
    """The actor's own imports, newest first."""
    return ImportJob.objects.filter(account_id=actor.account_id or 0).select_related("place").order_by("-id")


def job_of(actor: Actor, job_id: int) -> ImportJob:
    """Raises NotFound for one that is not the actor's."""
    job = jobs_of(actor).filter(pk=job_id).first()
    if job is None:
        raise NotFound("no_job", _("没有找到这次导入。"))
    return job


def progress_of(job: ImportJob) -> tuple[str, int]:
    """(stage, per cent) of a job being worked on; ("", 0) when nothing is known."""
    with suppress(OSError, ValueError):
        stage, percent = storage.progress_path(job.pk).read_text(encoding="ascii").split()
        return stage, int(percent)
    return "", 0


# --- the work -------------------------------------------------------------------------------------------------
def work(now: datetime) -> int:
    """Do every job that waits and every one whose worker died. Returns how many were worked on."""
    waiting = (State.TO_CHECK, State.CHECKING, State.TO_IMPORT, State.IMPORTING)
    return sum(work_on(pk, now) for pk in ImportJob.objects.filter(state__in=waiting).order_by("id").values_list("pk", flat=True))


def work_on(job_id: int, now: datetime) -> int:
    """Work on one job unless somebody else does; 1 when it was worked on."""
    with _held(job_id) as mine:
        if not mine:
            return 0
        job = ImportJob.objects.select_related("account", "place").get(pk=job_id)
        if not job.waits_for_worker:
            return 0
        job.attempts += 1
        checking = job.state in (State.TO_CHECK, State.CHECKING)
        job.state = State.CHECKING if checking else State.IMPORTING
        job.started_at = now
        if job.attempts > ATTEMPTS:
            _end(
                job,
                State.FAILED,
                now,
                {"error": _("导入进行到一半停下了三次，什么都没有写入。请把文件分小一些再试，或请系统管理员查看日志。")},
            )
            return 1
        job.save(update_fields=["attempts", "state", "started_at"])
        with translation.override(job.language or "zh-hans"):
            _run(job, checking, now)
        storage.progress_path(job.pk).unlink(missing_ok=True)
        return 1


def _run(job: ImportJob, checking: bool, now: datetime) -> None:
    sheet = None

    def finish(outcome: Outcome) -> None:
        """Inside the import's own transaction."""
        marked = job.marked
        if outcome.faults and sheet is not None:
            copy = BytesIO()
            write_marked(
                copy, kind=kind_named(job.kind), sheet=sheet, mapping=Mapping(job.mapping), outcome=outcome, only_faulty=outcome.written
            )
            marked = storage.keep(copy.getvalue())
        job.marked = marked
        state = State.CHECKED if checking else State.DONE if outcome.written else State.CHECKED
        _end(job, state, now, _summary(outcome))

    try:
        actor = actor_of(job.account, now=now, channel="import")
        sheet = sheet_of(job)
        import_sheet(
            actor=actor,
            kind=job.kind,
            sheet=sheet,
            mapping=Mapping(job.mapping),
            place=job.place,
            now=now,
            file_name=job.file_name,
            dry_run=checking,
            skip_bad=job.skip_bad,
            stages=_stages(job),
            finish=finish,
        )
    except Refused as refused:
        job.refresh_from_db()
        _end(job, State.FAILED, now, {"error": str(refused)})
    if job.state == State.DONE:
        storage.forget(job.file)


def _summary(outcome: Outcome) -> dict[str, Any]:
    first = [{"row": f.row, "key": f.key, "text": f.text} for f in outcome.faults[:FIRST_FAULTS]]
    return {
        "rows": outcome.rows,
        "good": outcome.good,
        "bad": len(outcome.bad_rows),
        "faults": len(outcome.faults),
        "first": first,
        "counts": outcome.counts,
        "opened": outcome.opened,
    }


def _end(job: ImportJob, state: str, now: datetime, summary: dict[str, Any]) -> None:
    job.state, job.summary = state, {**job.summary, **summary}
    job.ended_at = now if state in (State.DONE, State.FAILED) else None
    job.save(update_fields=["state", "summary", "marked", "ended_at"])


def _stages(job: ImportJob) -> Stages:
    """Progress goes to a small file: during the import the database belongs to the import."""
    path = storage.progress_path(job.pk)

    def stage(name: str, amount: int) -> Callable[[int], None]:
        done, told = 0, -1

        def advance(steps: int) -> None:
            nonlocal done, told
            done += steps
            percent = min(100, done * 100 // amount) if amount else 100
            if percent != told:
                told = percent
                path.write_text(f"{name} {percent}", encoding="ascii")

        advance(0)
        return advance

    return stage


@contextmanager
def _held(job_id: int) -> Iterator[bool]:
    """The job's lock: a file's on one machine, PostgreSQL's among several. It falls when its holder dies."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, job_id])
            held = bool(cursor.fetchone()[0])
        try:
            yield held
        finally:
            if held:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, job_id])
        return
    path = storage.lock_path(job_id)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
        path.unlink(missing_ok=True)


def forget_old(now: datetime) -> int:
    """Remove the files of imports older than a week; what was imported, when and by whom stays. Returns how many jobs."""
    old = list(ImportJob.objects.filter(created_at__lt=now - KEPT).exclude(file="", marked=""))
    for job in old:
        _forget_files(job)
        if job.state in (State.MAPPING, State.CHECKED):
            job.state = State.DROPPED
            job.save(update_fields=["state"])
    return len(old)


def _forget_files(job: ImportJob) -> None:
    storage.forget(job.file)
    storage.forget(job.marked)
    job.file = job.marked = ""
    job.save(update_fields=["file", "marked"])
