"""The one rate limiter: how often something happened lately, and how fast a worker may go.

Both are one container's own: a fleet lets through a multiple of what one container does. What holds for an address
stands at the gateway (infra/template.yaml).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, Generic, TypeVar

import msgspec

from chalicelib.kernel.clock import Millis
from chalicelib.runtime.cache import Bounded

K = TypeVar("K", bound=Hashable)

_MOST_KEYS: Final = 2_048


class _Window(msgspec.Struct):
    started: Millis
    base: int
    count: int = 0


class WindowCounter(Generic[K]):
    """How often something happened to each key since its window began; a window begins with what finds none.

    The `most` keys that were used last are remembered. A clock that is put back begins a new window.
    """

    def __init__(self, window: Millis, most: int = _MOST_KEYS) -> None:
        self._window = window
        self._windows: Bounded[K, _Window] = Bounded(most)
        self._lock = Lock()

    def count(self, key: K, now: Millis) -> int:
        """How often it happened in the window that is open now."""
        found = self._windows.get(key)
        return found.count if found is not None and self._is_open(found, now) else 0

    def add(self, key: K, now: Millis) -> int:
        """It happened once more; how often with this one."""
        with self._lock:
            window = self._opened(key, now, 0)
            window.count += 1
            return window.count

    def rise(self, key: K, now: Millis, total: int) -> int:
        """By how much a total that others count too has risen since the window began."""
        with self._lock:
            window = self._opened(key, now, total)
            window.count = total - window.base
            return window.count

    def restart(self, key: K) -> None:
        """Begin a new window with what happens next."""
        self._windows.drop(key)

    def _opened(self, key: K, now: Millis, base: int) -> _Window:
        found = self._windows.get(key)
        if found is not None and self._is_open(found, now):
            return found
        return self._windows.put(key, _Window(now, base))

    def _is_open(self, window: _Window, now: Millis) -> bool:
        return 0 <= now - window.started < self._window


class Pacer:
    """At most `a_second` starts a second, evenly spread; time that was not used is not made up for.

    No row counts: the number of workers is fixed, so each has its fixed share of what the outside allows. `clock`
    gives seconds, `sleep` waits for them.
    """

    def __init__(self, a_second: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._gap = 1 / a_second
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._lock = Lock()

    def wait(self) -> None:
        """Return when the next start may be made. Threads that share a pacer share its rate."""
        now = self._clock()
        with self._lock:
            start = max(now, self._next)
            self._next = start + self._gap
        if start > now:
            self._sleep(start - now)
