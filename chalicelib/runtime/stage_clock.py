"""The clock of the stages local and test: everything lives later by an offset that one row holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from threading import RLock
from typing import Final

from chalicelib.kernel import clock
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.models import ClockOffset
from chalicelib.runtime.settings import settings

MOST_SECONDS: Final = 100 * 366 * 86_400
KEY: Final = "CLOCK"
_READ_EVERY_SECONDS: Final = 1.0


class Offset:
    """The offset in milliseconds, read when it is asked for and at most once a second. Threads may share it.

    What the reading raises is raised: a wrong time would be worse than none.
    """

    def __init__(self, read: Callable[[], int], machine: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._machine = machine
        self._read_again_at = float("-inf")
        self._offset: Millis = 0
        self._lock = RLock()

    def __call__(self) -> Millis:
        with self._lock:
            moment = self._machine()
            if moment >= self._read_again_at:
                self._offset = self._read() * SECOND
                self._read_again_at = moment + _READ_EVERY_SECONDS
            return self._offset

    def read_again(self) -> None:
        """Read at the next call, however soon it comes."""
        with self._lock:
            self._read_again_at = float("-inf")


def follow() -> None:
    """Let `clock.now()` follow the row, on a stage whose settings say so: what each handler calls first."""
    if settings().clock_can_move:
        clock.live_later(_shared())


def read() -> int:
    """How many seconds later the stage lives: 1 RRU."""
    row = dynamo.get(ClockOffset, KEY, KEY, strong=True)
    return int(row["seconds"]) if row else 0


def put(seconds: int) -> None:
    """Let the stage live that much later: every process within a second, this one at once. 1 WRU."""
    dynamo.put(ClockOffset, {"pk": KEY, "sk": KEY, "seconds": seconds})
    _shared().read_again()


@lru_cache(maxsize=1)
def _shared() -> Offset:
    return Offset(read)
