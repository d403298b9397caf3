"""The three children of the local stack: the local AWS, the WeChat sandbox, the companion that reads the logs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

import msgspec

from infra.local import ministack, processes
from infra.local.paths import CHILDREN_FILE, FUNCTIONS_LOG, LOCAL, TEMPORARY
from infra.local.restart import forget_stream_positions

Report = Callable[[str], None]


class Children(msgspec.Struct):
    """Ports and process ids; a process id of 0 is not running."""

    aws_port: int = 0
    sandbox_port: int = 0
    aws_pid: int = 0
    sandbox_pid: int = 0
    companion_pid: int = 0

    @property
    def aws_url(self) -> str:
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def are_running(self) -> bool:
        """Whether both servers answer."""
        return bool(self.aws_pid and self.sandbox_pid) and (
            processes.answers(f"{self.aws_url}/_ministack/health")
            and processes.answers(f"{self.sandbox_url}/_control/health")
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
    started = Children(processes.free_port(last.aws_port), processes.free_port(last.sandbox_port))
    report(f"Starting the local AWS on port {started.aws_port} and the WeChat sandbox on port {started.sandbox_port} …")
    aws_log, sandbox_log = LOCAL / "ministack.log", LOCAL / "sandbox.log"
    forget_stream_positions(LOCAL / "ministack")
    started.aws_pid = ministack.start(started.aws_port, LOCAL / "ministack", TEMPORARY, aws_log)
    _remember(started)
    sandbox = ["-m", "infra.local.sandbox", "--port", str(started.sandbox_port), "--state", str(LOCAL / "sandbox")]
    started.sandbox_pid = processes.start([sys.executable, *sandbox], sandbox_log, {})
    _remember(started)
    processes.wait_until_up(f"{started.aws_url}/_ministack/health", started.aws_pid, aws_log)
    processes.wait_until_up(f"{started.sandbox_url}/_control/health", started.sandbox_pid, sandbox_log)
    return started


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
    pids = [pid for pid in (children.companion_pid, children.sandbox_pid, children.aws_pid) if pid]
    running = [pid for pid in pids if processes.is_running(pid) and _is_ours(pid)]
    for pid in running:
        processes.stop(pid)
    ministack.clear(TEMPORARY)
    children.aws_pid = children.sandbox_pid = children.companion_pid = 0
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
