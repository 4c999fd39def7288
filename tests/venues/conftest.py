"""A venue at the compound, its hours, and the cast."""

from __future__ import annotations

import pytest

from linli.loops.venues.models import Venue
from tests.factories import Cast
from tests.venues.scene import Scene, scene_again


@pytest.fixture
def scene(db: None) -> Scene:
    return scene_again()


@pytest.fixture
def cast(scene: Scene) -> Cast:
    return scene.cast


@pytest.fixture
def venue(scene: Scene) -> Venue:
    return scene.venue
