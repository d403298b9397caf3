"""Secrets Manager, read once per container. Nothing of it may reach a log, an error or the environment.

Secrets are split by who needs them, so that a function's policy can name just its own:
`app` (token and identity keys), `codes` (code and prize keys), `mini-program`, `wecom`, `pay`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

import msgspec

from chalicelib.runtime.aws import client
from chalicelib.runtime.settings import settings

# A shorter key, an empty one above all, would make every MAC forgeable.
Key = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class AppSecrets(msgspec.Struct, frozen=True):
    """Keys of 32 bytes, base64 in the store."""

    token_key: Key
    """Root of the MACs on badges, invites and scan ids, and of the login tokens."""
    phone_key: Key
    """AES-256 for phones at rest."""
    lookup_key: Key
    """Keyed hash that finds a phone, an openid, a unionid."""
    shop_key: Key
    """AES-256 for the shops' HMAC secrets at rest."""
    admin_token: str = ""
    """A static admin token: for the local stage only, refused in production."""

    def __repr__(self) -> str:
        return "AppSecrets(…)"


class CodeSecrets(msgspec.Struct, frozen=True):
    """`keys` maps a key version (a decimal string, 0–31) to a 32-byte key; `current` is minted with."""

    current: int
    keys: dict[str, Key]
    prize_key: Key

    def __repr__(self) -> str:
        return "CodeSecrets(…)"


@lru_cache(maxsize=1)
def app_secrets() -> AppSecrets:
    """Token and identity keys; refuses a static admin token in a production stage."""
    found = msgspec.convert(read_secret("app"), AppSecrets)
    if found.admin_token and settings().is_production:
        raise RuntimeError("A production stage must not have a static admin token: remove it from the app secret.")
    return found


@lru_cache(maxsize=1)
def code_secrets() -> CodeSecrets:
    """Keys that make and check codes."""
    return msgspec.convert(read_secret("codes"), CodeSecrets)


@lru_cache(maxsize=8)
def read_secret(name: str) -> dict[str, Any]:
    """The JSON of the secret `<stack>/<name>`."""
    answer = client("secretsmanager").get_secret_value(SecretId=f"{settings().stack}/{name}")
    return msgspec.json.decode(answer["SecretString"], type=dict[str, Any])
