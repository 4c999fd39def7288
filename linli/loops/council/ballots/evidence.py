"""What ballots bring to the evidence of a decision: terms, bundle with its script, deliveries, papers, authorities, how conflicts were settled."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from linli.insight.choice import verify_bundle
from linli.loops.council.ballots.bundles import unpacked
from linli.loops.council.ballots.models import Ballot, Delivery, Proxy, Published, Reading, Settlement
from linli.loops.council.motions.evidence import as_json, rows
from linli.loops.council.motions.models import Decision


def ballots_of(decision: Decision) -> list[Ballot]:
    """The ballots of the decision's step, those that were stopped too."""
    found = Ballot.objects.filter(motion_id=decision.motion_id, step=decision.step).exclude(state="draft")
    return list(found.select_related("roll", "official_proof").order_by("pk"))


def is_ready(decision: Decision) -> bool:
    """No bundle is still being made."""
    waiting = Published.objects.filter(ballot__motion_id=decision.motion_id, ballot__step=decision.step, state__in=("waiting", "building"))
    return not waiting.exists()


def of_ballots(decision: Decision) -> Iterator[tuple[str, bytes]]:
    """Choices of a secret ballot stand in its bundle alone; doors and names are in the delivery ledger, which is why the file is kept sealed."""
    found = ballots_of(decision)
    for ballot in found:
        at = f"ballot-{ballot.pk}"
        yield (
            f"{at}/terms.json",
            as_json(
                {
                    "frozen": ballot.frozen,
                    "frozen_hash": ballot.frozen_hash,
                    "state": ballot.state,
                    "opened_at": ballot.opened_at,
                    "closed_at": ballot.closed_at,
                    "counted_at": ballot.counted_at,
                    "result": ballot.result,
                    "official_result": ballot.official_result,
                    "official_proof_sha256": ballot.official_proof.sha256 if ballot.official_proof else "",
                    "why_abandoned": ballot.why_abandoned,
                    "bundle_hash": ballot.bundle_hash,
                    "roll_hash": ballot.roll.hash,
                }
            ),
        )
        published = Published.objects.filter(ballot=ballot, state=Published.State.READY).first()
        if published is not None:
            yield f"{at}/bundle.json", unpacked(published.content)
        yield f"{at}/deliveries.csv", _deliveries(ballot)
        # When each paper came and was keyed by two, and the hash of its scan; what was ticked stands in the bundle.
        papers = "sheet__code sheet__voter__seq received_at keyed_at confirmed_at state scan__sha256"
        yield f"{at}/papers.json", rows(Reading.objects.filter(sheet__ballot=ballot), papers)
        authorities = "voter__seq property_staff recorded_at ended_at ended_why authority__sha256 authority_hash"
        yield f"{at}/proxies.json", rows(Proxy.objects.filter(ballot=ballot), authorities)
        yield (
            f"{at}/conflicts.json",
            rows(Settlement.objects.filter(ballot=ballot), "voter__seq stands__channel reason statement__sha256 at by_name"),
        )
    if found:
        yield "verify_bundle.py", Path(verify_bundle.__file__).read_bytes()


def _deliveries(ballot: Ballot) -> bytes:
    out = io.StringIO()
    made = csv.writer(out)
    made.writerow(("seq", "door", "name", "how", "outcome", "at", "stands_from", "by", "note", "proof_sha256"))
    fields = ("voter__seq", "voter__door", "voter__name", "how", "outcome", "at", "stands_from", "by_name", "note", "proof__sha256")
    for row in Delivery.objects.filter(ballot=ballot).order_by("voter__seq", "pk").values_list(*fields):
        made.writerow([value.isoformat() if hasattr(value, "isoformat") else value for value in row])
    return out.getvalue().encode("utf-8-sig")
