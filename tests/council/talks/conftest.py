"""The council's compound, and a talk about one of its motions."""

from __future__ import annotations

import pytest

from tests.council.factories import Council
from tests.council.talks.scene import Scene, build_scene


@pytest.fixture
def scene(council: Council) -> Scene:
    return build_scene(council)
