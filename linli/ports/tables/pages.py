"""Import and export at the Desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.accounts.first_password_pages import slips_answer
from linli.kernel.places.models import Place
from linli.kernel.places.queries import place_by_id, place_choices
from linli.loops.requests.desk_queries import narrowed, wanted_from
from linli.ports.tables import jobs, storage
from linli.ports.tables.actions import VERBS, may_import
from linli.ports.tables.first_sign_ins import hand_out_for, waiting_of
from linli.ports.tables.forms import MappingForm, UploadForm
from linli.ports.tables.kinds import KINDS, kind_named
from linli.ports.tables.listing import export as export_list
from linli.ports.tables.listing import may_export
from linli.ports.tables.mapping import Mapping, guess
from linli.ports.tables.models import ImportJob
from linli.ports.tables.words import counts_in_words, stage_name
from linli.ports.tables.writing import write_template
from linli.web.downloads import STEP, as_download, asked_as, downloads
from linli.web.jinja import Fragment
from linli.web.sheets import FORMATS, as_file, spooled

HISTORY = 30
_STATUS = Fragment("tables/job.html", "status")


def _who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor, request.now  # type: ignore[attr-defined]  # set by ActorMiddleware


def _require_any(actor: Actor) -> None:
    if not any(may_import(actor, kind) or may_export(actor, kind) for kind in KINDS):
        raise table.refusal(actor, "person.import")


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponseBase:
    """The six kinds, each with its template, and the actor's imports so far."""
    actor, _now = _who(request)
    _require_any(actor)
    if asked_as(request):
        return _history_file(request, actor)
    kinds = [{"kind": k, "may_import": may_import(actor, k.code), "may_export": may_export(actor, k.code)} for k in KINDS.values()]
    history = [{"job": job, "kind": KINDS[job.kind].name, "tone": _tone(job)} for job in jobs.jobs_of(actor)[:HISTORY]]
    shown = [k for k in kinds if k["may_import"] or k["may_export"]]
    return render(request, "tables/home.html", {"kinds": shown, "history": history, "exports": downloads(request)})


def _history_file(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """All of the actor's own imports. One query."""
    lines = (
        [
            job.file_name,
            KINDS[job.kind].name,
            job.place.name if job.place else "",
            job.summary.get("rows", 0),
            job.get_state_display(),
            job.created_at,
        ]
        for job in jobs.jobs_of(actor).iterator(STEP)
    )
    header = (_("文件"), _("导入什么"), _("地点"), _("行数"), _("情况"), _("时间"))
    return as_download(request, _("我的导入"), header, lines, (32, 16, 20, 10, 14, 18))


def _tone(job: ImportJob) -> str:
    return {"done": "green", "failed": "red", "dropped": "plain"}.get(job.state, "gold")


@require_safe
def template(request: HttpRequest, kind: str) -> HttpResponseBase:
    actor, _now = _who(request)
    _require_any(actor)
    known = kind_named(kind)
    file = spooled()
    write_template(file, known)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{known.name}.xlsx", content_type=FORMATS["xlsx"])


def _reach(actor: Actor, verb: str) -> list[str]:
    return [s.path for reach, s in table.reach_of(actor, verb) if reach == "area"]


@require_http_methods(["GET", "POST"])
@never_cache
def upload(request: HttpRequest, kind: str) -> HttpResponse:
    actor, now = _who(request)
    known = kind_named(kind)
    if not may_import(actor, kind):
        raise table.refusal(actor, VERBS[kind][0])
    reach = _reach(actor, VERBS[kind][0])
    form = UploadForm(request.POST or None, request.FILES or None, reach=reach, initial={"place": _first_place(reach)})
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > settings.MAX_SHEET_MB * 1024 * 1024:
                raise Invalid("too_large", "", fields={"file": [_("文件超过了 %(limit)s MB。") % {"limit": settings.MAX_SHEET_MB}]})
            job = jobs.begin(actor=actor, kind=kind, content=file.read(), file_name=file.name, place=form.cleaned_data["place"], now=now)
        except Invalid as problem:
            for name, texts in (problem.fields or {"file": [problem.text]}).items():
                form.add_error(name if name in form.fields else None, [str(text) for text in texts])
        except Refused as problem:
            form.add_error("place" if problem.status == 403 else "file", str(problem.text))
        else:
            return HttpResponseRedirect(reverse("tables:columns", args=[job.pk]))
    context = {"form": form, "kind": known, "places": place_choices(reach), "limit": settings.MAX_SHEET_MB}
    return render(request, "tables/upload.html", context, status=422 if form.errors else 200)


def _first_place(reach: list[str]) -> str:
    """The box starts with the one place the actor works in."""
    roots = [path for path in reach if path]
    place = Place.objects.filter(path=roots[0]).first() if len(roots) == 1 else None
    return f"{place.name} #{place.pk}" if place else ""


@require_http_methods(["GET", "POST"])
@never_cache
def columns(request: HttpRequest, job_id: int) -> HttpResponse:
    """Which column is which: the guess with some values, to be confirmed."""
    actor, now = _who(request)
    job = jobs.job_of(actor, job_id)
    if job.state not in ("mapping", "checked", "failed") or not job.file:
        return HttpResponseRedirect(reverse("tables:job", args=[job.pk]))
    known = kind_named(job.kind)
    book = jobs.book_of(job)
    read = book.read(job.sheet)
    guesses = guess(known, read)
    chosen = {position: key for key, position in job.mapping.items()}
    form = MappingForm(
        request.POST or None, kind=known, guesses=guesses, initial={f"c{g.position}": chosen.get(g.position, "") for g in guesses}
    )
    if request.method == "POST" and form.is_valid():
        try:
            jobs.confirm(job=job, positions=form.positions, now=now)
        except Invalid as problem:
            form.add_error(None, str(problem.text))
        else:
            return HttpResponseRedirect(reverse("tables:job", args=[job.pk]))
    rows = [{"guess": g, "field": form[f"c{g.position}"], "why": _why(g.why)} for g in guesses if g.heading or g.samples]
    context = {
        "job": job,
        "kind": known,
        "form": form,
        "rows": rows,
        "sheets": book.sheets,
        "count": len(read.rows),
        "missing": Mapping(job.mapping).missing(known),
    }
    return render(request, "tables/columns.html", context, status=422 if form.errors else 200)


def _why(why: str) -> str:
    return {"heading": _("按表头认出"), "part": _("表头里有这个词"), "content": _("按内容认出"), "note": _("上次导入的说明，跳过")}.get(
        why, ""
    )


@require_POST
def sheet(request: HttpRequest, job_id: int) -> HttpResponse:
    actor, _now = _who(request)
    job = jobs.job_of(actor, job_id)
    jobs.choose_sheet(job=job, name=request.POST.get("sheet", ""))
    return HttpResponseRedirect(reverse("tables:columns", args=[job.pk]))


@require_safe
@never_cache
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far it is, what was found, what can be done next. While the worker has it, the page asks again by itself."""
    actor, _now = _who(request)
    found = jobs.job_of(actor, job_id)
    if found.state == "mapping":
        return HttpResponseRedirect(reverse("tables:columns", args=[found.pk]))
    known = kind_named(found.kind)
    stage, percent = jobs.progress_of(found)
    faults = [
        {**f, "column": known.by_key[f["key"]].name if f["key"] in known.by_key else _("整行")} for f in found.summary.get("first", [])
    ]
    context = {
        "job": found,
        "kind": known,
        "summary": {"rows": 0, "good": 0, "bad": 0, "faults": 0, "error": "", **found.summary},
        "counts": counts_in_words(found.summary.get("counts", {})),
        "faults": faults,
        "stage": stage_name(stage) if stage else "",
        "percent": percent,
        "waiting": waiting_of(found) if found.kind == "staff" and found.state == "done" else None,
        "step": {"checked": 3, "done": 5}.get(found.state, 3),
    }
    return _STATUS(request, context)


@require_POST
def go(request: HttpRequest, job_id: int) -> HttpResponse:
    actor, now = _who(request)
    found = jobs.job_of(actor, job_id)
    try:
        jobs.go(job=found, skip_bad=request.POST.get("skip_bad") == "1", now=now)
    except Invalid as problem:
        messages.error(request, str(problem.text))
    return HttpResponseRedirect(reverse("tables:job", args=[found.pk]))


@require_POST
def drop(request: HttpRequest, job_id: int) -> HttpResponse:
    actor, now = _who(request)
    jobs.drop(job=jobs.job_of(actor, job_id), now=now)
    messages.success(request, _("已放弃这次导入，文件已删除。"))
    return HttpResponseRedirect(reverse("tables:home"))


@require_POST
@never_cache
def first_passwords(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """First passwords for the accounts this import opened, shown on the answer and never again."""
    actor, now = _who(request)
    found = jobs.job_of(actor, job_id)
    handed = hand_out_for(actor=actor, job=found, again=request.POST.get("again") == "1", now=now)
    return slips_answer(request, handed, back=reverse("tables:job", args=[found.pk]))


@require_safe
def marked(request: HttpRequest, job_id: int) -> HttpResponseBase:
    actor, _now = _who(request)
    found = jobs.job_of(actor, job_id)
    response = HttpResponse(storage.fetch(found.marked or "none"), content_type=FORMATS["xlsx"])
    name = found.file_name.rpartition(".")[0] or found.file_name
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(_('%(name)s（标出问题）') % {'name': name})}.xlsx"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """
    A list as a file. `format` is xlsx or csv; requests take the filters of /desk/requests/, other kinds a `place`, residents `q`. Open personal fields
    are asked for by POST with a purpose.
    """
    actor, now = _who(request)
    asked: Any = request.POST if request.method == "POST" else request.GET
    form = asked.get("format", "xlsx")
    if form not in FORMATS:
        raise Invalid("bad_format", _("格式请用 xlsx 或 csv。"), fields={"format": ["xlsx, csv"]})
    place_id = asked.get("place", "")
    place = place_by_id(int(place_id)) if place_id.isdecimal() and len(place_id) < 18 and kind != "requests" else None
    purpose = asked.get("purpose", "") if request.method == "POST" else ""
    if kind == "requests":
        wanted = wanted_from(asked)
        listing = export_list(actor=actor, kind=kind, place=wanted.place, now=now, matters=narrowed(actor, wanted, now), text=wanted.q)
    else:
        listing = export_list(actor=actor, kind=kind, place=place, now=now, purpose=purpose, text=asked.get("q", "")[:100])
    return as_file(listing, form)
