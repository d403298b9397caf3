"""What a container remembers to keep guessers and viral codes from the table: forged codes by device, busy codes.

It is a container's own memory: a fleet lets through a multiple of it. What holds for an address stands at the
gateway (infra/template.yaml).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Final

import msgspec

from chalicelib.kernel.clock import MINUTE, Millis
from chalicelib.runtime.dynamo import Item

FORGED_A_MINUTE: Final = 30
"""Codes that do not exist which one device may try within a minute; then it waits for the next."""
ONE_IN: Final = 10
"""Of the scans of a busy code so many are one that is written."""
_REMEMBERED: Final = 2048


class _Window(msgspec.Struct):
    started: Millis
    count: int = 0


class _Busy(msgspec.Struct):
    started: Millis
    count: int
    row: Item
    until: Millis = 0


class Guard:
    """The memory of one container."""

    def __init__(self) -> None:
        self._forged: OrderedDict[str, _Window] = OrderedDict()
        self._codes: OrderedDict[str, _Busy] = OrderedDict()

    def is_guessing(self, device: str, now: Millis) -> bool:
        """Whether this device has tried too many codes that do not exist within the last minute."""
        seen = self._forged.get(device)
        return bool(device) and seen is not None and now - seen.started < MINUTE and seen.count >= FORGED_A_MINUTE

    def note_forged(self, device: str, now: Millis) -> None:
        """One more code that does not exist."""
        if not device:
            return
        seen = self._forged.get(device)
        if seen is None or now - seen.started >= MINUTE:
            seen = self._forged[device] = _Window(now)
            _forget_oldest(self._forged)
        seen.count += 1

    def sampled_out(self, code: str, visit: str, now: Millis) -> Item | None:
        """The row to answer a scan of a busy code from, without a write; None when the scan is to be written.

        The visit decides, so that a scan that is sent again meets the same decision.
        """
        busy = self._codes.get(code)
        if busy is None or busy.until <= now or hashlib.sha256(visit.encode()).digest()[0] % ONE_IN == 0:
            return None
        return busy.row

    def note_scan(self, code: str, row: Item, now: Millis, *, most_a_minute: int) -> None:
        """The row as a scan left it. Its count tells of the whole fleet's scans, not of this container's alone."""
        total = row.get("n", 0) + row.get("x", 0)
        seen = self._codes.get(code)
        if seen is None or now - seen.started >= MINUTE:
            until = seen.until if seen else 0
            seen = self._codes[code] = _Busy(now, total, row, until)
            _forget_oldest(self._codes)
        seen.row = row
        if total - seen.count >= most_a_minute:
            seen.started, seen.count, seen.until = now, total, now + MINUTE


def _forget_oldest(remembered: OrderedDict[str, _Window] | OrderedDict[str, _Busy]) -> None:
    while len(remembered) > _REMEMBERED:
        remembered.popitem(last=False)


guard: Final = Guard()
