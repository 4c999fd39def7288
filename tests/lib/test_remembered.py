"""What was asked a moment ago is not asked again, and not believed for longer than was said."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from linli.lib import remembered
from linli.lib.remembered import Remembered, forget_all


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(remembered, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def counting() -> Iterator[int]:
    yield from range(1, 100)


@pytest.mark.parametrize(("passed", "expected"), [(0.0, 1), (5.0, 1), (5.1, 2)])
def test_an_answer_holds_for_its_seconds(clock: SimpleNamespace, passed: float, expected: int) -> None:
    kept, source = Remembered[int](5), counting()
    kept.get("a", lambda: next(source))

    clock.now += passed

    assert kept.get("a", lambda: next(source)) == expected


def test_each_key_has_its_own_answer(clock: SimpleNamespace) -> None:
    kept, source = Remembered[int](5), counting()

    assert [kept.get(key, lambda: next(source)) for key in "abab"] == [1, 2, 1, 2]


@pytest.mark.parametrize("everywhere", [False, True], ids=["one", "all"])
def test_what_was_forgotten_is_asked_again(clock: SimpleNamespace, everywhere: bool) -> None:
    kept, source = Remembered[int](5), counting()
    kept.get("a", lambda: next(source))

    forget_all() if everywhere else kept.forget(sender=None)

    assert kept.get("a", lambda: next(source)) == 2


def test_no_more_is_kept_than_was_allowed(clock: SimpleNamespace) -> None:
    kept, source = Remembered[int](5, most=2), counting()
    for key in "abc":
        kept.get(key, lambda: next(source))

    assert [kept.get("c", lambda: next(source)), kept.get("a", lambda: next(source))] == [3, 4]
