"""The rows of attribution's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.runtime import dynamo


class Order(dynamo.Row):
    """An order, its credits and its refunds. pk = `O#` + the shop's order id, sk = shop id.

    Each refund is an attribute `rf_` + digest of its id = {i id, a fen, t recorded at, h content, l lines}.
    """

    class Meta:
        table_name = dynamo.TableName("attribution")

    ev = UnicodeSetAttribute()
    """Digests of the event ids that this order has taken."""
    h = UnicodeAttribute()
    """Keyed hash of the paid event's content."""
    m = UnicodeAttribute(null=True)
    """Member id; absent when the shop named nobody we know."""
    ch = UnicodeAttribute()
    cg = UnicodeAttribute(null=True)
    """Closing guide."""
    pa = NumberAttribute()
    """Paid at, in milliseconds."""
    at = NumberAttribute()
    """Recorded at."""
    fz = NumberAttribute(null=True)
    """Frozen at; absent while the credits are provisional."""
    ln: ListAttribute[Any] = ListAttribute()
    tt = NumberAttribute()
    """Total in fen."""
    rest = NumberAttribute()
    """Total less all refunds, in fen."""
    rn = NumberAttribute()
    """Refunds taken."""
    pv = NumberAttribute()
    """Policy version."""
    cr: ListAttribute[Any] = ListAttribute()
    """Credits (rules.Credit as lists)."""
    tc: ListAttribute[Any] = ListAttribute(null=True)
    """Touches that counted (rules.Touch as lists), once settled."""


class WaitingRefund(dynamo.Row):
    """A refund that came before its order. pk = the order's, sk = shop id + `#rf_` + digest of the refund id."""

    class Meta:
        table_name = dynamo.TableName("attribution")

    refund = UnicodeAttribute()
    """rules.Refund as JSON."""
    h = UnicodeAttribute()
    at = NumberAttribute()


class EventId(dynamo.Row):
    """An event id and the content it stands for. pk = `E#` + shop id + `#` + digest of the event id, sk = `E`."""

    class Meta:
        table_name = dynamo.TableName("attribution")

    h = UnicodeAttribute()


class AttributionRow(dynamo.Row):
    """What all rows share: the table."""

    class Meta:
        table_name = dynamo.TableName("attribution")


class Touch(AttributionRow):
    """A dated contact with a member (触点). pk = `T#` + member id, sk = `at` in 13 digits + `#` + digest of its key."""

    class Meta(AttributionRow.Meta):
        pass

    kind = UnicodeAttribute()
    at = NumberAttribute()
    channel_id = UnicodeAttribute(null=True)
    guide_id = UnicodeAttribute(null=True)
    campaign_id = UnicodeAttribute(null=True)


class PolicyVersion(AttributionRow):
    """A version of the commission policy. pk = `POLICY`, sk = the version in 8 digits; never changed."""

    class Meta(AttributionRow.Meta):
        pass

    effective_at = NumberAttribute()
    lookback_days = NumberAttribute()
    rules: ListAttribute[Any] = ListAttribute()


class LedgerEntry(AttributionRow):
    """What one cause gave to or took from one payee; never changed.

    pk = `L#` + payee + `#` + month, sk = recorded at in 13 digits + `#` + digest of the order + `#` + cause.
    The key is (order, cause, payee): the same change told twice meets its own row.
    """

    class Meta(AttributionRow.Meta):
        pass

    shop_id = UnicodeAttribute()
    order_id = UnicodeAttribute()
    cause = UnicodeAttribute()
    amount_fen = NumberAttribute()
    recorded_at = NumberAttribute()
    why: ListAttribute[Any] = ListAttribute()


MODELS: Sequence[type[dynamo.Row]] = (Touch, Order, WaitingRefund, EventId, PolicyVersion, LedgerEntry)
