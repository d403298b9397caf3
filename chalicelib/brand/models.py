"""The rows of brand's table."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.attributes import (
    BinaryAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from chalicelib.runtime import dynamo


class AuditRow(dynamo.Row):
    """One audit record. pk = `AUDIT#<YYYYMMDD>` (Shanghai), sk = `<milliseconds>#<request_id>`."""

    class Meta:
        table_name = dynamo.TableName("brand")

    at = NumberAttribute()
    who = UnicodeAttribute()
    role = UnicodeAttribute()
    method = UnicodeAttribute()
    route = UnicodeAttribute()
    ids: ListAttribute[UnicodeAttribute] = ListAttribute(of=UnicodeAttribute)
    request_id = UnicodeAttribute()


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


MODELS: Sequence[type[dynamo.Row]] = (Product, GtinEntry, Channel, Store, Shop, AuditRow)
