"""Shops sign their events: who sends is known by an HMAC over the raw body, never by what the body says."""

from __future__ import annotations

from typing import Final

from chalicelib.attribution import rules
from chalicelib.brand import service as brand
from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.cache import Cache, as_configured

_secrets: Final[Cache[str, str | None]] = Cache(64, missing=as_configured)


def signing_shop(headers: dict[str, str], body: bytes, now: Millis) -> str:
    """The shop that signed this body, from `X-Shop-Id`, `X-Timestamp` and `X-Signature`.

    401 `invalid_signature`, the same for an unknown shop and a wrong signature; 401 `stale_request` when a good
    signature is more than 300 s off: a repeat needs a new signature, and its event id makes it harmless.
    """
    shop_id, timestamp = headers.get("x-shop-id", ""), headers.get("x-timestamp", "")
    secret = _secret(shop_id, now)
    if not rules.signature_matches(secret, shop_id, timestamp, body, headers.get("x-signature", "")):
        raise SiyuError("invalid_signature", "Sign the raw body with the shop's secret: see /docs.")
    if not rules.is_fresh(timestamp, now):
        raise SiyuError("stale_request", "X-Timestamp is more than 300 seconds off. Sign again with the current time.")
    return shop_id


def _secret(shop_id: str, now: Millis) -> str | None:
    if not ids.looks_like("shop", shop_id):
        return None
    return _secrets.get(shop_id, now, lambda: brand.shop_secret(shop_id))
