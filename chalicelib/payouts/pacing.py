"""Pacing: a worker's share of the requests that WeChat Pay allows."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """At most `a_second` starts a second, evenly spread."""

    def __init__(
        self,
        a_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap = 1 / a_second
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    def wait(self) -> None:
        """Return when the next request may start."""
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._gap
