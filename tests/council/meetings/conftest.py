"""The fixed cast, and a meeting at each stage of its life."""

from __future__ import annotations

import pytest

from tests.council.meetings.scene import Scene, scene_again
from tests.factories import Cast, build_cast


@pytest.fixture
def scene(db: None) -> Scene:
    return scene_again()


@pytest.fixture
def cast(db: None, request: pytest.FixtureRequest) -> Cast:
    """That of the scene, for a test that has one."""
    return request.getfixturevalue("scene").cast if "scene" in request.fixturenames else build_cast()
