"""Use cases of the brand's master data."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from chalicelib.brand import models, rules, tables
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.kernel.privacy import decrypt, encrypt
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.secrets import app_secrets


def create_product(
    product_id: str, *, name: str, sku: str, gtin: str | None, content: dict[str, Any] | None, now: Millis
) -> Item:
    """A new product. 400 `invalid_parameter` for a GTIN whose check digit is wrong. GTINs need not be unique."""
    _check_gtin(gtin)
    if gtin is not None:
        tables.add_gtin(rules.gtin14(gtin), product_id)
    return tables.create(
        models.Product,
        product_id,
        {"name": name, "sku": sku, "gtin": gtin, "content": content or {}, "created_at": now},
    )


def change_product(product_id: str, *, name: str, sku: str, gtin: str | None, content: dict[str, Any]) -> Item:
    """Replace a product's name, sku, GTIN and content; 404 when there is none. Minted batches keep their GTIN."""
    _check_gtin(gtin)
    if gtin is not None:
        tables.add_gtin(rules.gtin14(gtin), product_id)
    changed = tables.change_product(product_id, name=name, sku=sku, gtin=gtin, content=content)
    return changed or _missing("product", product_id)


def product_of_gtin(gtin: str) -> Item | None:
    """The latest product that bears this GTIN (8, 12, 13 or 14 digits); None when none does."""
    for product_id in tables.products_with_gtin(rules.gtin14(gtin)):
        found = tables.find(models.Product, product_id)
        if found is not None and found["gtin"] and rules.gtin14(found["gtin"]) == rules.gtin14(gtin):
            return found
    return None


def get_product(product_id: str) -> Item:
    """A product; 404 when there is none."""
    return tables.find(models.Product, product_id) or _missing("product", product_id)


def create_channel(channel_id: str, *, name: str, regions: list[str], now: Millis) -> Item:
    """A new channel that may sell in `regions` (city names); none means anywhere."""
    return tables.create(models.Channel, channel_id, {"name": name, "regions": regions, "created_at": now})


def get_channel(channel_id: str) -> Item:
    """A channel; 404 when there is none."""
    return tables.find(models.Channel, channel_id) or _missing("channel", channel_id)


def create_store(store_id: str, *, name: str, city: str | None, channel_id: str | None, now: Millis) -> Item:
    """A new store of a channel."""
    if channel_id is not None:
        get_channel(channel_id)
    return tables.create(
        models.Store, store_id, {"name": name, "city": city, "channel_id": channel_id, "created_at": now}
    )


def get_store(store_id: str) -> Item:
    """A store; 404 when there is none."""
    return tables.find(models.Store, store_id) or _missing("store", store_id)


def create_shop(shop_id: str, *, name: str, now: Millis) -> tuple[Item, str]:
    """A new shop and its HMAC secret, which is shown this once and kept sealed."""
    secret = secrets.token_urlsafe(32)
    sealed = encrypt(secret, app_secrets().shop_key, context=shop_id)
    shop = tables.create(models.Shop, shop_id, {"name": name, "sealed_secret": sealed, "created_at": now})
    return shop, decrypt(shop["sealed_secret"], app_secrets().shop_key, context=shop_id)


def shop_secret(shop_id: str) -> str | None:
    """The HMAC secret of a shop, None for an unknown one."""
    shop = tables.find(models.Shop, shop_id)
    return decrypt(shop["sealed_secret"], app_secrets().shop_key, context=shop_id) if shop else None


def list_page(kind: str, limit: int, cursor: str | None) -> Page:
    """A page of `products`, `channels`, `stores` or `shops`."""
    model = {
        "products": models.Product,
        "channels": models.Channel,
        "stores": models.Store,
        "shops": models.Shop,
    }
    return tables.list_page(model[kind], limit, cursor)


def every_product() -> Iterator[Item]:
    """All products: 0.5 RRU per 4 KB."""
    return tables.every(models.Product)


def _check_gtin(gtin: str | None) -> None:
    if gtin is not None and not rules.is_gtin(gtin):
        raise SiyuError("invalid_parameter", "gtin must be 8, 12, 13 or 14 digits with its check digit.", param="gtin")


def _missing(what: str, identifier: str) -> Item:
    raise not_found(what, identifier)
