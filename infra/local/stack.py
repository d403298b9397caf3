"""Brings the whole of siyu up on one machine: the very template that goes to AWS, deployed to a local one."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.build import build
from infra.deploy import deploy
from infra.local import children, front_door, secret_values
from infra.local.children import Children
from infra.local.paths import API_ADDRESS_FILE, KEYS_FILE, SECRETS_FILE, STACK_FILE
from infra.local.sandbox.keys import SandboxKeys, load_or_create

NAME = "siyu-local"
REGION = "us-east-1"
Report = Callable[[str], None]


def up(report: Report) -> dict[str, Any]:
    """Start, package, deploy; what `.local/stack.json` says. Does nothing twice."""
    running = children.start_all(report)
    os.environ.update(children.aws_environment(running))
    keys = load_or_create(KEYS_FILE)
    described = install(running, keys, secret_values.load_or_create(SECRETS_FILE, keys), report)
    children.start_companion(running)
    last = json.loads(STACK_FILE.read_text()) if STACK_FILE.exists() else {}
    described |= {name: last[name] for name in ("shop_id", "shop_secret") if name in last}
    _write(described)
    return described


def install(
    running: Children,
    keys: SandboxKeys,
    secrets: secret_values.Secrets,
    report: Report,
    address: Path = API_ADDRESS_FILE,
) -> dict[str, Any]:
    """Package and deploy to a running local AWS; what a caller must know of the stack.

    `address`: the file where the front door finds the API.
    """
    report("Packaging (about 20 s when something changed) …")
    package = build()
    session = _session()
    _put_secrets(session, secrets)
    api_id = _api_id(package)
    deploy(session, NAME, package, _parameters(running), tags={"ms-custom-id": api_id}, report=report)
    _put_gateway_responses(session, api_id, package)
    front_door.point(address, f"{running.aws_url}/restapis/{api_id}/api/_user_request_")
    return _describe(running, keys, secrets)


def down() -> bool:
    """End what `up` started; False when nothing ran. The data stays."""
    return children.stop_all()


def read() -> dict[str, Any] | None:
    """`.local/stack.json` of a running stack; None when none runs."""
    if not STACK_FILE.exists() or not children.known().are_running():
        return None
    found: dict[str, Any] = json.loads(STACK_FILE.read_text())
    return found


def add_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Add what seeding found out to `.local/stack.json`."""
    described = {**json.loads(STACK_FILE.read_text()), **facts}
    _write(described)
    return described


def _session() -> Any:
    import boto3

    return boto3.Session(region_name=REGION)


def _parameters(running: Children) -> dict[str, str]:
    return {
        "Stage": "local",
        "PublicUrl": running.door_url,
        "WeixinUrl": running.sandbox_url,
        "WecomUrl": running.sandbox_url,
        "PayUrl": running.sandbox_url,
        "QueueUrlBase": f"{running.aws_url}/000000000000/{NAME}-",
        "CacheSeconds": "1",
        "SettlingSeconds": "0",
        "TrustedAddresses": "127.0.0.1",
    }


def _api_id(package: Path) -> str:
    # The local engine replaces an API whose definition changed, and a pinned id cannot be replaced by itself:
    # so the id, and with it the address behind the front door, follows the definition.
    template = json.loads((package / "sam.json").read_text())
    definition = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    return "siyu" + hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()[:6]


def _put_secrets(session: Any, secrets: secret_values.Secrets) -> None:
    manager = session.client("secretsmanager")
    for name, content in secrets.items():
        try:
            manager.create_secret(Name=f"{NAME}/{name}", SecretString=json.dumps(content))
        except manager.exceptions.ResourceExistsException:
            manager.put_secret_value(SecretId=f"{NAME}/{name}", SecretString=json.dumps(content))


def _put_gateway_responses(session: Any, api_id: str, package: Path) -> None:
    """The local engine does not read gateway responses out of a definition, as AWS does: put them one by one."""
    gateway = session.client("apigateway")
    template = json.loads((package / "sam.json").read_text())
    definition = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    for kind, response in definition["x-amazon-apigateway-gateway-responses"].items():
        status = {"statusCode": response["statusCode"]} if "statusCode" in response else {}
        gateway.put_gateway_response(
            restApiId=api_id, responseType=kind, responseTemplates=response["responseTemplates"], **status
        )
    gateway.create_deployment(restApiId=api_id, stageName="api")


def _describe(running: Children, keys: SandboxKeys, secrets: secret_values.Secrets) -> dict[str, Any]:
    return {
        "api_url": running.door_url,
        "sandbox_url": running.sandbox_url,
        "aws_endpoint_url": running.aws_url,
        "region": REGION,
        "stack": NAME,
        "admin_token": secrets["app"]["admin_token"],
        "wecom": {
            "corp_id": keys.corp_id,
            "token": keys.callback_token,
            "encoding_aes_key": keys.encoding_aes_key,
        },
        "pay": {"notify_path": "/callbacks/wechat-pay"},
    }


def _write(described: dict[str, Any]) -> None:
    STACK_FILE.touch(mode=0o600, exist_ok=True)
    STACK_FILE.write_text(json.dumps(described, indent=1) + "\n")
