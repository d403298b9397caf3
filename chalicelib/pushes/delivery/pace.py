"""Keeping a worker to its share of a medium's rate. No row counts: the workers' number is fixed, so is the share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

WORKERS: Final = 5
"""Pages that are sent at the same time: the concurrency of the function pushes-deliver."""


class Pace:
    """Call it before each message; it waits so that this worker sends `rate / WORKERS` a second at most."""

    def __init__(self, rate: int, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._gap = WORKERS / rate
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    def __call__(self) -> None:
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._gap
