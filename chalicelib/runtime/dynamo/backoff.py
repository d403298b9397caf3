"""Waiting before a call is made again: exponential, with jitter, and only so often."""

from __future__ import annotations

import random
import time
from typing import Final

ATTEMPTS: Final = 6
"""Tries of a write that met another transaction on its item: within about half a second."""

BATCH_ATTEMPTS: Final = 8
"""Tries of one batch of which the engine leaves a part undone: within some two seconds."""


class BatchUnfinished(Exception):
    """The engine left a part of a batch undone at every try. Nothing of it is lost: ask for the whole again."""

    def __init__(self, table: str, left: int) -> None:
        super().__init__(f"{left} keys of a batch on {table} were left undone {BATCH_ATTEMPTS} times")
        self.table = table
        self.left = left


def wait(attempt: int) -> None:
    """Sleep after the try number `attempt`, which counts from 1: 10 to 20 ms, then about twice as long each time."""
    time.sleep(0.01 * 2**attempt * random.uniform(0.5, 1))  # noqa: S311 - spreads the tries, guards nothing
