"""One local AWS and one WeChat sandbox for the whole run; every test's rows have ids of their own.

`AWS_ENDPOINT_URL_DYNAMODB` asks another DynamoDB engine instead of ministack's.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import processes, secret_values
from infra.local.sandbox.keys import SandboxKeys, load_or_create

STACK = "siyu-test"
pytest_plugins = ["tests.deployed"]


class Sandbox:
    """The WeChat sandbox, to act as a customer and to inject faults (contract: `/_control/…`)."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call a control, e.g. `control("POST", "customers", {})`; its JSON answer."""
        request = urllib.request.Request(
            f"{self.url}/_control/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def customer(self, **fields: Any) -> dict[str, str]:
        """A new customer of the sandbox: openid, unionid, phone, external_userid."""
        return self.control("POST", "customers", fields)

    def js_code(self, openid: str) -> str:
        """A login code of this customer."""
        return self.control("POST", "js-codes", {"openid": openid})["js_code"]


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
    state = _state(tmp_path_factory)
    port = processes.free_port(int(os.environ["SIYU_TEST_SANDBOX_PORT"]))
    url = f"http://127.0.0.1:{port}"
    pid = processes.start(
        [sys.executable, "-m", "infra.local.sandbox", "--port", str(port), "--state", str(state)],
        state / "sandbox.log",
        {},
    )
    try:
        processes.wait_until_up(f"{url}/_control/health", pid, state / "sandbox.log")
        yield Sandbox(url)
    finally:
        processes.stop(pid)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """ministack on a free port, and the environment pointed at it; the endpoint's URL."""
    state = _state(tmp_path_factory)
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    pid = processes.start_ministack(port, state / "ministack", state / "ministack.log")
    try:
        processes.wait_until_up(f"{url}/_ministack/health", pid, state / "ministack.log")
        os.environ.update(_environment(url))
        yield url
    finally:
        processes.stop(pid)


@pytest.fixture(scope="session")
def stack(engine: str, secrets_of_run: secret_values.Secrets) -> str:
    """Tables, queues and secrets as the deployed stack has them, without its functions; the stack's name."""
    from chalicelib.runtime.aws import client
    from infra.resources import all_models, queue_names, table_properties

    for area, properties in table_properties(all_models()).items():
        stream = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
        client("dynamodb").create_table(TableName=f"{STACK}-{area}", **{**properties, **stream})
    for name, content in secrets_of_run.items():
        client("secretsmanager").create_secret(Name=f"{STACK}/{name}", SecretString=json.dumps(content))
    for queue in queue_names():
        client("sqs").create_queue(QueueName=f"{STACK}-{queue}")
    return STACK


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


def _environment(url: str) -> dict[str, str]:
    sandbox_port = processes.free_port()
    sandbox_url = f"http://127.0.0.1:{sandbox_port}"
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_METRICS_DISABLED": "true",
        "SIYU_STAGE": "local",
        "SIYU_STACK": STACK,
        "SIYU_QUEUE_URL_BASE": f"{url}/000000000000/{STACK}-",
        "SIYU_PUBLIC_URL": "http://127.0.0.1:9",
        "SIYU_SETTLING_SECONDS": "0",
        "SIYU_CACHE_SECONDS": "0",
        "SIYU_WEIXIN_URL": sandbox_url,
        "SIYU_WECOM_URL": sandbox_url,
        "SIYU_PAY_URL": sandbox_url,
        "SIYU_TEST_SANDBOX_PORT": str(sandbox_port),
    }
