"""The route by which shops tell of orders."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from chalicelib.attribution import rules, schemas, service, sources
from chalicelib.attribution.orders import signatures
from chalicelib.kernel.clock import Millis, from_rfc3339
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.text import read
from chalicelib.runtime.http import Api, Request
from chalicelib.runtime.settings import settings

api = Api(__name__)


T = TypeVar("T")


@api.post(
    "/orders/events",
    status=202,
    errors=(
        "invalid_signature",
        "stale_request",
        "invalid_parameter",
        "conflict",
        "idempotency_conflict",
        "refund_exceeds_order",
        "refused",
    ),
)
def receive_order_event(body: schemas.OrderEvent, request: Request, now: Millis) -> schemas.EventReceived:
    """Take an order event from a shop, signed by X-Shop-Id, X-Timestamp and X-Signature."""
    shop_id = signatures.signing_shop(request.headers, request.body, now)
    if body.type == "paid":
        status = service.place_order(
            _sale(body),
            shop_id=shop_id,
            sources=sources.live(),
            now=now,
            settling_seconds=settings().settling_seconds,
        )
    else:
        status = service.record_refund(_refund(body), shop_id=shop_id, now=now)
    return schemas.EventReceived(body.order_id, status)


def _sale(body: schemas.OrderEvent) -> rules.Sale:
    if body.refund is not None:
        raise SiyuError(
            "invalid_body", "An event of type paid cannot have a refund. Send it as type refunded.", param="refund"
        )
    return rules.Sale(
        event_id=body.event_id,
        order_id=_order_id(body),
        identity=_identity(_needed(body.member, "member")),
        channel_id=_needed(body.channel_id, "channel_id"),
        closing_guide_id=body.closing_guide_id,
        paid_at=from_rfc3339(_needed(body.paid_at, "paid_at"), "paid_at"),
        lines=_read_lines(_needed(body.lines, "lines")),
    )


def _refund(body: schemas.OrderEvent) -> rules.Refund:
    told = _needed(body.refund, "refund")
    return rules.Refund(body.event_id, _order_id(body), told.refund_id, told.amount_fen, _read_lines(told.lines or []))


def _order_id(body: schemas.OrderEvent) -> str:
    # As operators find it, however they copied it.
    return read("reference", body.order_id, param="order_id", least=1)


def _identity(buyer: schemas.Buyer) -> tuple[str, str]:
    named = [(kind, value) for kind, value in msgspec.structs.asdict(buyer).items() if value is not None]
    if len(named) != 1:
        raise SiyuError("invalid_body", "Name the member by exactly one of its fields.", param="member")
    return named[0]


def _needed(value: T | None, param: str) -> T:
    if value is None:
        raise SiyuError("invalid_body", f"An event of this type needs {param}.", param=param)
    return value


def _read_lines(lines: list[schemas.EventLine]) -> tuple[rules.Line, ...]:
    return tuple(rules.Line(line.sku, line.quantity, line.amount_fen) for line in lines)
