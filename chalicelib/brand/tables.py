"""The brand's table. Master data is small: one partition per kind, listed by page."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import (
    BinaryAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from chalicelib.brand.audit_tables import AuditRow
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


class BrandRow(dynamo.Row):
    """What all master data has: pk = the kind, sk = the id."""

    class Meta:
        table_name = dynamo.TableName("brand")

    name = UnicodeAttribute()
    created_at = NumberAttribute()


class Product(BrandRow):
    """An article (商品). pk = `PRODUCTS`."""

    class Meta(BrandRow.Meta):
        pass

    sku = UnicodeAttribute()
    gtin = UnicodeAttribute(null=True)
    content = JSONAttribute(null=True)


class GtinEntry(dynamo.Row):
    """A product that bears or bore a GTIN. pk = `GTIN#` + 14 digits, sk = the product's id."""

    class Meta(BrandRow.Meta):
        pass


class Channel(BrandRow):
    """Where a sale or a member comes from (渠道), with the regions it may sell in. pk = `CHANNELS`."""

    class Meta(BrandRow.Meta):
        pass

    regions: ListAttribute[UnicodeAttribute] = ListAttribute(of=UnicodeAttribute)


class Store(BrandRow):
    """A shop with a door (门店). pk = `STORES`."""

    class Meta(BrandRow.Meta):
        pass

    city = UnicodeAttribute(null=True)
    channel_id = UnicodeAttribute(null=True)


class Shop(BrandRow):
    """A system that sends orders (mini-program mall, POS, Tmall …). pk = `SHOPS`; its secret is sealed."""

    class Meta(BrandRow.Meta):
        pass

    sealed_secret = BinaryAttribute(legacy_encoding=False)


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


def note_gtin(gtin14: str, product_id: str) -> None:
    """Let the product be found by this GTIN. Written before the product: an entry without one is passed over."""
    dynamo.put_once(GtinEntry, {"pk": f"GTIN#{gtin14}", "sk": product_id})


def products_with_gtin(gtin14: str) -> list[str]:
    """The ids of products that bear or bore this GTIN, at most ten, the latest first."""
    page = dynamo.query(GtinEntry, f"GTIN#{gtin14}", limit=10, forward=False)
    return [row["sk"] for row in page.items]


def list_page(model: type[BrandRow], limit: int, cursor: str | None) -> dynamo.Page:
    """A page of a kind, in the order of creation (ids are ULIDs)."""
    return dynamo.query(model, PARTITION[model], limit=limit, cursor=cursor)


MODELS: Sequence[type[dynamo.Row]] = (Product, GtinEntry, Channel, Store, Shop, AuditRow)
