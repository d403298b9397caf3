"""What a container keeps for `cache_seconds`: batch headers, chunks, products, channels."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.runtime.settings import settings

T = TypeVar("T")


class Kept(Generic[T]):
    """The most recently loaded values, each for `cache_seconds`. What was not found (None) is kept as well."""

    def __init__(self, size: int = 512) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, tuple[Millis, T]] = OrderedDict()

    def get(self, key: Hashable, now: Millis, load: Callable[[], T]) -> T:
        """The value of `key`, loaded when it is not kept or kept too long; errors of `load` are not kept."""
        found = self._values.get(key)
        if found is not None and found[0] > now:
            return found[1]
        return self.put(key, now, load())

    def put(self, key: Hashable, now: Millis, value: T) -> T:
        """Keep a value that was just read or written."""
        self._values[key] = (now + settings().cache_seconds * SECOND, value)
        while len(self._values) > self._size:
            self._values.popitem(last=False)
        return value
