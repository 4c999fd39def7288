"""What came with a report, for those who handle the request: the answers to the category's questions."""

from __future__ import annotations

from linli.kernel.matters.models import Matter
from linli.ports.open311.models import Report, ServiceAttribute


def answers_of(matter: Matter) -> list[tuple[str, str]]:
    """(question, answer) in the order asked; chosen values by their names. Nothing, and no query, for what came another way."""
    if matter.channel != "open311":
        return []
    report = Report.objects.filter(matter=matter).first()
    if report is None or not report.attributes:
        return []
    questions = _questions(matter, list(report.attributes))
    ordered = sorted(report.attributes.items(), key=lambda pair: questions[pair[0]].order if pair[0] in questions else 10_000)
    return [(questions[code].description if code in questions else code, _said(value, questions.get(code))) for code, value in ordered]


def _questions(matter: Matter, codes: list[str]) -> dict[str, ServiceAttribute]:
    """Retired ones too: an answer outlives its question. A request sorted anew finds the questions of the category it came under."""
    found = ServiceAttribute.objects.filter(code__in=codes).order_by("id")
    return {q.code: q for q in sorted(found, key=lambda q: q.category_id == matter.category_id)}


def _said(value: object, question: ServiceAttribute | None) -> str:
    names = {str(key): str(name) for key, name in question.values} if question else {}
    values = value if isinstance(value, list) else [value]
    return "、".join(names.get(str(one), str(one)) for one in values)
