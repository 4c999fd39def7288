import pytest

from linli.lib.progress import progress, track


def test_a_log_gets_a_line_at_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress(range(40), 40, "rows")) == list(range(40))

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert (lines[0], lines[-1]) == ("rows 10% (4/40)", "rows 100% (40/40)")


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    list(progress(range(40), 40, "rows", quiet=True))

    assert capsys.readouterr().err == ""


def test_fewer_steps_than_tenths_are_each_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    list(progress(range(3), 3, "rows"))

    assert capsys.readouterr().err.splitlines() == ["rows 30% (1/3)", "rows 60% (2/3)", "rows 100% (3/3)"]


def test_no_work_at_all_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress([], 0, "rows")) == []


def test_whole_batches_can_be_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with track(1000, "rows") as advance:
        advance(500)
        advance(500)

    assert capsys.readouterr().err.splitlines() == ["rows 50% (500/1000)", "rows 100% (1000/1000)"]
