"""The fixed cast, and a meeting at each stage of its life."""

from __future__ import annotations

import pytest

from tests.council.meetings.scene import Scene, build_scene
from tests.factories import Cast, build_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return build_cast()


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return build_scene(cast)
