"""One local AWS for the whole run; every test's rows have ids of their own."""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import processes

STACK = "siyu-test"
ADMIN_TOKEN = "admin-" + secrets.token_hex(8)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """ministack on a free port, and the environment pointed at it; the endpoint's URL."""
    state: Path = tmp_path_factory.mktemp("ministack")
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    pid = processes.start_ministack(port, state, state / "ministack.log")
    try:
        processes.wait_until_up(f"{url}/_ministack/health", pid, state / "ministack.log")
        os.environ.update(_environment(url))
        yield url
    finally:
        processes.stop(pid)


@pytest.fixture(scope="session")
def stack(engine: str) -> str:
    """Tables, queues and secrets as the deployed stack has them, without its functions; the stack's name."""
    from chalicelib.runtime.aws import client
    from infra.resources import all_models, table_properties

    for area, properties in table_properties(all_models()).items():
        stream = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
        client("dynamodb").create_table(TableName=f"{STACK}-{area}", **{**properties, **stream})
    for name, content in _secrets().items():
        import msgspec

        client("secretsmanager").create_secret(
            Name=f"{STACK}/{name}", SecretString=msgspec.json.encode(content).decode()
        )
    for queue in _queues():
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
def admin() -> dict[str, str]:
    """Headers of an operator."""
    return {"Authorization": f"Bearer {ADMIN_TOKEN}", "Content-Type": "application/json"}


def _environment(url: str) -> dict[str, str]:
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
    }


def _secrets() -> dict[str, dict[str, Any]]:
    def key() -> str:
        return b64encode(secrets.token_bytes(32)).decode()

    return {
        "app": {
            "token_key": key(),
            "phone_key": key(),
            "lookup_key": key(),
            "shop_key": key(),
            "admin_token": ADMIN_TOKEN,
        },
        "codes": {"current": 1, "keys": {"1": key()}, "prize_key": key()},
    }


def _queues() -> list[str]:
    from app import app
    from chalicelib.runtime.consumers import PARKING

    return [PARKING, *(source.name for source in app.event_sources if hasattr(source, "maximum_concurrency"))]
