"""What tests, measurements and fault runs stand on: a local AWS, the WeChat sandbox, tables, queues and secrets."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.local import processes
from infra.local.secret_values import Secrets

STACK = "siyu-test"


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
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    pid = processes.start_ministack(port, state / "ministack", state / "ministack.log")
    try:
        processes.wait_until_up(f"{url}/_ministack/health", pid, state / "ministack.log")
        yield url
    finally:
        processes.stop(pid)


@contextmanager
def running_sandbox(state: Path, preferred_port: int) -> Iterator[Sandbox]:
    """The WeChat sandbox; its keys are those in `state`."""
    port = processes.free_port(preferred_port)
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


def environment(engine_url: str, sandbox_port: int) -> dict[str, str]:
    """Settings that point siyu at the two. No caching and no settling delay: tests see what they wrote."""
    sandbox_url = f"http://127.0.0.1:{sandbox_port}"
    return {
        "AWS_ENDPOINT_URL": engine_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_METRICS_DISABLED": "true",
        "SIYU_STAGE": "local",
        "SIYU_STACK": STACK,
        "SIYU_QUEUE_URL_BASE": f"{engine_url}/000000000000/{STACK}-",
        "SIYU_PUBLIC_URL": "http://127.0.0.1:9",
        "SIYU_SETTLING_SECONDS": "0",
        "SIYU_CACHE_SECONDS": "0",
        # As on the local stage: everybody comes from this machine.
        "SIYU_TRUSTED_ADDRESSES": "127.0.0.1",
        "SIYU_WEIXIN_URL": sandbox_url,
        "SIYU_WECOM_URL": sandbox_url,
        "SIYU_PAY_URL": sandbox_url,
        "SIYU_TEST_SANDBOX_PORT": str(sandbox_port),
    }


def create_stack(secrets: Secrets) -> str:
    """Tables, queues and secrets as the deployed stack has them, without its functions; the stack's name."""
    from chalicelib.runtime.aws import client
    from infra.resources import all_models, queue_names, table_properties

    for area, properties in table_properties(all_models()).items():
        stream = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
        client("dynamodb").create_table(TableName=f"{STACK}-{area}", **{**properties, **stream})
    for name, content in secrets.items():
        client("secretsmanager").create_secret(Name=f"{STACK}/{name}", SecretString=json.dumps(content))
    for queue in queue_names():
        client("sqs").create_queue(QueueName=f"{STACK}-{queue}")
    return STACK


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
