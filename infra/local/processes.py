"""Child processes of the local stack: free ports, a start that waits until the child answers, an orderly end."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path


class StartFailed(RuntimeError):
    """A child did not come up; the message says why and what to do."""


def free_port(*preferred: int) -> int:
    """The first of `preferred` that can be bound on 127.0.0.1, else any free port."""
    for port in (*preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise StartFailed("No free port on 127.0.0.1. Close some programs and try again.")


def start(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> int:
    """Start a child in its own session, its output in `log`; the process id."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, **environment}, start_new_session=True
        )
    return child.pid


def wait_until_up(url: str, pid: int, log: Path, *, seconds: float = 30, status: int = 200) -> None:
    """Return when `url` answers `status`; `StartFailed` with the end of the log when the child dies or stays silent."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not is_running(pid):
            raise StartFailed(f"A child ended while starting. The end of {log.name}:\n{tail(log)}")
        if answers(url, status):
            return
        time.sleep(0.1)
    raise StartFailed(f"{url} did not answer in {seconds:.0f} s. The end of {log.name}:\n{tail(log)}")


def answers(url: str, status: int = 200) -> bool:
    """Whether a GET on one of our children answers `status`."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own child on 127.0.0.1
            return bool(answer.status == status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code == status
    except (urllib.error.URLError, ConnectionError, TimeoutError, http.client.HTTPException):
        return False


def is_running(pid: int) -> bool:
    """Whether the process lives, whoever's it is; one of our own that has ended is reaped."""
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG) != (0, 0):
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    # An ended process whose parent has gone stays listed where process 1 reaps nobody, as in many containers.
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False


def stop(pid: int, *, seconds: float = 15) -> None:
    """End a child and what it started, orderly first: it has state to write."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(empty)"
