"""The fixed cast, with the council's own reference data and a compound large enough to second and to vote in."""

from __future__ import annotations

import pytest

from tests.council.factories import Council, council_again
from tests.factories import Cast, build_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return build_cast()


@pytest.fixture
def council(db: None) -> Council:
    return council_again()
