"""Talks in JSON: thin over actions and queries; the same limits, words and protections as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Path, Router, Status

from linli.kernel.access.actor import Actor
from linli.kernel.matters.queries import id_of_ref
from linli.kernel.places.queries import place_by_id
from linli.lib.groups import LEAST_COUNT
from linli.loops.council.talks import rules, shown
from linli.loops.council.talks.actions import answering, moderating, opening, saying
from linli.loops.council.talks.api_shapes import (
    AnswerOut,
    AppealIn,
    DecideIn,
    EndTalkIn,
    ExpertIn,
    ExpertOut,
    ExtendTalkIn,
    MapOut,
    MarkIn,
    NextOut,
    OpenTalkIn,
    QuestionOut,
    RulingOut,
    SaidOut,
    SayIn,
    TalkAnswerIn,
    TalkDoneOut,
    TalkHideIn,
    TalkOut,
    TalkPageOut,
    TalkReportIn,
)
from linli.loops.council.talks.models import Contribution, Kind, Talk
from linli.loops.council.talks.opinions import map_of
from linli.loops.council.talks.queries import (
    building_names,
    contributions,
    experts_of,
    marks_of,
    questions_with_answers,
    rulings_of,
    talk_list,
    waiting,
)
from linli.loops.council.talks.reading import me_in, talk_for
from linli.loops.council.talks.wording import author_words
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Limit

router = Router(tags=["talks"])


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor.through("api"), request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


def brief(talk: Talk, now: datetime) -> dict[str, Any]:
    same = ["id", "question", "intro", "names", "opened_at", "closes_at", "heard"]
    return {
        **{name: getattr(talk, name) for name in same},
        "matter": talk.matter.ref,
        "place": talk.place_id,
        "place_name": talk.place.name,
        "open": rules.is_open(talk.opened_at, talk.closes_at, talk.closed_at, now),
        "participants": talk.participant_count,
    }


def said_out(found: Contribution, talk: Talk, names: dict[int, str], marks: dict[int, str]) -> dict[str, Any]:
    few = found.kind == Kind.STATEMENT and found.seen < LEAST_COUNT
    same = ["id", "number", "kind", "text", "side", "source", "at"]
    return {
        **{name: getattr(found, name) for name in same},
        "who": author_words(talk.names, found, names),
        "agree": None if few else found.agrees,
        "disagree": None if few else found.disagrees,
        "passes": None if few else found.passes,
        "mine": marks.get(found.pk, ""),
    }


def one_out(actor: Actor, talk: Talk, pk: int) -> dict[str, Any]:
    found = Contribution.objects.select_related("participant__person", "participant__building").get(pk=pk)
    return said_out(found, talk, building_names([found]), marks_of(me_in(actor, talk), talk))


@router.get("/talks", response={200: TalkPageOut, **PROBLEMS}, summary="Talks", operation_id="list_talks")
def list_talks(request: HttpRequest, place: Id | None = None, cursor: Cursor | None = None, limit: Limit = 20) -> Any:
    """Those the caller may read: open ones first, the one that ends first first; past ones, newest first, behind the cursor."""
    actor, now = who(request)
    under = [place_by_id(place).path] if place else []
    found = talk_list(actor, now, under=under, before=cursor, limit=limit)
    return {"items": [brief(t, now) for t in [*found.running, *found.past]], "next_cursor": found.next_before}


@router.post("/talks", response={201: TalkOut, **PROBLEMS}, summary="Open a talk about a matter", operation_id="open_talk")
def open_talk(request: HttpRequest, given: OpenTalkIn) -> Any:
    actor, now = who(request)
    values = given.dict()
    talk = opening.open_talk(actor=actor, matter_id=id_of_ref(values.pop("matter")), now=now, **values)
    return Status(201, brief(talk, now))


@router.get("/talks/{talk_id}", response={200: TalkOut, **PROBLEMS}, summary="One talk", operation_id="get_talk")
def get_talk(request: HttpRequest, talk_id: Path[Id]) -> Any:
    actor, now = who(request)
    return brief(talk_for(actor, talk_id), now)


@router.post("/talks/{talk_id}/extend", response={200: TalkOut, **PROBLEMS}, summary="Give more time", operation_id="extend_talk")
def extend_talk(request: HttpRequest, talk_id: Path[Id], given: ExtendTalkIn) -> Any:
    actor, now = who(request)
    return brief(opening.extend(actor=actor, talk_id=talk_id, closes_at=given.closes_at, now=now), now)


@router.post("/talks/{talk_id}/end", response={200: TalkOut, **PROBLEMS}, summary="End it with what was heard", operation_id="end_talk")
def end_talk(request: HttpRequest, talk_id: Path[Id], given: EndTalkIn) -> Any:
    actor, now = who(request)
    return brief(opening.end(actor=actor, talk_id=talk_id, heard=given.heard, now=now), now)


@router.get("/talks/{talk_id}/experts", response={200: list[ExpertOut], **PROBLEMS}, summary="Who answers", operation_id="list_experts")
def list_experts(request: HttpRequest, talk_id: Path[Id]) -> Any:
    actor, _now = who(request)
    return [{"id": e.pk, "name": e.name, "capacity": e.capacity} for e in experts_of(talk_for(actor, talk_id))]


@router.post("/talks/{talk_id}/experts", response={201: ExpertOut, **PROBLEMS}, summary="Invite an expert", operation_id="invite_expert")
def invite_expert(request: HttpRequest, talk_id: Path[Id], given: ExpertIn) -> Any:
    """Inviting the same again returns the invitation."""
    actor, now = who(request)
    values = given.dict()
    made = answering.invite(actor=actor, talk_id=talk_id, unit_id=values.pop("unit"), now=now, **values)
    return Status(201, {"id": made.pk, "name": made.name, "capacity": made.capacity})


@router.get("/talks/{talk_id}/next", response={200: NextOut, **PROBLEMS}, summary="The next statement", operation_id="next_statement")
def next_statement(request: HttpRequest, talk_id: Path[Id]) -> Any:
    """The one whose answer teaches most first, where there is a map; else the least seen. Without counts, so that nobody follows the crowd."""
    actor, _now = who(request)
    talk = talk_for(actor, talk_id)
    marks = marks_of(me_in(actor, talk), talk)
    found = contributions(talk, Kind.STATEMENT)
    left = waiting(found, marks, actor.person_id or 0, map_of(talk, found).told)
    card = said_out(left[0], talk, building_names(left[:1]), marks) if left else None
    if card:
        card |= {"agree": None, "disagree": None, "passes": None}
    return {"statement": card, "left": len(left)}


@router.get("/talks/{talk_id}/statements", response={200: list[SaidOut], **PROBLEMS}, summary="Statements", operation_id="list_statements")
def list_statements(request: HttpRequest, talk_id: Path[Id]) -> Any:
    return _said(request, talk_id, Kind.STATEMENT)


@router.get("/talks/{talk_id}/arguments", response={200: list[SaidOut], **PROBLEMS}, summary="Arguments", operation_id="list_arguments")
def list_arguments(request: HttpRequest, talk_id: Path[Id]) -> Any:
    return _said(request, talk_id, Kind.ARGUMENT)


def _said(request: HttpRequest, talk_id: int, kind: str) -> list[dict[str, Any]]:
    actor, _now = who(request)
    talk = talk_for(actor, talk_id)
    found = contributions(talk, kind)
    names, marks = building_names(found), marks_of(me_in(actor, talk), talk)
    return [said_out(c, talk, names, marks) for c in found]


@router.get(
    "/talks/{talk_id}/questions",
    response={200: list[QuestionOut], **PROBLEMS},
    summary="Questions and answers",
    operation_id="list_questions",
)
def list_questions(request: HttpRequest, talk_id: Path[Id]) -> Any:
    """Those most want to know first."""
    actor, _now = who(request)
    talk = talk_for(actor, talk_id)
    found = questions_with_answers(talk)
    names, marks = building_names(found), marks_of(me_in(actor, talk), talk)
    return [
        {**said_out(c, talk, names, marks), "answers": [{"who": a.who, "text": a.text, "at": a.at} for a in c.answers.all()]} for c in found
    ]


@router.get(
    "/talks/{talk_id}/map", response={200: MapOut, **PROBLEMS}, summary="Opinion groups and what all share", operation_id="talk_map"
)
def talk_map(request: HttpRequest, talk_id: Path[Id]) -> Any:
    actor, _now = who(request)
    talk = talk_for(actor, talk_id)
    found = contributions(talk, Kind.STATEMENT)
    told = shown.map_context(found, map_of(talk, found), {})
    return {
        "votes": told["votes"],
        "counted": told.get("counted", 0),
        "why_none": told["why_none"],
        "groups": [{"name": g["name"], "size": g["size"], "statements": g["said"]} for g in told["groups"]],
        "shared": told.get("shared_yes", []),
    }


@router.get(
    "/talks/{talk_id}/rulings", response={200: list[RulingOut], **PROBLEMS}, summary="What was hidden, and why", operation_id="list_rulings"
)
def list_rulings(request: HttpRequest, talk_id: Path[Id]) -> Any:
    """Never the text."""
    actor, _now = who(request)
    same = ["id", "rule", "reason", "who", "at", "outcome", "outcome_reason", "decided_at"]
    return [
        {
            **{name: getattr(r, name) for name in same},
            "number": r.contribution.number,
            "kind": r.contribution.kind,
            "appealed": r.appealed_at is not None,
        }
        for r in rulings_of(talk_for(actor, talk_id))
    ]


@router.post("/talks/{talk_id}/contributions", response={201: SaidOut, **PROBLEMS}, summary="Say something", operation_id="say_in_talk")
def say(request: HttpRequest, talk_id: Path[Id], given: SayIn) -> Any:
    """A statement, an argument or a question; a worker for `person`."""
    actor, now = who(request)
    values = given.dict()
    made = saying.say(actor=actor, talk_id=talk_id, person_id=values.pop("person"), now=now, **values)
    return Status(201, one_out(actor, talk_for(actor, talk_id), made.pk))


@router.post(
    "/talks/{talk_id}/contributions/{contribution_id}/mark", response={200: SaidOut, **PROBLEMS}, summary="Vote or support", operation_id="mark_in_talk"
)  # fmt: skip
def mark(request: HttpRequest, talk_id: Path[Id], contribution_id: Path[Id], given: MarkIn) -> Any:
    """One standing mark a person, changed at any time while the talk is open."""
    actor, now = who(request)
    saying.mark(actor=actor, talk_id=talk_id, contribution_id=contribution_id, choice=given.choice, person_id=given.person, now=now)
    return one_out(actor, talk_for(actor, talk_id), contribution_id)


@router.post(
    "/talks/{talk_id}/contributions/{contribution_id}/answer", response={201: AnswerOut, **PROBLEMS}, summary="Answer a question", operation_id="answer_in_talk"
)  # fmt: skip
def answer(request: HttpRequest, talk_id: Path[Id], contribution_id: Path[Id], given: TalkAnswerIn) -> Any:
    actor, now = who(request)
    made = answering.answer(actor=actor, talk_id=talk_id, contribution_id=contribution_id, text=given.text, expert_id=given.expert, now=now)
    return Status(201, {"who": made.who, "text": made.text, "at": made.at})


@router.post(
    "/talks/{talk_id}/contributions/{contribution_id}/report", response={200: TalkDoneOut, **PROBLEMS}, summary="Report a contribution", operation_id="report_in_talk"
)  # fmt: skip
def report(request: HttpRequest, talk_id: Path[Id], contribution_id: Path[Id], given: TalkReportIn) -> Any:
    actor, now = who(request)
    moderating.report(actor=actor, talk_id=talk_id, contribution_id=contribution_id, rule=given.rule, text=given.text, now=now)
    return {"done": True}


@router.post(
    "/talks/{talk_id}/contributions/{contribution_id}/hide", response={200: TalkDoneOut, **PROBLEMS}, summary="Hide a contribution", operation_id="hide_in_talk"
)  # fmt: skip
def hide(request: HttpRequest, talk_id: Path[Id], contribution_id: Path[Id], given: TalkHideIn) -> Any:
    """By a rule of the list, with a reason that is published."""
    actor, now = who(request)
    moderating.hide(actor=actor, talk_id=talk_id, contribution_id=contribution_id, rule=given.rule, reason=given.reason, now=now)
    return {"done": True}


@router.post(
    "/talks/{talk_id}/rulings/{ruling_id}/appeal", response={200: TalkDoneOut, **PROBLEMS}, summary="Appeal", operation_id="appeal_in_talk"
)
def appeal(request: HttpRequest, talk_id: Path[Id], ruling_id: Path[Id], given: AppealIn) -> Any:
    actor, now = who(request)
    moderating.appeal(actor=actor, talk_id=talk_id, ruling_id=ruling_id, text=given.text, now=now)
    return {"done": True}


@router.post(
    "/talks/{talk_id}/rulings/{ruling_id}/decide",
    response={200: TalkDoneOut, **PROBLEMS},
    summary="Decide an appeal",
    operation_id="decide_in_talk",
)
def decide(request: HttpRequest, talk_id: Path[Id], ruling_id: Path[Id], given: DecideIn) -> Any:
    actor, now = who(request)
    moderating.decide(actor=actor, talk_id=talk_id, ruling_id=ruling_id, outcome=given.outcome, reason=given.reason, now=now)
    return {"done": True}
