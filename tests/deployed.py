"""The deployed stack, once for the whole run: the real template on the run's own local AWS, with its own sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local import secret_values, seed, stack
from infra.local.children import Children
from infra.local.sandbox.keys import SandboxKeys
from tests import support


@pytest.fixture(scope="session")
def deployed(
    engine: str,
    keys: SandboxKeys,
    secrets_of_run: secret_values.Secrets,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Any]]:
    """What `.local/stack.json` would say of this stack."""
    state = tmp_path_factory.mktemp("deployed")
    (state / "keys.json").write_bytes((tmp_path_factory.getbasetemp() / "siyu" / "keys.json").read_bytes())
    address = state / "api-address"
    with (
        support.running_sandbox(state) as sandbox,
        support.running_front_door(state, address, sandbox.url) as door,
    ):
        running = Children(_port_of(engine), _port_of(sandbox.url), _port_of(door))
        described = stack.install(running, keys, secrets_of_run, print, address)
        seed.point_callbacks(described)
        yield {**described, **seed.seed(described)}


def _port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.fixture(scope="session", autouse=True)
def _only_this_machine() -> None:
    """No test of a deployed stack may ever meet AWS itself."""
    assert os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1").startswith("http://127.0.0.1")
