"""One local AWS for the whole run, one WeChat sandbox for each process; every test's rows have ids of their own.

`AWS_ENDPOINT_URL_DYNAMODB` asks another DynamoDB engine instead of ministack's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from infra.local import secret_values
from infra.local.sandbox.keys import SandboxKeys, load_or_create
from tests import support
from tests.support import Sandbox

pytest_plugins = ["tests.deployed", "tests.timing", "tests.workers", "tests.order"]


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    """No test sees what another one has left in a cache."""
    from chalicelib.runtime import cache

    cache.empty_all()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SandboxKeys:
    """The identities and keys that siyu and the sandbox share in this run."""
    return load_or_create(_state(tmp_path_factory) / "keys.json")


@pytest.fixture(scope="session")
def secrets_of_run(tmp_path_factory: pytest.TempPathFactory) -> secret_values.Secrets:
    """What Secrets Manager holds in this run; the keys are the engine's sandbox's, whatever a folder calls `keys`."""
    state = _state(tmp_path_factory)
    return secret_values.load_or_create(state / "secrets.json", load_or_create(state / "keys.json"))


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The local AWS with a WeChat sandbox beside it, and the environment pointed at both; the endpoint's URL."""
    state = _state(tmp_path_factory)
    with ExitStack() as running:
        url = support.shared_engine(request.config) or running.enter_context(support.running_engine(state))
        sandbox = running.enter_context(support.running_sandbox(state))
        os.environ.update(support.environment(url, sandbox.url, support.stack_name(request.config)))
        yield url


@pytest.fixture(scope="session")
def sandbox(engine: str) -> Sandbox:
    """The WeChat sandbox that the gateways of this process call."""
    return Sandbox(os.environ["SIYU_WEIXIN_URL"])


@pytest.fixture(scope="session")
def stack(engine: str, secrets_of_run: secret_values.Secrets, request: pytest.FixtureRequest) -> str:
    """Tables, queues and secrets as the deployed stack has them, without its functions; the stack's name."""
    if "AWS_ENDPOINT_URL_DYNAMODB" in os.environ:
        support.wait_longer_for_dynamodb()
    return support.create_stack(secrets_of_run, support.stack_name(request.config))


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
