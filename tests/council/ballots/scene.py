"""What tests of ballots share: a browser of somebody, what is typed into forms, numbers and papers of voters."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Refused
from linli.kernel.accounts.models import Account
from linli.kernel.rolls.models import Voter
from linli.loops.council.ballots.models import Ballot, Sheet
from tests.council.factories import CLOSES, OPENS, Council


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.code


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account_id))
    return client


def picture(color: str = "white") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), color).save(out, "PNG")
    return SimpleUploadedFile("paper.png", out.getvalue(), "image/png")


def local(moment: datetime) -> str:
    from linli.kernel.matters.clock import ZONE

    return moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def set_up_form(roll: Any, **more: Any) -> dict[str, Any]:
    return {
        "roll": roll.pk, "kind": "yes_no", "jurisdiction": "CN", "profile": "owners.civil_code.ordinary", "silent": "strict",
        "invalid_ballot": "not_participating", "secrecy": "named", "first_stands": "later", "base": "participating",
        "opens_at": local(OPENS), "closes_at": local(CLOSES), **more,
    }  # fmt: skip


def seq_of(council: Council, ballot: Ballot, who: int) -> int:
    return Voter.objects.get(roll=ballot.roll, person=council.owners[who]).seq


def sheet_of(council: Council, ballot: Ballot, who: int) -> Sheet:
    return Sheet.objects.get(ballot=ballot, voter__person=council.owners[who], void_at=None)


def file_of(client: Client, address: str) -> list[list[str]]:
    """The list at an address as the rows of its csv."""
    return list(csv.reader(io.StringIO(b"".join(client.get(f"{address}?format=csv").streaming_content).decode("utf-8-sig"))))
