"""What keeps guessers and viral codes from the table: forged codes by device, busy codes. One container's own."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from chalicelib.kernel.clock import MINUTE, Millis
from chalicelib.runtime.cache import Bounded
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.rate_limit import WindowCounter

FORGED_A_MINUTE: Final = 30
"""Codes that do not exist which one device may try within a minute; then it waits for the next."""
ONE_IN: Final = 10
"""Of the scans of a busy code so many are one that is written."""
_MOST_BUSY: Final = 2_048


class _Busy(msgspec.Struct):
    until: Millis
    row: Item


class Guard:
    """The memory of one container."""

    def __init__(self) -> None:
        self._forged: WindowCounter[str] = WindowCounter(MINUTE)
        self._scans: WindowCounter[str] = WindowCounter(MINUTE)
        self._busy: Bounded[str, _Busy] = Bounded(_MOST_BUSY)

    def is_guessing(self, device: str, now: Millis) -> bool:
        """Whether this device has tried too many codes that do not exist within the last minute."""
        return bool(device) and self._forged.count(device, now) >= FORGED_A_MINUTE

    def note_forged(self, device: str, now: Millis) -> None:
        """One more code that does not exist."""
        if device:
            self._forged.add(device, now)

    def sampled_out(self, code: str, visit: str, now: Millis) -> Item | None:
        """The row to answer a scan of a busy code from, without a write; None when the scan is to be written.

        The visit decides, so that a scan that is sent again meets the same decision.
        """
        busy = self._busy.get(code)
        if busy is None or busy.until <= now or hashlib.sha256(visit.encode()).digest()[0] % ONE_IN == 0:
            return None
        return busy.row

    def note_scan(self, code: str, row: Item, now: Millis, *, most_a_minute: int) -> None:
        """The row as a scan left it. Its count tells of the whole fleet's scans, not of this container's alone."""
        total = row.get("n", 0) + row.get("x", 0)
        if self._scans.rise(code, now, total) >= most_a_minute:
            self._scans.restart(code)
            self._scans.rise(code, now, total)
            self._busy.put(code, _Busy(now + MINUTE, row))
        elif busy := self._busy.get(code):
            busy.row = row


guard: Final = Guard()
