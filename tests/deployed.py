"""The deployed stack, once for the whole run: the real template on the run's own local AWS, with its own sandbox."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local import processes, secret_values, seed, stack
from infra.local.children import Children
from infra.local.sandbox.keys import SandboxKeys


@pytest.fixture(scope="session")
def deployed(
    engine: str,
    keys: SandboxKeys,
    secrets_of_run: secret_values.Secrets,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Any]]:
    """What `.local/stack.json` would say of this stack."""
    state = tmp_path_factory.mktemp("deployed")
    running = Children(aws_port=int(engine.rpartition(":")[2]), sandbox_port=processes.free_port())
    own_keys = state / "keys.json"
    own_keys.write_bytes((tmp_path_factory.getbasetemp() / "siyu" / "keys.json").read_bytes())
    command = ["-m", "infra.local.sandbox", "--port", str(running.sandbox_port), "--state", str(state)]
    log = state / "sandbox.log"
    running.sandbox_pid = processes.start([sys.executable, *command], log, {})
    try:
        processes.wait_until_up(f"{running.sandbox_url}/_control/health", running.sandbox_pid, log)
        described = stack.install(running, keys, secrets_of_run, print)
        seed.point_callbacks(described)
        yield {**described, **seed.seed(described)}
    finally:
        processes.stop(running.sandbox_pid)


@pytest.fixture(scope="session", autouse=True)
def _only_this_machine() -> None:
    """No test of a deployed stack may ever meet AWS itself."""
    assert os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1").startswith("http://127.0.0.1")
