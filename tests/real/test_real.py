"""The real messages and records, through the product's own doors. Skipped where they are not."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from tests.installation import lay_down

DATA = Path(os.environ.get("LINLI_TEST_REAL_DATA", str(Path(__file__).resolve().parents[3] / "shared" / "data")))
MOST_RECORDS = 1_500  # of each file; `make real` takes them all

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (DATA / "requests_311").is_dir(), reason=f"no real data in {DATA}: the messages and records are not part of the repository"
    ),
]


def program() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "tools" / "real.py"
    spec = importlib.util.spec_from_file_location("real_tool", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["real_tool"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_real_messages_and_records_come_in_and_come_back_as_they_were(tmp_path: Path) -> None:
    lay_down(tmp_path, "sqlite")

    found = program().run(DATA, tmp_path, MOST_RECORDS)

    assert found["messages"]["sent"] > 3 * MOST_RECORDS
    assert found["messages"]["good"] >= 0.995 * found["messages"]["sent"]
    assert found["boston"]["new"] == found["boston"]["sent"] == MOST_RECORDS and found["boston"]["refused"] == 0
    assert found["again"] == 0, "sending again changes nothing"
    assert found["back"] == {"equal": MOST_RECORDS, "back": MOST_RECORDS}, "times, state and place are kept"
    assert found["chicago"] == {"sent": 50, "new": 50} and found["notes"]["back"] == 50
    assert found["verify"]
