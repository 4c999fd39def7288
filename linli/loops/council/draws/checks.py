"""Data consistency of draws, for `linli check`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from linli.insight.choice import verify_draw
from linli.loops.council.draws.actions.listing import announcement_of
from linli.loops.council.draws.models import Draw, Published, State
from linli.web.checks import Problem, consistency


@consistency("frozen lists of draws are what was posted")
def frozen() -> Iterator[Problem]:
    for draw in Draw.objects.filter(state__in=[State.FROZEN, State.DRAWN, State.CLOSED]).iterator(100):
        if announcement_of(draw).commitment() != draw.commitment:
            yield Problem(f"draw {draw.pk}: list, source, categories or lots are not what was frozen")


@consistency("published draws can be held again")
def published() -> Iterator[Problem]:
    for found in Published.objects.select_related("draw").iterator(20):
        bundle = json.loads(found.content)
        for where, _zh, text in verify_draw.verify(bundle):
            yield Problem(f"draw {found.pk}: {where}: {text}")
        if bundle.get("commitment") != found.draw.commitment or bundle.get("fingerprint") != found.fingerprint:
            yield Problem(f"draw {found.pk}: the published bundle is not of what was frozen")
