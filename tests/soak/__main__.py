"""`make soak`: the large sizes. Ends with status 1 when anything does not hold.

`python -m tests.soak [--match TEXT]`: only parts whose name contains TEXT.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from infra.build import ROOT
from tests import bulk_import
from tests.sizes import LARGE
from tests.soak import crowd, simulation
from tests.world import World, running_world

Part = Callable[[World, TextIO], list[str]]
SETTINGS = {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}
SHARES = 1_000_000
CONTAINERS = 300
A_SECOND = 10_000


def main() -> int:
    """Run every part; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="The large sizes.")
    parser.add_argument("--match", default="", help="only parts whose name contains this")
    wanted = parser.parse_args().match
    broken: list[str] = []
    tell = sys.stdout
    with _world() as world:
        for name, part in PARTS.items():
            if wanted in name:
                began = time.monotonic()
                found = part(world, tell)
                print(f"  {'✗' if found else '✓'} {name}, {time.monotonic() - began:.0f} s", file=tell, flush=True)
                broken += [f"{name}: {one}" for one in found]
    for one in broken:
        print(f"  ✗ {one}", file=tell)
    return 1 if broken else 0


@contextlib.contextmanager
def _world() -> Iterator[World]:
    with contextlib.ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="siyu-soak-")))
        stack.enter_context(contextlib.redirect_stdout(stack.enter_context((state / "log").open("w"))))
        yield stack.enter_context(running_world(state, **SETTINGS))


def _crowd(times: int) -> Part:
    def run(world: World, tell: TextIO) -> list[str]:
        from tests.faults.injector import Injector
        from tests.faults.pump import Pump

        pump = Pump(Injector(world.sandbox), ("campaigns", "payouts"), crowd.QUEUES)
        fared = crowd.draw_and_be_paid(world, pump.drain, members=1_000, shares=500, threads=32, times=times)
        print(f"    {fared.packets} packets, {fared.paid_fen} fen paid, {fared.seconds:.0f} s", file=tell, flush=True)
        return fared.broken

    return run


def _pot(demand: float) -> Part:
    def run(world: World, tell: TextIO) -> list[str]:
        from chalicelib.campaigns.participants import names as participant_names

        campaign = simulation.campaign_with(SHARES)
        people = simulation.names_of(campaign.campaign_id, int(SHARES * demand), participant_names.name_in_pot)
        seen = simulation.Crowd(CONTAINERS, A_SECOND)
        told = seen.draw(campaign, people)
        print(f"    {told}\n    {seen.figures()}", file=tell, flush=True)
        again = simulation.offered_again(campaign, released_fen=SHARES // 50 * 100, shares=SHARES // 50)
        seen.rest(5)
        late = simulation.names_of(campaign.campaign_id, SHARES // 40, participant_names.name_in_pot, seed=11)
        refilled = seen.draw(again, late)
        print(f"    a second generation: {refilled}", file=tell, flush=True)
        return [
            *([] if told.drawn == SHARES else [f"{SHARES - told.drawn} shares are left"]),
            *([] if refilled.drawn == SHARES // 50 else [f"{SHARES // 50 - refilled.drawn} offered again are left"]),
            *([] if told.repeated_elsewhere == 0 else [f"{told.repeated_elsewhere} people drew twice"]),
            *([] if seen.figures().throttled == 0 else [f"{seen.figures().throttled} writes were throttled"]),
            *([] if seen.figures().largest_bytes <= simulation.KB else ["a bucket is larger than 1 KB"]),
        ]

    return run


def _import(rows: int) -> Part:
    def run(_: World, tell: TextIO) -> list[str]:
        found = bulk_import.import_rows(rows)
        print(f"    {found.rows_a_second:.0f} rows a second with one worker", file=tell, flush=True)
        return [] if found.as_expected else ["not every row is a member or refused"]

    return run


def _suite(_: World, tell: TextIO) -> list[str]:
    """The suite's own tests that have a large size, on a local AWS of their own."""
    command = [sys.executable, "-m", "pytest", "-m", "soak", "tests"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, LARGE: "1"}
    )
    if done.returncode:
        return [done.stdout[-4_000:]]
    print(f"    {done.stdout.splitlines()[-1]}", file=tell, flush=True)
    return []


PARTS: dict[str, Part] = {
    "1,000 members, 32 threads, a pot of 500 shares": _crowd(1),
    "the same, every request doubled": _crowd(2),
    "a pot of 1,000,000 shares, demand 1.0": _pot(1.0),
    "a pot of 1,000,000 shares, demand 1.3": _pot(1.3),
    "an import of 100,000 members": _import(100_000),
    "the suite's tests at their large sizes": _suite,
}

if __name__ == "__main__":
    sys.exit(main())
