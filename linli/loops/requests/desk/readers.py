"""The readers at the Desk: which reads now, what each learned from and how well, and which were not taken and why."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.insight.reading.doubt import threshold_of
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters import desk
from linli.kernel.matters.models import Matter
from linli.kernel.reading import shelf
from linli.kernel.reading.actions import FEWEST_JUDGED, FEWEST_LEARNED
from linli.kernel.reading.models import Learning
from linli.kernel.reading.records import SEPARATOR, confirmed
from linli.lib.texts import excerpt
from linli.loops.requests.desk import actor_and_now
from linli.loops.requests.desk.home import address
from linli.loops.requests.desk.words import words_by_field
from linli.loops.requests.figures import in_reach
from linli.web.downloads import as_download, asked_as, downloads
from linli.web.words import date_long, percent

VERB: Final = "reading.read"
LISTED: Final = 60
WEAKEST: Final = 5
EXAMPLES: Final = 3
TONES: Final = {
    Learning.Decision.TAKEN: "green",
    Learning.Decision.FAILED: "red",
    Learning.Decision.RUNNING: "gold",
}


def _reader(request: HttpRequest) -> tuple[Actor, Any]:
    actor, now = actor_and_now(request)
    if not table.holds(actor, VERB):
        raise table.refusal(actor, VERB)
    return actor, now


@require_GET
@desk.at_desk
def readers(request: HttpRequest) -> HttpResponseBase:
    """The reader in use, and every attempt with what was decided. Four queries."""
    _actor, now = _reader(request)
    if asked_as(request):
        return _file(request)
    learning, light = shelf.in_use()
    rows = list(Learning.objects.select_related("before", "by")[:LISTED])
    known = confirmed(now).count()
    newer = confirmed(now).filter(raised_at__gt=learning.learned_until).count() if learning and learning.learned_until else known
    values = {
        "learning": learning,
        "readable": light is not None,
        "rows": [_attempt(row) for row in rows],
        "known": known,
        "newer": newer,
        "fewest": FEWEST_LEARNED + FEWEST_JUDGED,
        "missing": max(0, FEWEST_LEARNED + FEWEST_JUDGED - known),
        "fewest_newer": FEWEST_JUDGED,
        "least": percent(threshold_of()),
        "exports": downloads(request),
    }
    return render(request, "requests/desk/readers.html", values)


def _file(request: HttpRequest) -> HttpResponseBase:
    header = (_("什么时候"), _("结果"), _("学了"), _("新的认对"), _("原来的认对"), _("为什么"))
    made = (_attempt(row) for row in Learning.objects.select_related("before", "by"))
    rows = ([date_long(a["row"].decided_at), a["said"], a["row"].rows, a["new"], a["before"], a["why"]] for a in made)
    return as_download(request, _("类别模型"), header, rows, (20, 12, 10, 12, 12, 60))


def _attempt(row: Learning) -> dict[str, Any]:
    return {
        "row": row,
        "href": f"/desk/readers/{row.pk}/",
        "said": _in_use(row) or str(row.get_decision_display()),
        "tone": TONES.get(Learning.Decision(row.decision), "plain"),
        "why": why(row),
        "new": _share(row.right, row.judged),
        "before": _share(row.before_right, row.judged),
    }


def _in_use(row: Learning) -> str:
    return _("正在用") if row.decision == Learning.Decision.TAKEN and row.replaced_at is None else ""


def _share(right: int, of: int) -> str:
    return f"{100 * right / of:.1f}%" if of else "—"


def why(row: Learning) -> str:
    """Why it was taken or not, in a sentence."""
    told = {"n": row.judged, "new": row.right, "old": row.before_right, "what": before_words(row)}
    if row.decision == Learning.Decision.TAKEN:
        return _("最新的 %(n)s 件里，新的认对 %(new)s 件，%(what)s认对 %(old)s 件，所以换上新的。") % told
    if row.decision == Learning.Decision.KEPT:
        return _("最新的 %(n)s 件里，新的认对 %(new)s 件，%(what)s认对 %(old)s 件，没有更好，所以不换。") % told
    if row.decision == Learning.Decision.FAILED:
        return _("学习中途出错，没有改变任何东西；下一晚会再试。")
    return _("正在学习，或者中途停了；下一晚会再试。")


def before_words(row: Learning) -> str:
    return _("原来的模型") if row.before_id else _("关键词规则")


@require_GET
@desk.at_desk
def reader(request: HttpRequest, learning_id: int) -> HttpResponse:
    """One attempt: data, date, figures by class against what read before, confused pairs, the weakest classes with examples."""
    actor, _now = _reader(request)
    row = Learning.objects.select_related("before", "by").filter(pk=learning_id).first()
    if row is None:
        raise NotFound("no_reader", _("没有这个模型。"))
    names = words_by_field("category")
    new, old = row.figures.get("new"), row.figures.get("before")
    values = {
        "row": row,
        "said": _in_use(row) or str(row.get_decision_display()),
        "tone": TONES.get(Learning.Decision(row.decision), "plain"),
        "why": why(row),
        "before_words": before_words(row),
        "measures": _measures(new, old) if new and old else [],
        "labels": _labels(new, old, names) if new and old else [],
        "confused": [(name_of(a, names), name_of(b, names), n) for a, b, n in (new or {}).get("confused", [])[:12]],
        "weakest": _weakest(actor, row, names) if new else [],
    }
    return render(request, "requests/desk/reader.html", values)


def name_of(path: str, names: dict[str, str]) -> str:
    """A category by its path, with what stands above it."""
    if not path:
        return _("没有建议")
    return " › ".join(names.get(code, code) for code in path.split(SEPARATOR))


def _measures(new: dict[str, Any], old: dict[str, Any]) -> list[dict[str, str]]:
    rows = (
        (_("认对的"), "accuracy", _("第一个建议就是人选的")),
        (_("各类平均（宏 F1）"), "macro_f1", _("件数少的类别和多的一样算")),
        (_("前三个里有"), "top3", _("人选的在前三个建议里")),
        (_("有把握的"), "sure", _("把握到了可以直接采用的程度")),
        (_("有把握的里认对的"), "sure_accuracy", ""),
    )
    return [{"label": label, "new": percent(new[name]), "old": percent(old[name]), "about": about} for label, name, about in rows]


def _labels(new: dict[str, Any], old: dict[str, Any], names: dict[str, str]) -> list[dict[str, Any]]:
    """By class, the most frequent first; those that did not occur among the judged are left out."""
    before = {row["label"]: row for row in old["labels"]}
    return [
        {
            "name": name_of(row["label"], names),
            "rows": row["rows"],
            "precision": percent(row["precision"]),
            "recall": percent(row["recall"]),
            "f1": percent(row["f1"]),
            "before": percent(before[row["label"]]["f1"]) if row["label"] in before else "—",
        }
        for row in sorted(new["labels"], key=lambda row: -row["rows"])
        if row["rows"]
    ]


def _weakest(actor: Actor, row: Learning, names: dict[str, str]) -> list[dict[str, Any]]:
    """The classes read worst, with requests in the reader's reach that were misread: their public titles, no names."""
    weak = sorted((r for r in row.figures["new"]["labels"] if r["rows"] and r["f1"] < 1), key=lambda r: (r["f1"], -r["rows"]))[:WEAKEST]
    wrong: dict[str, list[list[Any]]] = {}
    for found in row.figures.get("wrong", []):
        wrong.setdefault(found[1], []).append(found)
    ids = [found[0] for r in weak for found in wrong.get(r["label"], [])]
    known = {m.pk: m for m in Matter.objects.filter(in_reach(actor), pk__in=ids)} if ids else {}
    return [
        {
            "name": name_of(r["label"], names),
            "f1": percent(r["f1"]),
            "rows": r["rows"],
            "examples": [
                {
                    "href": address(known[pk].ref),
                    "title": f"{known[pk].ref} {excerpt(known[pk].public_title, 40)}",
                    "told": name_of(told, names),
                    "confidence": confidence,
                }
                for pk, _label, told, confidence in wrong.get(r["label"], [])
                if pk in known
            ][:EXAMPLES],
        }
        for r in weak
    ]
