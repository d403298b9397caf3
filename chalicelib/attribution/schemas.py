"""What shops send and what operators and guides are answered."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from chalicelib.attribution.rules import Role
from chalicelib.kernel.money import BasisPoints, Fen
from chalicelib.runtime.http import Answer, Body, Listing

ShopString = Annotated[str, Meta(min_length=1, max_length=128)]
Amount = Annotated[int, Meta(ge=0, le=10**12)]
Lines = Annotated[list["EventLine"], Meta(max_length=200)]


class Buyer(Body):
    """Who bought: exactly one of these."""

    member_id: ShopString | None = None
    unionid: ShopString | None = None
    openid: ShopString | None = None
    phone: ShopString | None = None


class EventLine(Body):
    """A line of an order or of a refund; `amount_fen` is for the whole line."""

    sku: ShopString
    quantity: Annotated[int, Meta(ge=1, le=10**6)]
    amount_fen: Amount


class EventRefund(Body):
    """Money given back; `lines` may say for what, together at most `amount_fen`."""

    refund_id: Annotated[str, Meta(min_length=1, max_length=256)]
    amount_fen: Annotated[int, Meta(ge=1, le=10**12)]
    lines: Lines | None = None


class OrderEvent(Body):
    """What a shop tells. `paid` needs member, channel_id, paid_at and lines; `refunded` needs refund."""

    event_id: ShopString
    type: Literal["paid", "refunded"]
    order_id: ShopString
    member: Buyer | None = None
    channel_id: ShopString | None = None
    closing_guide_id: ShopString | None = None
    paid_at: str | None = None
    lines: Lines | None = None
    refund: EventRefund | None = None


class EventReceived(Answer):
    """`duplicate`: this very event was taken before; nothing changed."""

    order_id: str
    status: Literal["accepted", "duplicate"]


class Why(Answer):
    """`rate_bp` (1/100 %) of `base_fen`, rounded down, at most `max_fen`, less what `base_before_fen` had earned."""

    rule: Role
    rate_bp: BasisPoints
    base_fen: Fen
    base_before_fen: Fen
    max_fen: Fen | None
    policy_version: int


class OrderCredit(Answer):
    """What a payee earned when the order was paid; refunds do not change it, they make entries."""

    payee: str
    role: Role
    amount_fen: Fen
    why: Why


class Posting(Answer):
    """What an account has of the order after all refunds."""

    account: str
    amount_fen: Fen


class OrderRefund(Answer):
    """A refund; `waiting` when it came before its order or could not be taken."""

    refund_id: str
    amount_fen: Fen
    lines: list[EventLine]
    recorded_at: str
    state: Literal["taken", "waiting"]


class LedgerLine(Answer):
    """An entry of the ledger: what `cause` (`frozen`, or a refund) gave to or took from a payee."""

    payee: str
    amount_fen: Fen
    cause: str
    shop_id: str
    order_id: str
    recorded_at: str
    why: list[Why]


class OrderTouch(Answer):
    """A dated contact that counted for the order."""

    kind: str
    at: str
    channel_id: str | None
    guide_id: str | None
    campaign_id: str | None


class Unknown(Answer):
    """What the shop named and the brand does not have, as of now."""

    member: bool
    channel_id: str | None
    closing_guide_id: str | None
    skus: list[str]


class Order(Answer):
    """An order with all that was made of it. `state` is `provisional` until the credits are frozen."""

    order_id: str
    shop_id: str
    state: Literal["provisional", "frozen"]
    member_id: str | None
    channel_id: str
    closing_guide_id: str | None
    paid_at: str
    recorded_at: str
    total_fen: Fen
    refunded_fen: Fen
    lines: list[EventLine]
    credits: list[OrderCredit]
    postings: list[Posting]
    refunds: list[OrderRefund]
    entries: list[LedgerLine]
    policy_version: int
    touches: list[OrderTouch]
    unknown: Unknown


class OrderQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`shop_id` when several shops have an order with this id."""

    shop_id: str | None = None


class PolicyRule(Body):
    """Who has this role earns `rate_bp` (1/100 %) of the net, at most `max_fen` an order."""

    role: Role
    rate_bp: BasisPoints
    max_fen: Fen | None = None


class NewPolicy(Body):
    """`version`: the one that is replaced, to be safe from a change by somebody else. `effective_at` is ours."""

    rules: Annotated[list[PolicyRule], Meta(max_length=3)]
    lookback_days: int = 180
    version: int | None = None
    effective_at: str | None = None


class CommissionPolicy(Answer):
    """The newest version; it credits orders paid since `effective_at`."""

    version: int
    effective_at: str
    rules: list[PolicyRule]
    lookback_days: int


class MonthOfLedger(Listing, frozen=True):
    """`month`: YYYY-MM in Asia/Shanghai, the current one when absent."""

    month: Annotated[str, Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] | None = field(default=None)
