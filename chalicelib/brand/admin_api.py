"""Routes of the brand's master data, for operators."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, field

from chalicelib.brand import service
from chalicelib.brand.content import Content, stored
from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.kernel.text import read
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Answer, Api, Body, Listed, Listing

api = Api(__name__)

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class NewProduct(Body):
    """An article to sell. `content` is what the scan page shows."""

    name: Name
    sku: Annotated[str, Meta(min_length=1, max_length=64)]
    gtin: str | None = None
    content: Content | None = None


class Product(Answer):
    """An article."""

    product_id: str
    name: str
    sku: str
    gtin: str | None
    content: dict[str, Any]
    created_at: str


class NewChannel(Body):
    """A channel and the cities it may sell in."""

    name: Name
    regions: Annotated[list[Name], Meta(max_length=400)] = field(default_factory=list)


class Channel(Answer):
    """A channel."""

    channel_id: str
    name: str
    regions: list[str]
    created_at: str


class NewStore(Body):
    """A store with a door."""

    name: Name
    city: Name | None = None
    channel_id: str | None = None


class Store(Answer):
    """A store."""

    store_id: str
    name: str
    city: str | None
    channel_id: str | None
    created_at: str


class NewShop(Body):
    """A system that sends orders."""

    name: Name


class Shop(Answer):
    """A shop. `secret` signs its events and is shown only when it is made."""

    shop_id: str
    name: str
    created_at: str
    secret: str | None = None


@api.post("/admin/products", allow=ADMIN, creates="product", status=201)
def create_product(body: NewProduct, new_id: str, now: Millis) -> Product:
    """Add a product."""
    content = stored(body.content)
    return _product(
        service.create_product(new_id, name=_name(body.name), sku=body.sku, gtin=body.gtin, content=content, now=now)
    )


@api.get("/admin/products", allow=ADMIN)
def list_products(query: Listing) -> Listed[Product]:
    """List products."""
    rows, cursor = service.list_page("products", query.limit, query.cursor)
    return Listed([_product(row) for row in rows], cursor)


@api.get("/admin/products/{product_id}", allow=ADMIN, errors=("not_found",))
def get_product(product_id: str) -> Product:
    """One product."""
    return _product(service.get_product(product_id))


@api.put("/admin/products/{product_id}", allow=ADMIN, errors=("not_found", "invalid_parameter"))
def change_product(product_id: str, body: NewProduct) -> Product:
    """Replace what is known of a product; what was printed keeps leading to it."""
    content = stored(body.content)
    return _product(
        service.change_product(product_id, name=_name(body.name), sku=body.sku, gtin=body.gtin, content=content)
    )


@api.post("/admin/channels", allow=ADMIN, creates="channel", status=201)
def create_channel(body: NewChannel, new_id: str, now: Millis) -> Channel:
    """Add a channel."""
    regions = [_city(region, "regions") for region in body.regions]
    return _channel(service.create_channel(new_id, name=_name(body.name), regions=regions, now=now))


@api.get("/admin/channels", allow=ADMIN)
def list_channels(query: Listing) -> Listed[Channel]:
    """List channels."""
    rows, cursor = service.list_page("channels", query.limit, query.cursor)
    return Listed([_channel(row) for row in rows], cursor)


@api.post("/admin/stores", allow=ADMIN, creates="store", status=201, errors=("not_found",))
def create_store(body: NewStore, new_id: str, now: Millis) -> Store:
    """Add a store."""
    city = _city(body.city, "city") if body.city else None
    return _store(service.create_store(new_id, name=_name(body.name), city=city, channel_id=body.channel_id, now=now))


@api.get("/admin/stores", allow=ADMIN)
def list_stores(query: Listing) -> Listed[Store]:
    """List stores."""
    rows, cursor = service.list_page("stores", query.limit, query.cursor)
    return Listed([_store(row) for row in rows], cursor)


@api.post("/admin/shops", allow=ADMIN, creates="shop", status=201)
def create_shop(body: NewShop, new_id: str, now: Millis) -> Shop:
    """Add a shop and make its secret, shown this once."""
    shop, secret = service.create_shop(new_id, name=_name(body.name), now=now)
    return Shop(shop["sk"], shop["name"], to_rfc3339(shop["created_at"]), secret)


@api.get("/admin/shops", allow=ADMIN)
def list_shops(query: Listing) -> Listed[Shop]:
    """List shops, without their secrets."""
    rows, cursor = service.list_page("shops", query.limit, query.cursor)
    return Listed([Shop(row["sk"], row["name"], to_rfc3339(row["created_at"])) for row in rows], cursor)


def _name(text: str) -> str:
    return read("name", text, param="name", least=1)


def _city(text: str, param: str) -> str:
    return read("city", text, param=param, least=1)


def _product(row: Item) -> Product:
    return Product(row["sk"], row["name"], row["sku"], row["gtin"], row["content"], to_rfc3339(row["created_at"]))


def _channel(row: Item) -> Channel:
    return Channel(row["sk"], row["name"], row["regions"], to_rfc3339(row["created_at"]))


def _store(row: Item) -> Store:
    return Store(row["sk"], row["name"], row["city"], row["channel_id"], to_rfc3339(row["created_at"]))
