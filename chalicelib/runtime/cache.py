"""The one cache: what a container remembers of what it read, bounded in number and in age.

What cannot change while a container lives is not here: settings, secrets, clients, gateways and compiled templates
are made once (`functools.lru_cache`). An access token says itself when it ends and is shared by all containers:
see `chalicelib.wechat.access_tokens`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Final, Generic, NamedTuple, TypeVar
from weakref import WeakSet

from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.runtime.settings import settings

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
T = TypeVar("T")

Lifetime = Callable[[], Millis]
"""How old a value may get, asked at each use."""


def as_configured() -> Millis:
    """The deployment's `cache_seconds`."""
    return settings().cache_seconds * SECOND


def not_at_all() -> Millis:
    """For what must be asked for again at each use."""
    return 0


class Bounded(Generic[K, V]):
    """The `most` values that were used last, of any age. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()
        _all.add(self)

    def get(self, key: K) -> V | None:
        """The value of `key`; None when there is none, or none any more."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> V:
        """Remember a value; the one that was not used for longest makes room for it."""
        with self._lock:
            return self._put(key, value)

    def get_or_put(self, key: K, value: V) -> V:
        """The value of `key`, or `value` from now on: threads that meet a new key get the same one."""
        with self._lock:
            return self._put(key, self._values.get(key, value))

    def replace(self, key: K, seen: V | None, value: V) -> None:
        """Remember `value` in the place of the very value that was `seen`; leave what came in between."""
        with self._lock:
            if self._values.get(key) is seen:
                self._put(key, value)

    def drop(self, key: K) -> None:
        """Forget one value."""
        with self._lock:
            self._values.pop(key, None)

    def empty(self) -> None:
        """Forget every value."""
        with self._lock:
            self._values.clear()

    def __len__(self) -> int:
        return len(self._values)

    def _put(self, key: K, value: V) -> V:
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)
        return value


class _Read(NamedTuple, Generic[T]):
    at: Millis
    value: T


class Cache(Generic[K, V]):
    """The `most` values that were used last, each until it is `lifetime` old.

    The age counts from the `now` of the reading, so that a value is never older than that for anybody. A value that
    was read later than `now`, by a clock that was put back since, is read again. What is not there (None) is
    remembered for `missing` only, by default not at all.
    """

    def __init__(self, most: int, lifetime: Lifetime = as_configured, *, missing: Lifetime = not_at_all) -> None:
        self._lifetime = lifetime
        self._missing = missing
        self._reads: Bounded[K, _Read[V]] = Bounded(most)

    def get(self, key: K, now: Millis, load: Callable[[], V]) -> V:
        """The value of `key`, loaded unless one is remembered that is young enough.

        What `load` raises is passed on, and nothing is remembered. Two threads may load the same key at once; a value
        that was put while this one was being loaded stays.
        """
        seen = self._reads.get(key)
        if seen is not None and 0 <= now - seen.at < self._lifetime_of(seen.value):
            return seen.value
        value = load()
        if self._lifetime_of(value) > 0:
            self._reads.replace(key, seen, _Read(now, value))
        return value

    def put(self, key: K, now: Millis, value: V) -> V:
        """Remember a value that was just read or written."""
        if self._lifetime_of(value) > 0:
            self._reads.put(key, _Read(now, value))
        else:
            self._reads.drop(key)
        return value

    def drop(self, key: K) -> None:
        """Read `key` anew at its next use."""
        self._reads.drop(key)

    def __len__(self) -> int:
        return len(self._reads)

    def _lifetime_of(self, value: V) -> Millis:
        return self._missing() if value is None else self._lifetime()


def empty_all() -> None:
    """Forget everything in every cache of this process: for tests and for a clock that is put."""
    for one in list(_all):
        one.empty()


_all: Final[WeakSet[Bounded[Any, Any]]] = WeakSet()
