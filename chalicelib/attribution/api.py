"""Routes of attribution: order events from shops, orders and the policy for operators, commissions for guides."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from chalicelib.attribution import policies, reading, rules, service, shapes, signatures, sources
from chalicelib.kernel.clock import Millis, from_rfc3339, shanghai_month, to_rfc3339
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.auth import ADMIN, STAFF, Caller
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Api, Listed, Request
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
def take_order_event(body: shapes.OrderEvent, request: Request, now: Millis) -> shapes.EventTaken:
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
        status = service.take_refund(_refund(body), shop_id=shop_id, now=now)
    return shapes.EventTaken(body.order_id, status)


@api.get("/admin/orders/{order_id}", allow=ADMIN, errors=("not_found", "conflict"))
def get_order(order_id: str, query: shapes.OrderQuery, now: Millis) -> shapes.Order:
    """One order: its credits, postings, refunds, ledger entries and touches."""
    order, refunds = reading.find_order(order_id, query.shop_id)
    credits = [
        shapes.OrderCredit(one.payee, one.role, rules.earned(one, order["tt"]), why_of(reading.reason_of(order, one)))
        for one in reading.credits_of(order)
    ]
    return shapes.Order(
        order_id=order_id,
        shop_id=order["sk"],
        state="frozen" if "fz" in order else "provisional",
        member_id=order.get("m"),
        channel_id=order["ch"],
        closing_guide_id=order.get("cg"),
        paid_at=to_rfc3339(order["pa"]),
        recorded_at=to_rfc3339(order["at"]),
        total_fen=order["tt"],
        refunded_fen=order["tt"] - order["rest"],
        lines=_lines(reading.lines_of(order)),
        credits=credits,
        postings=[shapes.Posting(account, amount) for account, amount in reading.postings_of(order)],
        refunds=[_refund_seen(seen) for seen in refunds],
        entries=[ledger_line(row) for row in reading.entries_of(order)],
        policy_version=order["pv"],
        touches=[_touch(touch) for touch in reading.touches_of(order, sources.live(), now)],
        unknown=_unknown(order, now),
    )


@api.get("/admin/attribution-policy", allow=ADMIN)
def get_attribution_policy() -> shapes.CommissionPolicy:
    """The newest version of the commission policy."""
    return _policy(policies.newest_policy())


@api.put("/admin/attribution-policy", allow=ADMIN, errors=("conflict", "refused"))
def put_attribution_policy(body: shapes.NewPolicy, now: Millis) -> shapes.CommissionPolicy:
    """Make a new version of the commission policy; orders that were paid before keep theirs."""
    policy_rules = tuple(rules.Rule(rule.role, rule.rate_bp, rule.max_fen) for rule in body.rules)
    return _policy(policies.replace_policy(policy_rules, body.lookback_days, expected_version=body.version, now=now))


@api.get("/guides/me/commissions", allow=STAFF)
def list_commissions(query: shapes.MonthOfLedger, caller: Caller, now: Millis) -> Listed[shapes.LedgerLine]:
    """What the guide earned in a month, each entry with its reasons."""
    if not caller.guide_id:
        raise SiyuError("wrong_role", "This account is no guide: it earns no commissions.")
    page = reading.commissions(caller.guide_id, query.month or shanghai_month(now), query.limit, query.cursor)
    return Listed([ledger_line(row) for row in page.items], page.cursor)


def _sale(body: shapes.OrderEvent) -> rules.Sale:
    if body.refund is not None:
        raise SiyuError("invalid_body", "A paid event has no refund. Send it as type refunded.", param="refund")
    return rules.Sale(
        event_id=body.event_id,
        order_id=body.order_id,
        identity=_identity(_needed(body.member, "member")),
        channel_id=_needed(body.channel_id, "channel_id"),
        closing_guide_id=body.closing_guide_id,
        paid_at=from_rfc3339(_needed(body.paid_at, "paid_at"), "paid_at"),
        lines=_told_lines(_needed(body.lines, "lines")),
    )


def _refund(body: shapes.OrderEvent) -> rules.Refund:
    told = _needed(body.refund, "refund")
    return rules.Refund(body.event_id, body.order_id, told.refund_id, told.amount_fen, _told_lines(told.lines or []))


def _identity(buyer: shapes.Buyer) -> tuple[str, str]:
    named = [(kind, value) for kind, value in msgspec.structs.asdict(buyer).items() if value is not None]
    if len(named) != 1:
        raise SiyuError("invalid_body", "Name the member by exactly one of its fields.", param="member")
    return named[0]


def _needed(value: T | None, param: str) -> T:
    if value is None:
        raise SiyuError("invalid_body", f"An event of this type needs {param}.", param=param)
    return value


def _told_lines(lines: list[shapes.EventLine]) -> tuple[rules.Line, ...]:
    return tuple(rules.Line(line.sku, line.quantity, line.amount_fen) for line in lines)


def _lines(lines: Any) -> list[shapes.EventLine]:
    return [shapes.EventLine(line.sku, line.quantity, line.amount_fen) for line in lines]


def why_of(reason: rules.Reason) -> shapes.Why:
    return shapes.Why(**msgspec.structs.asdict(reason))


def _refund_seen(seen: reading.RefundSeen) -> shapes.OrderRefund:
    told = seen.refund
    recorded_at = to_rfc3339(seen.recorded_at)
    return shapes.OrderRefund(told.refund_id, told.amount_fen, _lines(told.lines), recorded_at, seen.state)


def ledger_line(row: Item) -> shapes.LedgerLine:
    entry = reading.entry_of(row)
    why = [why_of(reason) for reason in entry.why]
    recorded_at = to_rfc3339(row["recorded_at"])
    return shapes.LedgerLine(
        entry.payee, entry.amount_fen, row["cause"], row["shop_id"], row["order_id"], recorded_at, why
    )


def _touch(touch: rules.Touch) -> shapes.OrderTouch:
    at = to_rfc3339(touch.at)
    return shapes.OrderTouch(touch.kind, at, touch.channel_id, touch.guide_id, touch.campaign_id)


def _unknown(order: Item, now: Millis) -> shapes.Unknown:
    channel_id = order["ch"] if reading.unknown_channel(order) else None
    closing = order["cg"] if reading.unknown_closing_guide(order) else None
    return shapes.Unknown("m" not in order, channel_id, closing, reading.unknown_skus(order, now))


def _policy(policy: rules.Policy) -> shapes.CommissionPolicy:
    listed = [shapes.PolicyRule(rule.role, rule.rate_bp, rule.max_fen) for rule in policy.rules]
    return shapes.CommissionPolicy(policy.version, to_rfc3339(policy.effective_at), listed, policy.lookback_days)
