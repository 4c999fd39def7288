"""The queue in front of a number of hands, event by event. Needs simpy."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import simpy


def waits(came: Sequence[float], work: Sequence[float], priority: Sequence[int], hands: int) -> list[float]:
    """
    For each case the minutes from when it came until its work was finished, when `hands` of people take the most urgent first and, of equal
    ones, the one that came first; nobody is interrupted. Times are working minutes and `came` rises; `work` is what each takes.

    An M(t)/G/c queue with priorities that do not preempt (L. Kleinrock, Queueing Systems II, 1976, 3.6).
    """
    world = simpy.Environment()
    desk = simpy.PriorityResource(world, capacity=hands)
    left = [0.0] * len(came)

    def case(n: int) -> Generator[Any, Any, None]:
        with desk.request(priority=priority[n]) as turn:
            yield turn
            yield world.timeout(work[n])
        left[n] = world.now

    def door() -> Generator[Any, Any, None]:
        for n, at in enumerate(came):
            if at > world.now:
                yield world.timeout(at - world.now)
            world.process(case(n))

    world.process(door())
    world.run()
    return [gone - at for gone, at in zip(left, came, strict=True)]
