"""The children of the local stack: the local AWS, the WeChat sandbox, the front door, the reader of the logs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from infra.local import front_door, ministack, processes
from infra.local.paths import API_ADDRESS_FILE, CHILDREN_FILE, FUNCTIONS_LOG, LOCAL, TEMPORARY
from infra.local.restart import forget_stream_positions

DOOR_PORTS = range(8000, 8100)
Report = Callable[[str], None]


class Children(msgspec.Struct):
    """Ports and process ids; a process id of 0 is not running."""

    aws_port: int = 0
    sandbox_port: int = 0
    door_port: int = 0
    aws_pid: int = 0
    sandbox_pid: int = 0
    door_pid: int = 0
    companion_pid: int = 0

    @property
    def aws_url(self) -> str:
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def door_url(self) -> str:
        """Where people, WeChat and shops reach siyu."""
        return f"http://127.0.0.1:{self.door_port}"

    def are_running(self) -> bool:
        """Whether the three servers answer."""
        return bool(self.aws_pid and self.sandbox_pid and self.door_pid) and all(
            processes.answers(url) for url in self.health_urls()
        )

    def health_urls(self) -> tuple[str, str, str]:
        """What answers 200 once the local AWS, the sandbox and the front door are up."""
        return (
            f"{self.aws_url}/_ministack/health",
            f"{self.sandbox_url}/_control/health",
            f"{self.door_url}{front_door.HEALTH}",
        )


def known() -> Children:
    """What the last `up` started."""
    if not CHILDREN_FILE.exists():
        return Children()
    return msgspec.json.decode(CHILDREN_FILE.read_bytes(), type=Children)


def start_all(report: Report) -> Children:
    """Start what is not running, on the ports of the last time when they are free."""
    last = known()
    if last.are_running():
        return last
    stop_all()
    LOCAL.mkdir(exist_ok=True)
    started = Children(
        processes.free_port(last.aws_port),
        processes.free_port(last.sandbox_port),
        processes.free_port(last.door_port or DOOR_PORTS[0], *DOOR_PORTS),
    )
    report(f"Starting siyu at {started.door_url}, the local AWS and the WeChat sandbox behind it …")
    logs = tuple(LOCAL / f"{name}.log" for name in ("ministack", "sandbox", "front-door"))
    forget_stream_positions(LOCAL / "ministack")
    started.aws_pid = ministack.start(started.aws_port, LOCAL / "ministack", TEMPORARY, logs[0])
    _remember(started)
    sandbox = ("infra.local.sandbox", "--port", str(started.sandbox_port), "--state", str(LOCAL / "sandbox"))
    started.sandbox_pid = processes.start([sys.executable, "-m", *sandbox], logs[1], {})
    _remember(started)
    started.door_pid = start_front_door(started.door_port, API_ADDRESS_FILE, started.sandbox_url, logs[2])
    _remember(started)
    pids = (started.aws_pid, started.sandbox_pid, started.door_pid)
    for url, pid, log in zip(started.health_urls(), pids, logs, strict=True):
        processes.wait_until_up(url, pid, log)
    return started


def start_front_door(port: int, address: Path, sandbox_url: str, log: Path) -> int:
    """Start the front door, which finds the API's address in the file `address`; the process id."""
    command = [sys.executable, "-m", "infra.local.front_door", str(port), str(address), sandbox_url]
    return processes.start(command, log, {})


def start_companion(children: Children) -> None:
    """Start the reader of the functions' logs unless it runs."""
    if children.companion_pid and processes.is_running(children.companion_pid):
        return
    command = [sys.executable, "-m", "infra.local.companion"]
    children.companion_pid = processes.start(command, LOCAL / "companion.log", aws_environment(children))
    _remember(children)


def stop_all() -> bool:
    """End what was started, the local AWS last because it writes its state; False when nothing ran."""
    children = known()
    started = (children.companion_pid, children.door_pid, children.sandbox_pid, children.aws_pid)
    pids = [pid for pid in started if pid]
    running = [pid for pid in pids if processes.is_running(pid) and _is_ours(pid)]
    for pid in running:
        processes.stop(pid)
    ministack.clear(TEMPORARY)
    children.aws_pid = children.sandbox_pid = children.door_pid = children.companion_pid = 0
    if CHILDREN_FILE.exists():
        _remember(children)
    return bool(running)


def aws_environment(children: Children) -> dict[str, str]:
    """What points boto3 at the local AWS."""
    return {
        "AWS_ENDPOINT_URL": children.aws_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "SIYU_FUNCTIONS_LOG": str(FUNCTIONS_LOG),
    }


def _is_ours(pid: int) -> bool:
    """Whether the process is still the one we started: ids are used again after a reboot."""
    try:
        command = open(f"/proc/{pid}/cmdline", "rb").read()  # noqa: SIM115
    except FileNotFoundError:
        return os.name == "posix" and sys.platform != "linux"
    return b"ministack" in command or b"infra.local" in command


def _remember(children: Children) -> None:
    CHILDREN_FILE.write_text(json.dumps(msgspec.to_builtins(children), indent=1))
