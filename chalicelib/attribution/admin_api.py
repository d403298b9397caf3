"""Routes of orders and the commission policy, for operators."""

from __future__ import annotations

from typing import Any

from chalicelib.attribution import policies, queries, rules, schemas, sources
from chalicelib.attribution.orders.tables import order_id_of
from chalicelib.attribution.views import ledger_line, why_of
from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.kernel.text import read
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Api

api = Api(__name__)


@api.get("/admin/orders/{order_id}", allow=ADMIN, errors=("not_found", "conflict"))
def get_order(order_id: str, query: schemas.OrderQuery, now: Millis) -> schemas.Order:
    """One order: its credits, postings, refunds, ledger entries and touches."""
    order, refunds = queries.find_order(read("reference", order_id, param="order_id"), query.shop_id)
    credits = [
        schemas.OrderCredit(one.payee, one.role, rules.earned(one, order["tt"]), why_of(queries.reason_of(order, one)))
        for one in queries.credits_of(order)
    ]
    return schemas.Order(
        order_id=order_id_of(order),
        shop_id=order["sk"],
        state="frozen" if "fz" in order else "provisional",
        member_id=order.get("m"),
        channel_id=order["ch"],
        closing_guide_id=order.get("cg"),
        paid_at=to_rfc3339(order["pa"]),
        recorded_at=to_rfc3339(order["at"]),
        total_fen=order["tt"],
        refunded_fen=order["tt"] - order["rest"],
        lines=_lines(queries.lines_of(order)),
        credits=credits,
        postings=[schemas.Posting(account, amount) for account, amount in queries.postings_of(order)],
        refunds=[_refund_seen(seen) for seen in refunds],
        entries=[ledger_line(row) for row in queries.entries_of(order)],
        policy_version=order["pv"],
        touches=[_touch(touch) for touch in queries.touches_of(order, sources.live(), now)],
        unknown=_unknown(order, now),
    )


@api.get("/admin/attribution-policy", allow=ADMIN)
def get_attribution_policy() -> schemas.CommissionPolicy:
    """The newest version of the commission policy."""
    return _policy(policies.newest_policy())


@api.put("/admin/attribution-policy", allow=ADMIN, errors=("conflict", "refused"))
def put_attribution_policy(body: schemas.NewPolicy, now: Millis) -> schemas.CommissionPolicy:
    """Make a new version of the commission policy; orders that were paid before keep theirs."""
    policy_rules = tuple(rules.Rule(rule.role, rule.rate_bp, rule.max_fen) for rule in body.rules)
    return _policy(policies.replace_policy(policy_rules, body.lookback_days, expected_version=body.version, now=now))


def _lines(lines: Any) -> list[schemas.EventLine]:
    return [schemas.EventLine(line.sku, line.quantity, line.amount_fen) for line in lines]


def _refund_seen(seen: queries.RefundSeen) -> schemas.OrderRefund:
    told = seen.refund
    recorded_at = to_rfc3339(seen.recorded_at)
    return schemas.OrderRefund(told.refund_id, told.amount_fen, _lines(told.lines), recorded_at, seen.state)


def _touch(touch: rules.Touch) -> schemas.OrderTouch:
    at = to_rfc3339(touch.at)
    return schemas.OrderTouch(touch.kind, at, touch.channel_id, touch.guide_id, touch.campaign_id)


def _unknown(order: Item, now: Millis) -> schemas.Unknown:
    channel_id = order["ch"] if queries.unknown_channel(order) else None
    closing = order["cg"] if queries.unknown_closing_guide(order) else None
    return schemas.Unknown("m" not in order, channel_id, closing, queries.unknown_skus(order, now))


def _policy(policy: rules.Policy) -> schemas.CommissionPolicy:
    listed = [schemas.PolicyRule(rule.role, rule.rate_bp, rule.max_fen) for rule in policy.rules]
    return schemas.CommissionPolicy(policy.version, to_rfc3339(policy.effective_at), listed, policy.lookback_days)
