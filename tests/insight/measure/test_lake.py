"""The lake is read whole or refused: builds that were killed, parts that were cut off, two builds at once, and states that were kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from linli.insight.measure import lake
from linli.lib.problems import InputProblem

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def rows(n: int) -> pa.Table:
    return pa.table({"row": list(range(n))})


def built(folder: Path, **parts: int) -> lake.Snapshot:
    """A lake with a month for each name ("m10=3"): so many rows, and as many as the mark."""
    with lake.writing(folder) as writing:
        for name, n in parts.items():
            month = f"2026-{name[1:]}"
            if not writing.unchanged("t", 1, "510107000000", month, str(n)):
                writing.add("t", 1, "510107000000", month, str(n), rows(n))
        return writing.commit(NOW)


def test_a_state_is_what_is_in_it_whenever_it_was_built(tmp_path: Path) -> None:
    first = built(tmp_path / "a", m10=3, m11=4)
    assert first.rows("t") == 7
    assert lake.read(tmp_path / "a") == first
    assert built(tmp_path / "b", m11=4, m10=3).id == first.id
    assert built(tmp_path / "b", m11=5, m10=3).id != first.id


def test_only_what_changed_is_written_anew_and_what_is_gone_goes(tmp_path: Path) -> None:
    before = {p.month: p.file for p in built(tmp_path, m09=1, m10=3, m11=4).parts}
    after = {p.month: p.file for p in built(tmp_path, m10=3, m11=5).parts}
    assert after["2026-10"] == before["2026-10"]
    assert after["2026-11"] != before["2026-11"]
    assert not (tmp_path / before["2026-09"]).exists()
    assert not (tmp_path / before["2026-11"]).exists()


def test_a_build_that_was_killed_changes_nothing_and_is_taken_up_again(tmp_path: Path) -> None:
    before = built(tmp_path, m10=3)
    with pytest.raises(KeyboardInterrupt), lake.writing(tmp_path) as writing:
        written = writing.add("t", 1, "510107000000", "2026-11", "9", rows(9))
        raise KeyboardInterrupt
    assert lake.read(tmp_path) == before
    with (tmp_path / "building.jsonl").open("a") as journal:
        journal.write('{"table": "t", "ver')  # the line it was killed in
    with lake.writing(tmp_path) as again:
        assert again.unchanged("t", 1, "510107000000", "2026-11", "9")
        assert again.commit(NOW).parts == (written,)
    assert not (tmp_path / "building.jsonl").exists()


def test_two_builds_at_once_are_refused(tmp_path: Path) -> None:
    with lake.writing(tmp_path), pytest.raises(InputProblem, match="build_running"), lake.writing(tmp_path):
        pass


def test_what_was_published_stays_readable_until_it_is_damaged(tmp_path: Path) -> None:
    kept = built(tmp_path, m10=3)
    lake.keep(kept)
    built(tmp_path, m10=4)
    again = lake.read(tmp_path, kept.id)
    assert again.id == kept.id
    assert lake.damaged_parts(again) == []
    path = tmp_path / again.parts[0].file
    path.write_bytes(path.read_bytes()[:-9])
    assert lake.damaged_parts(again) == list(again.parts)


def test_what_cannot_be_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match="no_facts"):
        lake.read(tmp_path)
    snapshot = built(tmp_path, m10=3)
    (tmp_path / snapshot.parts[0].file).unlink()
    with pytest.raises(InputProblem, match="part_missing") as missing:
        snapshot.files("t")
    assert "linli facts build --all" in missing.value.text_zh
    assert snapshot.files("t", months=["2026-09"]) == []
    for text in ("", "{", '{"schema": 99}', '{"schema": 1, "built_at": "x", "parts": []}'):
        (tmp_path / "facts.json").write_text(text)
        with pytest.raises(InputProblem, match="manifest_damaged"):
            lake.read(tmp_path)
    assert built(tmp_path, m10=3).rows("t") == 3  # a damaged manifest never stands in the way of a new build
