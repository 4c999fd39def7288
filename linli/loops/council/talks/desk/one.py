"""Talks at the Desk: the list, opening one, its own page, every word with its reports and rulings, how names are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in, once, put_on, reach
from linli.kernel.access.paths import ancestors
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.accounts.models import Unit
from linli.kernel.matters.desk import address_of
from linli.kernel.matters.desk import at_desk as staff_only
from linli.kernel.matters.models import Matter
from linli.kernel.matters.queries import id_of_ref, matter_for
from linli.kernel.places.forms import shown as place_shown
from linli.kernel.places.queries import place_choices
from linli.loops.council.talks import rules, shown
from linli.loops.council.talks.actions import opening, saying
from linli.loops.council.talks.desk.common import address, desk_talk
from linli.loops.council.talks.files import talks_file
from linli.loops.council.talks.forms import EndForm, ExtendForm, InviteForm, NamesForm, OpenForm
from linli.loops.council.talks.models import Contribution, Kind, NameRule, Names, Talk
from linli.loops.council.talks.queries import building_names, contributions, experts_of, questions_with_answers, rulings_of, talk_list
from linli.loops.council.talks.reading import at_desk
from linli.loops.council.talks.wording import age_words, count_words, ends_words, inside_words, names_words, people_words
from linli.web.downloads import asked_as, downloads
from linli.web.words import date_long

PLACE_KINDS = ("street", "community", "grid", "compound", "building")


@require_GET
@staff_only
def index(request: HttpRequest) -> HttpResponseBase:
    """Talks in the worker's reach."""
    actor, now = at_desk(request)
    paths = reach(actor, "talk.read")
    if not paths:
        raise table.refusal(actor, "talk.read")
    if asked_as(request):
        return talks_file(request, actor, now, address, under=paths)
    found = talk_list(actor, now, under=paths, before=number_in(request.GET.get("before")))
    context = {
        "running": [shown.list_row(t, now, address(t.pk)) for t in found.running],
        "past": [shown.list_row(t, now, address(t.pk)) for t in found.past],
        "next": f"?{urlencode({'before': found.next_before})}" if found.next_before else "",
        "may_open": table.holds(actor, "talk.open"),
        "may_name": table.holds(actor, "talk.set_names"),
        "exports": downloads(request),
    }
    return render(request, "talks/desk/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def new(request: HttpRequest) -> HttpResponse:
    """Open a talk about a matter, named by its reference in the address or typed."""
    actor, now = at_desk(request)
    if not table.holds(actor, "talk.open"):
        raise table.refusal(actor, "talk.open")
    ref = (request.POST.get("matter") or request.GET.get("matter") or "").strip()[:24]
    matter, refused = _matter(actor, ref)
    form = OpenForm(request.POST if request.method == "POST" else None, initial={"question": matter.public_title if matter else ""})
    if request.method == "POST" and matter is not None and form.is_valid():
        try:
            talk = _open(actor, matter, form.cleaned_data, now)
        except Invalid as wrong:
            put_on(form, wrong)
        except Refused as no:
            refused = no
        else:
            messages.success(request, _("交流开始了。把二维码贴出去，不用手机的发纸质表。"))
            return HttpResponseRedirect(address(talk.pk))
    context = {
        "form": form,
        "matter": matter,
        "ref": ref,
        "refused": refused,
        "names_rule": names_words(opening.names_at(matter.place_path, now)) if matter else "",
    }
    status = refused.status if refused else 422 if form.is_bound and form.errors else 200
    return render(request, "talks/desk/new.html", context, status=status)


def _matter(actor: Actor, ref: str) -> tuple[Matter | None, Refused | None]:
    if not ref:
        return None, None
    try:
        return matter_for(actor, id_of_ref(ref)), None
    except Refused as refused:
        return None, refused


def _open(actor: Actor, matter: Matter, given: dict[str, Any], now: datetime) -> Talk:
    seeds = [line.strip() for line in str(given["seeds"]).splitlines() if line.strip()]
    given = {key: value for key, value in given.items() if key != "seeds"}
    from django.db import transaction

    with transaction.atomic():
        talk = opening.open_talk(actor=actor, matter_id=matter.pk, now=now, **given)
        try:
            for text in dict.fromkeys(seeds):
                saying.say(actor=actor, talk_id=talk.pk, kind="statement", text=text, now=now, office=True)
        except Invalid as wrong:
            told = [f"{text}：{t}" for texts in wrong.fields.values() for t in texts]
            raise Invalid("bad_seeds", str(wrong.text), fields={"seeds": told}) from None
    return talk


@require_GET
@staff_only
def show(request: HttpRequest, talk_id: int) -> HttpResponse:
    """How a talk goes, and everything that can be done with it."""
    actor, now = at_desk(request)
    return page(request, desk_talk(actor, talk_id), actor, now)


def page(request: HttpRequest, talk: Talk, actor: Actor, now: datetime, refused: Refused | None = None, verb: str = "") -> HttpResponse:
    is_open = rules.is_open(talk.opened_at, talk.closes_at, talk.closed_at, now)
    said = contributions(talk, Kind.STATEMENT)
    questions = questions_with_answers(talk)
    rulings = rulings_of(talk)
    units = Unit.objects.filter(active=True, place__path__in=ancestors(talk.place_path)).order_by("name")[:60]
    forms = {
        "extend": ExtendForm(request.POST if verb == "extend" else None, initial={"closes_at": talk.closes_at}),
        "end": EndForm(request.POST if verb == "end" else None),
        "invite": InviteForm(request.POST if verb == "invite" else None, units=[(str(u.pk), u.name) for u in units]),
    }
    if isinstance(refused, Invalid) and verb in forms:
        forms[verb].is_valid()
        put_on(forms[verb], refused)
    arguments = Contribution.objects.filter(talk=talk, kind=Kind.ARGUMENT, hidden_at=None).count()
    reported = Contribution.objects.filter(talk=talk, reports__gt=0, hidden_at=None).count()
    waiting = [q for q in questions if not q.answers.all()]
    context = {
        "talk": talk,
        "matter_href": address_of(talk.matter),
        "is_open": is_open,
        "facts": [
            {"label": _("什么时候"), "value": f"{date_long(talk.opened_at)} — {ends_words(talk, now)}"},
            {"label": _("哪里"), "value": talk.place.name},
            {"label": _("参加"), "value": people_words(talk.participant_count)},
            {"label": _("看法、理由、提问"), "value": f"{len(said)} · {arguments} · {len(questions)}"},
            {"label": _("名字怎么写"), "value": talk.get_names_display()},
        ],
        "waiting": [
            {"pk": q.pk, "number": q.number, "text": q.text, "want": q.agrees, "age": age_words(q.at, now)}
            for q in sorted(waiting, key=lambda q: q.at)
        ],
        "experts": experts_of(talk),
        "forms": forms,
        "refused": refused,
        "verb": verb,
        "typed": request.POST if verb else {},
        "reported": reported,
        "appeals": sum(1 for r in rulings if r.appealed_at and not r.decided_at),
        "slots_href": "/desk/meetings/slots/new/?" + urlencode({"place": place_shown(talk.place), "title": _about(talk)}),
        "meeting_href": "/desk/meetings/new/?" + urlencode({"about": _about(talk)}),
        "may": {
            name: table.may(actor, f"talk.{name}", talk.place_path)
            for name in ("manage", "say_for", "answer_for", "moderate", "participation", "visit", "export")
        }
        | {"meet": table.may(actor, "meeting.plan", talk.place_path)},
        "once": once(),
    }
    return render(request, "talks/desk/talk.html", context, status=refused.status if refused else 200)


def _about(talk: Talk) -> str:
    """A topic as an agenda reads it: the matter's reference, then its words."""
    return f"{talk.matter.ref} {talk.question}"[:80]


@require_GET
@staff_only
def words(request: HttpRequest, talk_id: int) -> HttpResponse:
    """Every contribution: what was reported first, appeals, then all in order."""
    actor, now = at_desk(request)
    return words_page(request, desk_talk(actor, talk_id), actor, now)


def words_page(
    request: HttpRequest, talk: Talk, actor: Actor, now: datetime, refused: Refused | None = None, verb: str = ""
) -> HttpResponse:
    kind = request.GET.get("kind") or request.POST.get("shown_kind") or "statement"
    kind = kind if kind in Kind.values else "statement"
    rows = contributions(talk, kind, hidden=True)
    names = building_names(rows)
    sees = table.may(actor, "talk.see_names", talk.place_path)
    rulings = rulings_of(talk)
    context = {
        "talk": talk,
        "kind": kind,
        "tabs": [{"label": label, "href": f"?kind={code}", "current": code == kind} for code, label in Kind.choices],
        "rows": [_word(c, talk, names, sees) for c in sorted(rows, key=lambda c: (c.hidden_at is not None, -c.reports, c.number))],
        "appeals": [
            {**shown.ruling(r), "text": r.contribution.text, "appeal": r.appeal, "own": r.by_id == actor.account_id}
            for r in rulings
            if r.decided_at is None
        ],
        "rules": list(rules.RULES.items()),
        "refused": refused,
        "typed": request.POST if verb else {},
        "may_moderate": table.may(actor, "talk.moderate", talk.place_path),
        "may_decide": table.may(actor, "talk.decide_appeal", talk.place_path),
    }
    return render(request, "talks/desk/words.html", context, status=refused.status if refused else 200)


def _word(said: Contribution, talk: Talk, names: dict[int, str], sees: bool) -> dict[str, Any]:
    from linli.loops.council.talks.wording import author_words

    return {
        "pk": said.pk,
        "number": said.number,
        "text": said.text,
        "side": said.get_side_display() if said.side else "",
        "source": said.source,
        "who": inside_words(said, names) if sees else author_words(talk.names, said, names),
        "when": date_long(said.at),
        "on_behalf": said.channel == "desk" and said.participant_id is not None,
        "count": count_words(said) if said.kind == Kind.STATEMENT else _("%(n)s 人支持") % {"n": said.agrees},
        "reports": said.reports,
        "hidden": said.hidden_at is not None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def names(request: HttpRequest) -> HttpResponse:
    """How places show names in talks, from when on; decisions are followed, never edited."""
    actor, now = at_desk(request)
    paths = reach(actor, "talk.set_names")
    if not paths:
        raise table.refusal(actor, "talk.set_names")
    form = NamesForm(request.POST if request.method == "POST" else None, reach=paths, initial={"names": Names.BUILDING})
    if request.method == "POST" and form.is_valid():
        try:
            opening.set_names(actor=actor, now=now, **form.cleaned_data)
        except Invalid as wrong:
            put_on(form, wrong)
        else:
            messages.success(request, _("定好了。正在进行的交流不变。"))
            return HttpResponseRedirect(request.path)
    rows = [r for r in NameRule.objects.select_related("place")[:200] if any(r.place_path.startswith(p) for p in paths)]
    context = {
        "form": form,
        "places": place_choices(paths, PLACE_KINDS),
        "rows": [
            {
                "place": r.place.name,
                "names": r.get_names_display(),
                "since": date_long(r.since_at),
                "reason": r.reason,
                "coming": r.since_at > now,
            }
            for r in rows
        ],
    }
    return render(request, "talks/desk/names.html", context, status=422 if form.is_bound and form.errors else 200)
