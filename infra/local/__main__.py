"""The local stack's commands, as the Makefile calls them: run, up, down, reset, journey, logs, dev."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from typing import Any

from infra.build import BuildFailed
from infra.deploy import DeployFailed
from infra.local import stack
from infra.local.paths import FUNCTIONS_LOG, LOCAL, ROOT
from infra.local.processes import StartFailed

Stack = dict[str, Any]


def main(command: str) -> int:
    """Run one command; its exit status. Failures are told in one message with what to do."""
    # A closed terminal or a `kill` ends the stack as orderly as Ctrl-C does.
    # SIGINT too: whoever was started in a script's background has it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: _interrupt())
    try:
        return {
            "run": run,
            "up": up,
            "down": down,
            "reset": reset,
            "journey": journey,
            "logs": logs,
            "dev": dev,
        }[command]()
    except (StartFailed, BuildFailed, DeployFailed) as error:
        print(f"✗ {error}\nThe logs are in {LOCAL.relative_to(ROOT)}/. `make doctor` checks what the stack needs.")
        return 1


def up() -> int:
    """Bring the stack up in the background."""
    described = _bring_up()
    print(f"siyu is up: {described['api_url']}\nNext: `make journey`, `make logs`, `make down`.")
    return 0


def run() -> int:
    """Bring the stack up, play the journey, serve and follow the log until Ctrl-C."""
    try:
        described = _bring_up()
        status = _play(described)
        _print_urls(described)
        if sys.stdin is None or os.environ.get("SIYU_RUN_ONCE"):
            return status
        _follow(time.time())
    except KeyboardInterrupt:
        print("\nEnding …")
    finally:
        # A second Ctrl-C, or make's own, must not leave the ending half done.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stack.down()
        print("siyu is down; the data stays in .local/. `make run` brings it back.")
    return 0


def down() -> int:
    """End what `up` started."""
    print("siyu is down; the data stays in .local/." if stack.down() else "siyu was not running.")
    return 0


def reset() -> int:
    """Forget all data; a running stack is brought up again, empty."""
    was_running = stack.down()
    for part in ("ministack", "sandbox", "stack.json", "api-address"):
        path = LOCAL / part
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    print("The data of the local stack is gone.")
    return up() if was_running else 0


def journey() -> int:
    """Play the journey against the running stack."""
    described = stack.read()
    if described is None:
        print("siyu is not running. `make up` starts it.")
        return 1
    return _play(described)


def logs() -> int:
    """Follow what the functions log."""
    try:
        _follow(0)
    except KeyboardInterrupt:
        print()
    return 0


def dev() -> int:
    """HTTP with autoreload, on the data of the running stack."""
    from infra.local.dev_server import serve

    return serve(stack.read() or _bring_up())


def _bring_up() -> Stack:
    from infra.local import seed

    began = time.monotonic()
    described = stack.up(print)
    seed.point_callbacks(described)
    described = stack.add_facts(seed.seed(described))
    print(f"Up in {time.monotonic() - began:.0f} s.")
    return described


def _play(described: Stack) -> int:
    from infra.local.journey import Journey, StepFailed

    print("One customer's journey:")
    began = time.monotonic()
    try:
        Journey(described, lambda line: print(line, flush=True)).play()
    except StepFailed as error:
        print(f"  ✗ {error}")
        return 1
    print(f"Every step passed in {time.monotonic() - began:.0f} s.")
    return 0


def _print_urls(described: Stack) -> None:
    print(
        f"\nsiyu is at {described['api_url']}\n"
        f"  API to try out  {described['api_url']}/docs\n"
        f"  OpenAPI 3.1     {described['api_url']}/openapi.json\n"
        f"  WeChat sandbox  {described['sandbox_url']}/_control/transfers\n"
        f"The admin token and all addresses stand in .local/stack.json.\nCtrl-C ends everything; the data stays.\n",
        flush=True,
    )


def _follow(since: float) -> None:
    FUNCTIONS_LOG.parent.mkdir(exist_ok=True)
    FUNCTIONS_LOG.touch()
    with FUNCTIONS_LOG.open() as log:
        if since:
            log.seek(0, os.SEEK_END)
        while True:
            line = log.readline()
            if line:
                print(line, end="", flush=True)
            else:
                time.sleep(0.3)


def _interrupt() -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1]))
