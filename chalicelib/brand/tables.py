"""The writes and reads of master data: small, one partition per kind, listed by page."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.brand.models import BrandRow, Channel, GtinEntry, Product, Shop, Store
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item

PARTITION: dict[type[BrandRow], str] = {
    Product: "PRODUCTS",
    Channel: "CHANNELS",
    Store: "STORES",
    Shop: "SHOPS",
}


def create(model: type[BrandRow], identifier: str, fields: Item) -> Item:
    """Write a new row, or answer the one that an earlier try with the same id wrote."""
    item = {"pk": PARTITION[model], "sk": identifier, **fields}
    outcome = dynamo.put_once(model, item)
    return item if outcome.done else outcome.item


def find(model: type[BrandRow], identifier: str) -> Item | None:
    """The row with this id."""
    return dynamo.get(model, PARTITION[model], identifier)


def change_product(product_id: str, *, name: str, sku: str, gtin: str | None, content: Item) -> Item | None:
    """Replace a product's facts; None when there is no such product. Of two editors at once the later one holds."""
    outcome = dynamo.update(
        Product,
        PARTITION[Product],
        product_id,
        "SET #name = :name, sku = :sku, gtin = :gtin, content = :content",
        condition="attribute_exists(pk)",
        names={"#name": "name"},
        values={":name": name, ":sku": sku, ":gtin": gtin, ":content": content},
        returns="ALL_NEW",
    )
    return outcome.item if outcome.done else None


def add_gtin(gtin14: str, product_id: str) -> None:
    """Let the product be found by this GTIN. Written before the product: an entry without one is passed over."""
    dynamo.put_once(GtinEntry, {"pk": f"GTIN#{gtin14}", "sk": product_id})


def products_with_gtin(gtin14: str) -> list[str]:
    """The ids of products that bear or bore this GTIN, at most ten, the latest first."""
    return [row["sk"] for row in dynamo.first(GtinEntry, f"GTIN#{gtin14}", 10, forward=False)]


def list_page(model: type[BrandRow], limit: int, cursor: str | None) -> dynamo.Page:
    """A page of a kind, in the order of creation (ids are ULIDs)."""
    return dynamo.page(model, PARTITION[model], limit=limit, cursor=cursor)


def every(model: type[BrandRow]) -> Iterator[Item]:
    """All of a kind, in the order of creation."""
    return dynamo.every(model, PARTITION[model])
