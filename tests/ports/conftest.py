"""What the tests of the ports share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from linli.ports.api import limits
from tests.ports.village import Village, settle


@pytest.fixture
def village(db: Any) -> Village:
    return settle()


@pytest.fixture(autouse=True)
def _limits_start_anew() -> Iterator[None]:
    limits.start_anew()
    yield
    limits.start_anew()
