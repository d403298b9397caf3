"""The local AWS: how it is started, and what it leaves behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path

from infra.local import processes


def start(port: int, state: Path, temporary: Path, log: Path) -> int:
    """The local AWS on 127.0.0.1:`port`, its state kept in `state` on an orderly end; the process id.

    Each function's worker unpacks the whole zip into a folder of its own in `temporary`: see `clear`.
    """
    state.mkdir(parents=True, exist_ok=True)
    temporary.mkdir(parents=True, exist_ok=True)
    return processes.start(
        [sys.executable, "-m", "ministack"],
        log,
        {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state / "s3"),
            "TMPDIR": str(temporary),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
        },
    )


def clear(temporary: Path) -> None:
    """End the workers that outlived their local AWS and delete what they unpacked.

    ministack 1.5.33 leaves the folders of most of its workers at an orderly end, 79 MB each, and the workers
    themselves when it is killed.
    """
    for pid in _workers(temporary):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    # Moved away first: deleting takes seconds, in which somebody may start the stack again.
    with contextlib.suppress(FileNotFoundError):
        temporary.rename(temporary.with_name(f"{temporary.name}.discarded-{os.getpid()}"))
    for discarded in temporary.parent.glob(f"{temporary.name}.discarded-*"):
        shutil.rmtree(discarded, ignore_errors=True)


def _workers(temporary: Path) -> list[int]:
    """Processes whose program is a worker's script in the folder; none where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            script = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")[1:2]
            if script and Path(script[0]).is_relative_to(temporary) and Path(script[0]).stem == "_worker":
                found.append(int(entry.name))
    return found
