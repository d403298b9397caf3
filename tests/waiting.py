"""Waiting for what other processes do: as long as it takes, never a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.1


def waited(ask: Callable[[], T], enough: Callable[[T], bool]) -> T:
    """The first answer that is enough; the last one when none was in two minutes, for the caller's assertion."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not enough(answer := ask()) and time.monotonic() < until:
        time.sleep(PAUSE_SECONDS)
    return answer
