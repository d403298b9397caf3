"""The payee's real name (收款用户姓名): asked for from 2,000 yuan on, kept encrypted, dropped at the end."""

from __future__ import annotations

from base64 import b64decode, b64encode

from chalicelib.kernel.privacy import decrypt, encrypt
from chalicelib.kernel.tokens import derive_key
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.secrets import app_secrets


def seal(name: str, payout_id: str) -> str:
    """A name as it is stored: only this payout's row can be read with it."""
    return b64encode(encrypt(name, _key(), context=payout_id)).decode()


def name_in(payout: Item) -> str | None:
    """The name that was given for a payout, None when none is needed."""
    sealed = payout.get("sealed_name")
    return decrypt(b64decode(sealed), _key(), context=payout["sk"]) if sealed else None


def _key() -> bytes:
    return derive_key(app_secrets().phone_key, "payee name")
