"""Secrets of the local stack: made at random, kept in a file that only its owner reads, never in the repository."""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from pathlib import Path
from typing import Any

import msgspec

from infra.local.sandbox.keys import SandboxKeys

Secrets = dict[str, dict[str, Any]]
"""The JSON of each Secrets Manager secret, by its name without the stack."""


def load_or_create(path: Path, keys: SandboxKeys) -> Secrets:
    """siyu's own keys from `path`, made on first use, and the WeChat ones that the sandbox knows too."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(make_own()))
    own: Secrets = msgspec.json.decode(path.read_bytes())
    return {**own, **of_sandbox(keys)}


def make_own() -> Secrets:
    """Fresh keys for `app` and `codes`."""
    app = {name: _key() for name in ("token_key", "phone_key", "lookup_key", "shop_key")}
    return {
        "app": {**app, "admin_token": f"local-{secrets.token_urlsafe(24)}"},
        "codes": {"current": 1, "keys": {"1": _key()}, "prize_key": _key()},
    }


def of_sandbox(keys: SandboxKeys) -> Secrets:
    """`mini-program`, `wecom` and `pay` for an environment whose WeChat is the sandbox."""
    return {
        "mini-program": {"appid": keys.appid, "secret": keys.app_secret},
        "wecom": {
            "corp_id": keys.corp_id,
            "agent_id": keys.agent_id,
            "secret": keys.corp_secret,
            "callback_token": keys.callback_token,
            "encoding_aes_key": keys.encoding_aes_key,
        },
        "pay": {
            "mch_id": keys.mchid,
            "appid": keys.appid,
            "merchant_serial": keys.merchant_serial,
            "private_key": keys.merchant_private_key,
            "apiv3_key": keys.apiv3_key,
            "platform_serial": keys.pay_public_key_id,
            "platform_keys": {keys.pay_public_key_id: keys.pay_public_key},
        },
    }


def _key() -> str:
    return b64encode(secrets.token_bytes(32)).decode()
