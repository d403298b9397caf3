"""What a scenario is: a use case at its edge, and what must hold afterwards whatever broke on the way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from typing import Any, ClassVar

from tests.faults.catcher import Catcher
from tests.faults.injector import Died, Injector
from tests.faults.pump import Pump, Stuck
from tests.world import Run, World

MOST_TRIES = 5
COUNTED = (
    *("scans", "first_scans", "members", "conversions", "bindings", "participants"),
    *("drawn_fen", "paid_fen", "orders", "order_fen", "refunds_fen"),
)
"""The brand's numbers that the use cases here add to."""


class Scenario(ABC):
    """One run of a use case with people and things of its own."""

    name: ClassVar[str]
    areas: ClassVar[tuple[str, ...]]
    queues: ClassVar[tuple[str, ...]]

    def __init__(self, world: World, injector: Injector, pump: Pump, catcher: Catcher) -> None:
        self.world = world
        self.injector = injector
        self.pump = pump
        self.catcher = catcher

    @abstractmethod
    def prepare(self) -> None:
        """Make what the use case needs; nothing breaks here."""

    @abstractmethod
    def play(self) -> None:
        """The use case, by `attempt` and `settle`."""

    @abstractmethod
    def check(self) -> list[str]:
        """What does not hold that must, each in one sentence."""

    def attempt(self, ask: Run) -> Any:
        """Ask as a caller who asks again after an error or no answer."""
        for _ in range(MOST_TRIES):
            try:
                with self.injector.armed():
                    answer = ask()
            except (Exception, Died):
                continue
            return answer
        raise Stuck("a request fails for ever")

    def settle(self) -> None:
        """Let the functions work until nothing is left to do."""
        self.pump.drain()

    def hand_over_callbacks(self) -> None:
        """Bring siyu the callbacks that WeChat raised, each until it is taken and then once more."""
        for caught in self.catcher.take():
            for _ in range(2):
                self.attempt(caught.hand_to(self.world))
        self.settle()


def unequal(what: str, found: Any, wanted: Any) -> list[str]:
    """A sentence when the two differ."""
    return [] if found == wanted else [f"{what}: {found!r}, not {wanted!r}"]


def numbers(world: World) -> Counter[str]:
    """The brand's numbers of today."""
    from chalicelib.kernel import clock

    now = clock.to_rfc3339(clock.now())
    told = world.ask("GET", f"/admin/insights?from={now}&to={now}")
    return Counter({name: value for name, value in told.items() if isinstance(value, int)})


def miscounted(world: World, before: Counter[str], wanted: dict[str, int]) -> list[str]:
    """I8: what was added to the brand's numbers, where it is not what was wanted; 0 for what is not named."""
    after = numbers(world)
    gained = {name: after[name] - before[name] for name in COUNTED if after[name] != before[name]}
    return unequal("I8, the brand's numbers", gained, wanted)
