"""What tests, measurements and fault runs stand on: a local AWS, the WeChat sandbox, tables, queues and secrets."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from infra.local import children, front_door, ministack, processes
from infra.local.secret_values import Secrets

STACK = "siyu-test"
ATTEMPTS = 3
PATIENCE_SECONDS = 60


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
        return dict(self.control("POST", "customers", fields))

    def js_code(self, openid: str) -> str:
        """A login code of this customer."""
        return str(self.control("POST", "js-codes", {"openid": openid})["js_code"])


@contextmanager
def running_engine(state: Path) -> Iterator[str]:
    """ministack on a free port, its log and state in `state`; the endpoint's URL."""
    log = state / "ministack.log"

    def start(port: int) -> int:
        return ministack.start(port, state / "ministack", state / "tmp", log)

    try:
        with _running(start, "_ministack/health", log) as url:
            yield url
    finally:
        ministack.clear(state / "tmp")


@contextmanager
def running_sandbox(state: Path) -> Iterator[Sandbox]:
    """The WeChat sandbox on a free port; its keys are those in `state`."""
    log = state / "sandbox.log"

    def start(port: int) -> int:
        command = [sys.executable, "-m", "infra.local.sandbox", "--port", str(port), "--state", str(state)]
        return processes.start(command, log, {})

    with _running(start, "_control/health", log) as url:
        yield Sandbox(url)


@contextmanager
def running_front_door(state: Path, address: Path, sandbox_url: str) -> Iterator[str]:
    """The front door on a free port, its log in `state`, for the API whose address is in the file `address`."""
    log = state / "front-door.log"

    def start(port: int) -> int:
        return children.start_front_door(port, address, sandbox_url, log)

    with _running(start, front_door.HEALTH.lstrip("/"), log) as url:
        yield url


@contextmanager
def _running(start: Callable[[int], int], health: str, log: Path) -> Iterator[str]:
    """A child on a free port, which somebody else may take before the child does: then on another one; its URL."""
    for attempt in range(ATTEMPTS):
        port = processes.free_port()
        pid, url = start(port), f"http://127.0.0.1:{port}"
        try:
            processes.wait_until_up(f"{url}/{health}", pid, log, seconds=PATIENCE_SECONDS)
            break
        except processes.StartFailed:
            processes.stop(pid)
            if attempt == ATTEMPTS - 1:
                raise
    try:
        yield url
    finally:
        processes.stop(pid)


def shared_engine(config: pytest.Config) -> str:
    """The local AWS that the controller has started; "" in a run of one process."""
    return str(getattr(config, "workerinput", {}).get("engine", ""))


def stack_name(config: pytest.Config) -> str:
    """The name of this process's tables, queues and secrets."""
    worker = getattr(config, "workerinput", {}).get("workerid", "")
    return f"{STACK}-{worker}" if worker else STACK


def environment(engine_url: str, sandbox_url: str, stack: str = STACK) -> dict[str, str]:
    """Settings that point siyu at the two. No caching and no settling delay: tests see what they wrote."""
    return {
        "AWS_ENDPOINT_URL": engine_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_METRICS_DISABLED": "true",
        "SIYU_STAGE": "local",
        "SIYU_STACK": stack,
        "SIYU_QUEUE_URL_BASE": f"{engine_url}/000000000000/{stack}-",
        "SIYU_PUBLIC_URL": "http://127.0.0.1:9",
        "SIYU_SETTLING_SECONDS": "0",
        "SIYU_CACHE_SECONDS": "0",
        # As on the local stage: everybody comes from this machine.
        "SIYU_TRUSTED_ADDRESSES": "127.0.0.1",
        "SIYU_WEIXIN_URL": sandbox_url,
        "SIYU_WECOM_URL": sandbox_url,
        "SIYU_PAY_URL": sandbox_url,
    }


def create_stack(secrets: Secrets, stack: str = STACK) -> str:
    """Tables, queues and secrets as the deployed stack has them, without its functions; the stack's name."""
    from chalicelib.runtime.aws import client
    from infra.resources import all_models, queue_names, table_properties

    for area, properties in table_properties(all_models()).items():
        _create_table(f"{stack}-{area}", properties)
    for name, content in secrets.items():
        client("secretsmanager").create_secret(Name=f"{stack}/{name}", SecretString=json.dumps(content))
    for queue in queue_names():
        client("sqs").create_queue(QueueName=f"{stack}-{queue}")
    return stack


def _create_table(name: str, properties: dict[str, Any]) -> None:
    """Create a table, unless an engine that outlives the run has it from an earlier one."""
    from chalicelib.runtime.aws import client

    stream = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
    with suppress(client("dynamodb").exceptions.ResourceInUseException):
        client("dynamodb").create_table(TableName=name, **{**properties, **stream})


def wait_longer_for_dynamodb() -> None:
    """Allow DynamoDB a minute per call: in DynamoDB Local who reads a table waits for all who write to it."""
    from chalicelib.runtime.aws import client

    def allow(params: dict[str, Any], **_: Any) -> None:
        params["context"]["read_timeout"] = 60

    client("dynamodb").meta.events.register("before-call.dynamodb", allow)


def drain(queue: str) -> list[dict[str, Any]]:
    """Take every event off a function's queue: what other tests left there is no one's business."""
    from chalicelib.runtime.aws import client
    from chalicelib.runtime.events.queues import queue_url

    events: list[dict[str, Any]] = []
    url = queue_url(queue)
    while messages := client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            events.append(json.loads(message["Body"]))
            client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return events
