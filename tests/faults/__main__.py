"""`make faults`: break each call of each use case in turn, let its caller try again, check what must hold.

`python -m tests.faults [--seconds N] [--match TEXT] [--mode MODE] [--call N]`: at most so long, only scenarios whose
name contains TEXT, only faults of one mode, only at one call. Ends with status 1 when anything did not hold.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from tests.faults.catcher import Catcher, catching
from tests.faults.injector import AWS_MODES, WECHAT_MODES, Injector, Mode, installed
from tests.faults.pump import Pump
from tests.faults.scenario import Scenario
from tests.world import World, running_world

SETTINGS = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "SIYU_PUSH_MEDIA_RATE": "1000000"}
SECONDS = 420


class Violation(NamedTuple):
    """Where a fault led to something that must not be."""

    scenario: str
    place: str
    broken: str


class Stage(NamedTuple):
    """What every run needs."""

    world: World
    injector: Injector
    catcher: Catcher
    tell: TextIO


def main() -> int:
    """Run all; the exit status."""
    wanted = _arguments()
    with contextlib.ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="siyu-faults-")))
        catcher = stack.enter_context(catching())
        tell = sys.stdout
        # siyu logs what breaks: that it broke is the point here, so it is kept in a file.
        stack.enter_context(contextlib.redirect_stdout(stack.enter_context((state / "log").open("w"))))
        world = stack.enter_context(running_world(state, SIYU_PUBLIC_URL=catcher.url, **SETTINGS))
        world.sandbox.control("PUT", "settings", {"wecom_callback_url": f"{catcher.url}/callbacks/wecom"})
        injector = Injector(world.sandbox)
        stack.enter_context(installed(injector))
        violations = _run_all(Stage(world, injector, catcher, tell), wanted)
    for violation in violations:
        print(f"  ✗ {violation.scenario} | {violation.place} | {violation.broken}", file=tell)
    print(f"  {len(violations)} violations", file=tell)
    return 1 if violations else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="A fault at every call.")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="stop after so long")
    parser.add_argument("--match", default="", help="only scenarios whose name contains this")
    modes = sorted({*AWS_MODES, *WECHAT_MODES})
    parser.add_argument("--mode", choices=modes, default="", help="only faults of this mode")
    parser.add_argument("--call", type=int, default=0, help="only at this call")
    parser.add_argument("--skip", type=int, default=0, help="begin after so many faults: to go on where time ran out")
    return parser.parse_args()


def _run_all(stage: Stage, wanted: argparse.Namespace) -> list[Violation]:
    from tests.faults.broadcast import Push
    from tests.faults.claims import ScanAndClaim
    from tests.faults.people import Binding, ContactAdded, Login, Merge
    from tests.faults.pot_of_five import PotOfFive
    from tests.faults.red_packets import FailedPacket, RedPacket, UnheardPacket, WaitingPacket
    from tests.faults.sales import OrderAndRefunds, RefundFirst

    known: list[type[Scenario]] = [
        *(RedPacket, FailedPacket, WaitingPacket, UnheardPacket, PotOfFive),
        *(OrderAndRefunds, RefundFirst),
        *(ScanAndClaim, Login, Binding, ContactAdded, Merge, Push),
    ]
    kinds = [kind for kind in known if wanted.match in kind.name]
    found: list[Violation] = []
    started = time.monotonic()
    for place, kind in enumerate(kinds):
        # What is left of the time is shared by the scenarios that are left.
        left = started + wanted.seconds - time.monotonic()
        found += _break_everywhere(stage, kind, time.monotonic() + left / (len(kinds) - place), wanted)
    return found


def _break_everywhere(
    stage: Stage, kind: type[Scenario], deadline: float, wanted: argparse.Namespace
) -> list[Violation]:
    pump = Pump(stage.injector, kind.areas, kind.queues)
    started = time.monotonic()
    # The first run fills caches: the calls are counted in the third.
    found = [Violation(kind.name, "no fault", broken) for broken in _run(stage, kind, pump, 0, None)]
    late = _run(stage, kind, pump, 0, None, again=True)
    found += [Violation(kind.name, "everything delivered again at the end", broken) for broken in late]
    found += [Violation(kind.name, "no fault", broken) for broken in _run(stage, kind, pump, 0, None)]
    sites = list(stage.injector.sites)
    # What does not hold without a fault would be said again at every one.
    faults = [] if found else [fault for fault in _faults(sites) if _is_wanted(*fault, wanted)]
    done = 0
    for target, mode in faults[wanted.skip :]:
        if time.monotonic() > deadline:
            break
        place = f"call {target} {sites[target - 1]} {mode}"
        found += [Violation(kind.name, place, broken) for broken in _run(stage, kind, pump, target, mode)]
        done += 1
    seconds = time.monotonic() - started
    print(
        f"  {kind.name}: {len(sites)} calls, {done} of {len(faults)} faults, {len(found)} violations, {seconds:.0f} s",
        file=stage.tell,
        flush=True,
    )
    return found


def _faults(sites: list[str]) -> Iterator[tuple[int, Mode]]:
    """First every kind of call in every mode, then each further call of a kind, mode by mode.

    So a run that is cut short has seen all there is to see before it sees anything again.
    """
    first_of_kind = {site: target for target, site in reversed(list(enumerate(sites, 1)))}
    firsts = sorted(first_of_kind.values())
    others = sorted(set(range(1, len(sites) + 1)) - set(firsts))
    for targets in (firsts, others):
        for place in range(max(len(AWS_MODES), len(WECHAT_MODES))):
            for target in targets:
                site = sites[target - 1]
                modes = WECHAT_MODES if site.startswith("wechat") else AWS_MODES
                if _is_read(site) and modes[place] != "unsent":
                    # A read has no effect: whichever way it breaks, it was never made.
                    continue
                yield target, modes[place]


def _is_wanted(target: int, mode: Mode, wanted: argparse.Namespace) -> bool:
    return wanted.mode in ("", mode) and wanted.call in (0, target)


def _is_read(site: str) -> bool:
    return any(name in site for name in ("GetItem", "Query", "GetSecretValue"))


def _run(
    stage: Stage, kind: type[Scenario], pump: Pump, target: int, mode: Mode | None, *, again: bool = False
) -> list[str]:
    scenario = kind(stage.world, stage.injector, pump, stage.catcher)
    try:
        scenario.prepare()
        pump.forget()
        stage.injector.aim(target, mode)
        scenario.play()
        if again:
            pump.deliver_all_again()
        broken = scenario.check()
    except Exception as error:
        print(f"    {kind.name}, call {target} {mode}: {error}", file=stage.tell)
        if os.environ.get("FAULTS_DEBUG"):
            traceback.print_exc(file=stage.tell)
        return [f"{type(error).__name__}: {error}"[:500]]
    if mode and not stage.injector.broke:
        return ["the fault never happened: the calls differ from run to run"]
    return broken


if __name__ == "__main__":
    sys.exit(main())
