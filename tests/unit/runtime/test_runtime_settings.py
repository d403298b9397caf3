"""Settings and secrets: everything that is missing is named at once, production refuses the local conveniences."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chalicelib.runtime import secrets, settings
from chalicelib.runtime.settings import MissingSettings, read_settings

NEEDED = {
    "SIYU_STAGE": "local",
    "SIYU_STACK": "siyu-x",
    "SIYU_QUEUE_URL_BASE": "http://127.0.0.1:1/0/siyu-x-",
    "SIYU_PUBLIC_URL": "https://siyu.example.com",
}
KEY = b64encode(b"k" * 32).decode()


def test_all_that_is_missing_or_wrong_is_named_in_one_message() -> None:
    with pytest.raises(MissingSettings) as refused:
        read_settings({"SIYU_STACK": "", "SIYU_CACHE_SECONDS": "soon-and-private", "SIYU_SETTLING_SECONDS": "1.5"})

    message = str(refused.value)
    assert all(name in message for name in [*NEEDED, "SIYU_CACHE_SECONDS", "SIYU_SETTLING_SECONDS"])
    assert "private" not in message


def test_defaults_stand_for_what_is_not_set() -> None:
    found = read_settings({**NEEDED, "SIYU_CACHE_SECONDS": "0", "SIYU_PAY_URL": "", "OTHER": "x"})

    assert (found.cache_seconds, found.settling_seconds) == (0, 600)
    assert found.pay_url == "https://api.mch.weixin.qq.com"
    assert found.trusted == frozenset()


def test_trusted_addresses_are_a_list() -> None:
    found = read_settings({**NEEDED, "SIYU_TRUSTED_ADDRESSES": "127.0.0.1, 10.0.0.7,"})

    assert found.trusted == {"127.0.0.1", "10.0.0.7"}


@pytest.mark.parametrize("stage", ["prod", "Production", "prod-cn"])
@pytest.mark.parametrize("name", ["SIYU_WEIXIN_URL", "SIYU_WECOM_URL", "SIYU_PAY_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4000",
        "https://127.0.0.1:4000",
        "https://sandbox.example.com",
        "http://api.weixin.qq.com",
        "https://api.weixin.qq.com.example.com",
        "https://notweixin.qq.com",
        "https://api.weixin.qq.com@example.com",
    ],
)
def test_a_production_stage_refuses_hosts_that_are_not_wechats(stage: str, name: str, url: str) -> None:
    with pytest.raises(MissingSettings, match=name):
        read_settings({**NEEDED, "SIYU_STAGE": stage, name: url})


def test_a_production_stage_takes_wechats_hosts_and_needs_https() -> None:
    assert read_settings({**NEEDED, "SIYU_STAGE": "prod", "SIYU_PAY_URL": "https://api2.mch.weixin.qq.com"})
    with pytest.raises(MissingSettings, match="SIYU_PUBLIC_URL"):
        read_settings({**NEEDED, "SIYU_STAGE": "prod", "SIYU_PUBLIC_URL": "http://siyu.example.com"})


def test_importing_everything_needs_no_environment() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import app"],
        env={"PATH": os.environ["PATH"]},
        cwd=Path(settings.__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def app_secret(stack: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Store an app secret for a stage and read it as a fresh container would."""
    from chalicelib.runtime.aws import client

    def store(name: str, stage: str, **fields: str) -> None:
        content = {"token_key": KEY, "phone_key": KEY, "lookup_key": KEY, "shop_key": KEY, **fields}
        client("secretsmanager").create_secret(Name=f"{name}/app", SecretString=json.dumps(content))
        for variable, value in {**NEEDED, "SIYU_STACK": name, "SIYU_STAGE": stage}.items():
            monkeypatch.setenv(variable, value)
        for url in ("SIYU_WEIXIN_URL", "SIYU_WECOM_URL", "SIYU_PAY_URL"):
            monkeypatch.delenv(url, raising=False)
        _forget()

    yield store
    monkeypatch.undo()
    _forget()


def test_a_static_admin_token_is_refused_in_production(app_secret: Any) -> None:
    app_secret("admin-token-in-prod", "prod", admin_token="let-me-in")

    with pytest.raises(RuntimeError, match="static admin token") as refused:
        secrets.app_secrets()

    assert "let-me-in" not in str(refused.value)


def test_secrets_without_an_admin_token_are_good_in_production(app_secret: Any) -> None:
    app_secret("no-admin-token", "prod")

    found = secrets.app_secrets()

    assert (found.token_key, found.admin_token) == (b"k" * 32, "")
    assert "k" * 32 not in repr(found)


@pytest.mark.parametrize("key", ["", b64encode(b"short").decode(), b64encode(b"k" * 33).decode()])
def test_a_key_that_is_not_32_bytes_is_refused(app_secret: Any, key: str) -> None:
    app_secret(f"bad-key-{len(key)}", "local", token_key=key)

    with pytest.raises(msgspec.ValidationError, match="token_key"):
        secrets.app_secrets()


def _forget() -> None:
    settings.settings.cache_clear()
    secrets.app_secrets.cache_clear()
    secrets.read_secret.cache_clear()
