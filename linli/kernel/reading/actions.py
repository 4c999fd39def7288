"""The one act on readers: learn from the office's own confirmed records, and take the new reader only when it reads the newest ones better."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.insight.keywords import KeywordRules
from linli.insight.reading.doubt import threshold_of
from linli.insight.reading.words import HOUSE
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Refused
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Category
from linli.kernel.reading import shelf
from linli.kernel.reading.models import Learning
from linli.kernel.reading.records import MOST, SEPARATOR, Record, codes_by_path, descriptions, records
from linli.lib.problems import InputProblem

if TYPE_CHECKING:
    from linli.insight.reading.measures import Measures
    from linli.insight.reading.model import Model

FEWEST_LEARNED: Final = 150
FEWEST_JUDGED: Final = 40
NEWEST: Final = timedelta(weeks=4)
LONGEST: Final = timedelta(weeks=12)
EXAMPLES: Final = 60


class NothingToLearn(Refused):
    """Too few records, or none that the reader in use has not learned from."""

    status = 409


def retrain(*, now: datetime, actor: Actor | None = None, night: date | None = None, most: int = MOST) -> Learning:
    """
    Learn from all confirmed records (the newest `most`) but the last, and judge the new reader and the one in use (at first the keyword rules) on the newest,
    which neither has seen. The one that reads more of them rightly is in use from now on; a new one is learned once more with the newest.

    `night` is the night's run, done once however many workers there are. Raises NothingToLearn, and Conflict when another
    worker has begun it. Needs numpy, scipy; seconds to a minute.
    """
    found = records(now, most)
    before = shelf.standing()
    earlier, newest = parted(found, before, now)
    if len(earlier) < FEWEST_LEARNED or len({r.label for r in earlier}) < 2 or len(newest) < FEWEST_JUDGED:
        raise _too_few(len(found), len(newest), before)
    by = actor.account_id if actor is not None else None
    try:
        with transaction.atomic():
            learning = Learning.objects.create(
                night=night, decided_at=now, before=before, by_id=by, rows=len(found), judged_from=newest[0].raised_at
            )
    except IntegrityError:
        raise Conflict("already_begun", _("今晚的学习已经由另一个后台进程开始了。")) from None
    try:
        digest = _judge(learning, found, earlier, newest, now)
    except Exception:
        Learning.objects.filter(pk=learning.pk).update(decision=Learning.Decision.FAILED)
        raise
    with transaction.atomic():
        if digest:
            learning.decision, learning.digest, learning.learned_until = Learning.Decision.TAKEN, digest, found[-1].raised_at
            Learning.objects.filter(decision=Learning.Decision.TAKEN, replaced_at=None).update(replaced_at=now)
        else:
            learning.decision = Learning.Decision.KEPT
        learning.save()
    shelf.forget()
    shelf.tidy()
    return learning


def parted(found: Sequence[Record], before: Learning | None, now: datetime) -> tuple[list[Record], list[Record]]:
    """
    The records to learn from and the newest to judge on: those raised since the reader in use learned (at most twelve weeks); at first the
    newest fifth, or those of the last four weeks where these are enough and fewer.
    """
    since = max(before.learned_until, now - LONGEST) if before is not None and before.learned_until else now - NEWEST
    newest = [r for r in found if r.raised_at > since]
    if before is None and not FEWEST_JUDGED <= len(newest) <= len(found) // 5:
        newest = list(found[len(found) - len(found) // 5 :])
    return list(found[: len(found) - len(newest)]), newest


def _too_few(rows: int, newest: int, before: Learning | None) -> NothingToLearn:
    return NothingToLearn(
        "too_few_records",
        _("可学的已确认诉求有 %(rows)s 件，其中现在的模型没学过的 %(newest)s 件，还不够。") % {"rows": rows, "newest": newest},
        turn_to=_("至少要有 %(least)s 件可学、另有 %(judge)s 件新的用来检验；够了会自动重新学习。")
        % {"least": FEWEST_LEARNED, "judge": FEWEST_JUDGED},
    )


def _judge(learning: Learning, found: list[Record], earlier: list[Record], newest: list[Record], now: datetime) -> str:
    """Fill in how both read the newest records; the digest of the new reader, kept, when it is better, else nothing."""
    new = _learn(earlier, now)
    measures, wrong = _measured(new.labels, new.chances([r.text for r in newest]), newest)
    old, _wrong = _measured(*_before(learning.before, newest), newest)
    learning.judged, learning.right, learning.before_right = len(newest), _right(measures), _right(old)
    learning.labels = len({r.label for r in found})
    learning.figures = json.loads(json.dumps({"new": asdict(measures), "before": asdict(old), "wrong": wrong[:EXAMPLES]}))
    if learning.right <= learning.before_right:
        return ""
    whole = _learn(found, now)
    learning.figures["by_depth"] = whole.facts.get("by_depth", [])
    return shelf.put(whole)


def _learn(found: Sequence[Record], now: datetime) -> Model:
    """A reader of these records, cut as the website cuts, that knows of rare categories what their names and keywords say."""
    from linli.insight.reading.learn import train

    return train(
        [r.text for r in found],
        [r.label for r in found],
        learned_on=now.astimezone(ZONE).date(),
        separator=SEPARATOR,
        descriptions=descriptions(list(codes_by_path())),
        cut=HOUSE,
    )


def _right(measures: Measures) -> int:
    return round(measures.accuracy * measures.rows)


def _measured(labels: Sequence[str], chances: Any, newest: Sequence[Record]) -> tuple[Measures, list[list[Any]]]:
    """The measures, and what was read wrongly: matter, true label, told label, confidence in per cent, the surest mistake first."""
    import numpy as np

    from linli.insight.reading.measures import measures_of

    names = (*labels, *sorted({r.label for r in newest} - set(labels)))
    number = {name: n for n, name in enumerate(names)}
    whole = np.zeros((len(newest), len(names)))
    whole[:, : len(labels)] = chances
    truth = np.array([number[r.label] for r in newest])
    told = whole.argmax(axis=1)
    wrong = [
        [r.matter_id, r.label, names[t], round(100 * float(whole[n, t]))]
        for n, (r, t) in enumerate(zip(newest, told, strict=True))
        if t != truth[n]
    ]
    return measures_of(truth, whole, names, threshold_of()), sorted(wrong, key=lambda row: -row[3])


def _before(before: Learning | None, newest: Sequence[Record]) -> tuple[Sequence[str], Any]:
    """How the reader in use reads the newest records; the keyword rules without one, or when its file cannot be read."""
    from linli.insight.reading.model_files import load

    if before is not None:
        try:
            model = load(shelf.path_of(before))
            return model.labels, model.chances([r.text for r in newest])
        except InputProblem:
            pass
    return _by_keywords(newest)


def _by_keywords(newest: Sequence[Record]) -> tuple[Sequence[str], Any]:
    import numpy as np

    paths = codes_by_path()
    keywords = {c.code: c.keywords for c in Category.objects.filter(active=True) if c.keywords}
    rules = KeywordRules({code: [(k[0], k[1]) if isinstance(k, list) else k for k in words] for code, words in keywords.items()})
    labels = [*paths, ""]  # the last: no word known, nothing suggested
    number = {code: n for n, code in enumerate(paths.values())}
    chances = np.zeros((len(newest), len(labels)))
    chances[:, -1] = 1e-6
    for n, record in enumerate(newest):
        for told in rules.suggest(record.text):
            chances[n, number[told.code]] = told.confidence
    return labels, chances / chances.sum(axis=1, keepdims=True)
