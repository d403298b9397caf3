"""All workers together stay below what WeChat Pay allows."""

from __future__ import annotations

from chalicelib.payouts import rules
from chalicelib.runtime.rate_limit import Pacer


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def starts_of_a_worker(seconds: float, busy: float) -> list[float]:
    """When a worker starts its requests, each of which takes `busy` seconds."""
    clock = Clock()
    pacer = Pacer(rules.RATE / rules.WORKERS, clock, clock.sleep)
    starts: list[float] = []
    while clock.at < seconds:
        pacer.wait()
        starts.append(clock.at)
        clock.at += busy
    return starts


def test_eight_workers_start_less_than_a_hundred_requests_in_any_second() -> None:
    for busy in (0.0, 0.02, 0.3):
        starts = sorted(start for _ in range(rules.WORKERS) for start in starts_of_a_worker(5, busy))

        assert max(sum(at <= start < at + 1 for start in starts) for at in starts) < 100
