"""The fixed cast, for tests of measuring."""

from __future__ import annotations

import pytest

from tests.factories import Cast, build_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return build_cast()
