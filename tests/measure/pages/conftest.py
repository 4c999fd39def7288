"""One world for a whole file: a built lake takes a second or two."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.factories import Cast
from tests.measure.pages.worlds import lived


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    """Made once a file, inside a transaction of its own; what a test changes goes with the test."""
    with django_db_blocker.unblock(), lived(tmp_path_factory.mktemp("lake")) as made:
        yield made
