"""Measure one operation: request units and calls of each run, and its CPU beside the bare route's, interleaved."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import lru_cache
from statistics import median
from typing import Any, NamedTuple

from tests.bench.bare import Call, bare_app, recording, replay
from tests.bench.metering import Spent, metered

WARM_UPS = 3
PAIRS = 50

Run = Callable[[], Any]


class Operation(NamedTuple):
    """An operation of siyu.

    `fresh` makes an input that was never used and answers what is to be measured with it. `is_route`: it goes
    through HTTP, and so do the bare calls. `pairs`: how often the two are measured.
    """

    key: str
    fresh: Callable[[], Run]
    is_route: bool = True
    pairs: int = PAIRS


class Figures(NamedTuple):
    """Medians over the warm runs; CPU in milliseconds of this process. `item_wru`: the dearest single write."""

    wru: float
    rru: float
    aws_calls: float
    cpu_ms: float
    cpu_ratio_to_bare: float
    wru_worst: float
    rru_worst: float
    item_wru: float


def measure(operation: Operation) -> Figures:
    """Warm up, then run and measure; raises what the operation raises."""
    for _ in range(WARM_UPS):
        operation.fresh()()
    from chalicelib.runtime.aws import client

    dynamodb = client("dynamodb")
    spent: list[Spent] = []
    real: list[float] = []
    bare: list[float] = []
    tape: list[Call] = []
    with ExitStack() as stack:
        run_bare = _bare_run(stack, dynamodb, tape, operation.is_route)
        for pair in range(operation.pairs):
            recorded = operation.fresh()
            with metered() as used, recording(dynamodb, other_client()) as told:
                recorded()
            spent.append(used)
            told.undo()
            tape[:] = told.calls
            run = operation.fresh()
            # Which of the two goes first alternates: what is warm in the caches favours neither.
            for measured, times in ((run, real), (run_bare, bare))[:: 1 if pair % 2 else -1]:
                times.append(cpu_ms(measured))
    return _figures(spent, real, median(mine / least for mine, least in zip(real, bare, strict=True)))


def _bare_run(stack: ExitStack, dynamodb: Any, tape: list[Call], is_route: bool) -> Run:
    if not is_route:
        return lambda: replay(dynamodb, tape)
    from chalice.test import Client

    http = stack.enter_context(Client(bare_app(dynamodb, tape))).http

    def ask() -> None:
        assert http.get("/bare").status_code == 200

    return ask


@lru_cache(maxsize=1)
def other_client() -> Any:
    """A client beside the container's own: what it is asked is neither counted nor recorded."""
    import boto3

    return boto3.client("dynamodb")


def cpu_ms(run: Run) -> float:
    """CPU time of this process while it runs, the local AWS and the sandbox not included."""
    start = time.process_time_ns()
    run()
    return (time.process_time_ns() - start) / 1e6


def _figures(spent: list[Spent], cpu: list[float], ratio: float) -> Figures:
    return Figures(
        wru=median(one.wru for one in spent),
        rru=median(one.rru for one in spent),
        aws_calls=median(one.calls for one in spent),
        cpu_ms=round(median(cpu), 2),
        cpu_ratio_to_bare=round(ratio, 2),
        wru_worst=max(one.wru for one in spent),
        rru_worst=max(one.rru for one in spent),
        item_wru=max(one.largest for one in spent),
    )
