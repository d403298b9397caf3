"""The cost of computing, told in something that is as slow as the machine is."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from typing import Any

TRIES = 3


def in_hmacs(run: Callable[[], Any], times: int) -> float:
    """What one of the `times` things that `run` makes costs, in HMACs of eight bytes: the least of a few tries."""
    return min(_seconds(run) for _ in range(TRIES)) / min(_seconds(lambda: _hmacs(times)) for _ in range(TRIES))


def _hmacs(times: int) -> None:
    for number in range(times):
        hmac.digest(b"k" * 32, number.to_bytes(8, "big"), "sha256")


def _seconds(run: Callable[[], Any]) -> float:
    started = time.thread_time()
    run()
    return time.thread_time() - started
