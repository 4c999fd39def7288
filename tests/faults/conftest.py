"""Installations that tests of crashes may break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import lay_down
from tests.postgres import Cluster


@pytest.fixture
def durable(tmp_path: Path, database_kind: str) -> Iterator[str]:
    """
    An installation in `tmp_path`, of the kind this run is for: over its own SQLite file (an empty text), or over a PostgreSQL of its own that
    keeps what it acknowledged, whose address this is.
    """
    if database_kind != "postgres":
        yield lay_down(tmp_path, "sqlite")
        return
    cluster = Cluster(durable=True)
    yield lay_down(tmp_path, "postgres", into=cluster)
    cluster.remove()
