"""The council's compound, and a talk about one of its motions."""

from __future__ import annotations

import pytest

from tests.council.factories import Council, council_again
from tests.council.talks.scene import Scene, scene_again


@pytest.fixture
def scene(db: None) -> Scene:
    return scene_again()


@pytest.fixture
def council(db: None, request: pytest.FixtureRequest) -> Council:
    """That of the scene, for a test that has one."""
    return request.getfixturevalue("scene").council if "scene" in request.fixturenames else council_again()
