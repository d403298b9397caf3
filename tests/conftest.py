"""One local AWS and one WeChat sandbox for the whole run; every test's rows have ids of their own.

`AWS_ENDPOINT_URL_DYNAMODB` asks another DynamoDB engine instead of ministack's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import processes, secret_values
from infra.local.sandbox.keys import SandboxKeys, load_or_create
from tests import support
from tests.support import Sandbox

pytest_plugins = ["tests.deployed", "tests.timing"]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SandboxKeys:
    """The identities and keys that siyu and the sandbox share in this run."""
    return load_or_create(_state(tmp_path_factory) / "keys.json")


@pytest.fixture(scope="session")
def secrets_of_run(keys: SandboxKeys, tmp_path_factory: pytest.TempPathFactory) -> secret_values.Secrets:
    """What Secrets Manager holds in this run."""
    return secret_values.load_or_create(_state(tmp_path_factory) / "secrets.json", keys)


@pytest.fixture(scope="session")
def sandbox(engine: str, keys: SandboxKeys, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The WeChat sandbox on a free port. Its address is what the gateways of this run call."""
    port = int(os.environ["SIYU_TEST_SANDBOX_PORT"])
    with support.running_sandbox(_state(tmp_path_factory), port) as running:
        yield running


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """ministack on a free port, and the environment pointed at it; the endpoint's URL."""
    with support.running_engine(_state(tmp_path_factory)) as url:
        os.environ.update(support.environment(url, processes.free_port()))
        yield url


@pytest.fixture(scope="session")
def stack(engine: str, secrets_of_run: secret_values.Secrets) -> str:
    """Tables, queues and secrets as the deployed stack has them, without its functions; the stack's name."""
    return support.create_stack(secrets_of_run)


@pytest.fixture
def http(stack: str) -> Iterator[Any]:
    """chalice.test's client: the API in process, as API Gateway calls it."""
    from chalice.test import Client

    from app import app

    with Client(app) as client:
        yield client.http


@pytest.fixture
def admin(secrets_of_run: secret_values.Secrets) -> dict[str, str]:
    """Headers of an operator."""
    return {
        "Authorization": f"Bearer {secrets_of_run['app']['admin_token']}",
        "Content-Type": "application/json",
    }


def _state(factory: pytest.TempPathFactory) -> Path:
    state = factory.getbasetemp() / "siyu"
    state.mkdir(exist_ok=True)
    return state
