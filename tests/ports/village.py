"""A small neighbourhood with people in every part, for the tests of the ports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from linli.kernel.access.actor import Actor, system
from linli.kernel.accounts.actions import ensure_unit, grant_role, make_token, open_account
from linli.kernel.accounts.models import Account, Unit
from linli.kernel.accounts.queries import actor_of
from linli.kernel.places.actions import add_place
from linli.kernel.places.models import Place
from linli.loops.requests.reference import load_reference
from tests.worlds import laid_down_again

LONG_AGO = datetime(2020, 1, 2, tzinfo=UTC)
OUTLINE = {"type": "Polygon", "coordinates": [[[104.05, 30.62], [104.07, 30.62], [104.07, 30.64], [104.05, 30.64], [104.05, 30.62]]]}
SETUP = system("tests")


@dataclass
class Village:
    """Places, units, and for each person an account and a token for everything they may do."""

    province: Place
    street: Place
    community: Place
    other: Place
    compound: Place
    building: Place
    street_unit: Unit
    community_unit: Unit
    housing: Unit
    sanitation: Unit
    accounts: dict[str, Account]
    tokens: dict[str, str]

    def actor(self, name: str, now: datetime | None = None) -> Actor:
        return actor_of(self.accounts[name], now=now or datetime.now(UTC))

    def headers(self, name: str, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[name]}", **more}


@laid_down_again
def settle() -> Village:
    now = LONG_AGO
    load_reference(now)

    def place(kind: str, name: str, parent: Place | None, code: str = "", **more: Any) -> Place:
        return add_place(actor=SETUP, kind=kind, name=name, parent=parent, now=now, code=code, **more)

    province = place("province", "川省", None, "510000000000")
    city = place("city", "成市", province, "510100000000")
    district = place("district", "武区", city, "510107000000")
    street = place("street", "玉林街道", district, "510107020000")
    community = place("community", "芳草社区", street, "510107020001")
    other = place("community", "紫荆社区", street, "510107020002")
    compound = place("compound", "芳草苑", community, outline=OUTLINE)
    building = place("building", "3 栋", compound)
    street_unit = ensure_unit(actor=SETUP, name="玉林街道办", kind="street", place=street)
    community_unit = ensure_unit(actor=SETUP, name="芳草社区居委会", kind="community", place=community, superior=street_unit)
    housing = ensure_unit(actor=SETUP, name="城建科", kind="department", place=street, code="housing", superior=street_unit)
    sanitation = ensure_unit(actor=SETUP, name="城管科", kind="department", place=street, code="urban_management", superior=street_unit)
    cast: list[tuple[str, str, Place, Unit | None]] = [
        ("resident", "resident", building, None),
        ("neighbour", "resident", building, None),
        ("worker", "community_worker", community, community_unit),
        ("head", "community_head", community, community_unit),
        ("officer", "street_officer", street, street_unit),
        ("housing", "department_handler", street, housing),
        ("sanitation", "department_handler", street, sanitation),
        ("stranger", "community_worker", other, None),
        ("auditor", "auditor", street, None),
        ("system", "system_admin", province, None),
    ]
    accounts, tokens = {}, {}
    for name, role, where, unit in cast:
        account = accounts[name] = open_account(actor=SETUP, username=name, name=name, now=now)
        grant_role(actor=SETUP, account=account, role=role, place=where, unit=unit, now=now, starts_at=now - timedelta(minutes=1))
        tokens[name] = make_token(actor=SETUP, account=account, name="tests", scopes=["*"], now=now)[1]
    return Village(
        province, street, community, other, compound, building, street_unit, community_unit, housing, sanitation, accounts, tokens
    )
