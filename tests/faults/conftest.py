"""Limits start anew for each test, as in the tests of the ports."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from linli.ports.api import limits


@pytest.fixture(autouse=True)
def _limits_start_anew() -> Iterator[None]:
    limits.start_anew()
    yield
    limits.start_anew()
