"""`make doctor`: checks what siyu needs, one line each, and says how to mend what is missing.

Without a stage it looks at this machine and the local stack; with one, at the stack on AWS, read only.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import requests

from infra.build import ROOT
from infra.local import children, dev_server, stack

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
EXPECTED_SECRETS = {
    "app": ("token_key", "phone_key", "lookup_key", "shop_key"),
    "codes": ("current", "keys", "prize_key"),
    "mini-program": ("appid", "secret"),
    "wecom": ("corp_id", "agent_id", "secret", "callback_token", "encoding_aes_key"),
    "pay": ("mch_id", "appid", "merchant_serial", "private_key", "apiv3_key", "platform_serial", "platform_keys"),
}


class Finding(NamedTuple):
    """One checked thing; `remedy` is empty when it is well."""

    what: str
    remedy: str = ""


def main(stage: str) -> int:
    """Print every finding; 1 when something is to be mended."""
    findings = list(_local() if stage == "local" else _on_aws(stage))
    for finding in findings:
        print(
            f"  {'✗' if finding.remedy else '✓'} {finding.what}"
            + (f"\n      {finding.remedy}" if finding.remedy else "")
        )
    ill = sum(bool(finding.remedy) for finding in findings)
    print(f"{ill} to mend." if ill else "All is well.")
    return 1 if ill else 0


def _local() -> Iterator[Finding]:
    yield from _machine()
    described = stack.read()
    if described is None:
        yield Finding("The local stack does not run", "`make up` starts it; then ask the doctor again.")
        return
    yield Finding(f"The local stack runs: {described['api_url']}")
    os.environ.update(children.aws_environment(children.known()))
    os.environ.update(dev_server.environment(described, described["api_url"]))
    yield from _api(described["api_url"])
    yield from _secrets(_session(None), stack.NAME)
    yield from _wechat()


def _on_aws(stage: str) -> Iterator[Finding]:
    path = ROOT / "infra" / "stages" / f"{stage}.json"
    if not path.exists():
        yield Finding(f"{path.relative_to(ROOT)} is missing", "Copy infra/stages/example.json and fill it in.")
        return
    chosen = json.loads(path.read_text())
    public = chosen["parameters"].get("PublicUrl", "")
    if not public.startswith("https://"):
        yield Finding("PublicUrl is no https:// address", f"Set parameters.PublicUrl in {path.relative_to(ROOT)}.")
    yield from _secrets(_session(chosen.get("region")), chosen["stack"])
    yield from _api(public)


def _machine() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    suitable = OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON
    yield Finding(
        f"Python {version}", "" if suitable else "siyu runs on Python 3.11, 3.12 and 3.13: install one of them."
    )
    for tool in ("make", "git"):
        yield Finding(tool, "" if shutil.which(tool) else f"Install {tool} (Debian: apt-get install {tool}).")
    browser = any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    yield Finding("A browser for the browser tests", "" if browser else "Install it: apt-get install chromium")


def _api(url: str) -> Iterator[Finding]:
    answer = _status(lambda: requests.get(f"{url}/healthz", timeout=30))
    yield Finding(
        "GET /healthz answers", "" if answer == 200 else f"It answered {answer}. Look at the logs of api_handler."
    )
    # Without a signature it must refuse, which shows that the route is there.
    answer = _status(lambda: requests.get(f"{url}/callbacks/wecom", timeout=30))
    yield Finding(
        f"WeCom's callback address answers: {url}/callbacks/wecom",
        ""
        if answer in (400, 401, 403, 422)
        else f"It answered {answer}; deploy again, then enter it in WeCom's console.",
    )
    answer = _status(lambda: requests.post(f"{url}/callbacks/wechat-pay", data=b"{}", timeout=30))
    yield Finding(
        f"WeChat Pay's notification address refuses forgeries: {url}/callbacks/wechat-pay",
        ""
        if isinstance(answer, int) and 400 <= answer < 500
        else f"It answered {answer}. Look at the logs of api_handler.",
    )


def _secrets(session: Any, name: str) -> Iterator[Finding]:
    manager = session.client("secretsmanager")
    for secret, fields in EXPECTED_SECRETS.items():
        try:
            found = json.loads(manager.get_secret_value(SecretId=f"{name}/{secret}")["SecretString"])
        except manager.exceptions.ResourceNotFoundException:
            yield Finding(f"Secret {name}/{secret} is missing", f"Create it with the JSON fields {', '.join(fields)}.")
            continue
        absent = [field for field in fields if field not in found]
        yield Finding(f"Secret {name}/{secret}", f"Add the fields {', '.join(absent)}." if absent else "")


def _wechat() -> Iterator[Finding]:
    from chalicelib.wechat import connect
    from chalicelib.wechat.errors import WeChatError

    checks: tuple[tuple[str, Callable[[], object]], ...] = (
        ("The mini program's host gives a token", lambda: connect.mini_program().url_link("", "", 1)),
        ("WeCom's host gives a token and a ticket", lambda: connect.wecom().jsapi_ticket("corp")),
        ("WeChat Pay answers a signed query", lambda: connect.pay().query_transfer("D" * 32)),
    )
    for what, check in checks:
        try:
            check()
        except WeChatError as error:
            yield Finding(what, f"{error} Check the ids and secrets, and that this address is trusted by the platform.")
        else:
            yield Finding(what)


def _status(ask: Callable[[], requests.Response]) -> int | str:
    try:
        return ask().status_code
    except requests.RequestException as error:
        return type(error).__name__


def _session(region: str | None) -> Any:
    import boto3

    return boto3.Session(region_name=region or "us-east-1")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "local"))
