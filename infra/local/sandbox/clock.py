"""The one clock of the sandbox: whoever needs the time asks it, so that all of it can live later."""

import time
from collections.abc import Callable

from .store import Store

MachineClock = Callable[[], float]

machine_clock: MachineClock = time.time

_OFFSET = "clock_offset_seconds"


class Clock:
    """Unix seconds: the machine's, later by an offset that is kept with the settings and outlives a restart."""

    def __init__(self, store: Store, machine: MachineClock = machine_clock) -> None:
        self._store = store
        self._machine = machine

    def __call__(self) -> float:
        """Now."""
        return self._machine() + self.offset_seconds

    @property
    def offset_seconds(self) -> int:
        """How much later than the machine."""
        return int(self._store.setting(_OFFSET) or 0)

    def set_offset(self, seconds: int) -> None:
        """Live that much later from now on; 0 is the machine's time."""
        self._store.set_setting(_OFFSET, str(seconds))
