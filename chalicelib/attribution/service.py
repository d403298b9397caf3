"""Use cases of attribution: record a touch, take an order or a refund, settle, write the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from chalicelib.attribution import rules, tables
from chalicelib.attribution.orders import tables as orders_tables
from chalicelib.attribution.policies import policy_as_of
from chalicelib.attribution.rules import Entry, Policy, Refund, Sale, Touch
from chalicelib.attribution.sources import Sources
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.kernel.privacy import keyed_hash
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count, logger
from chalicelib.runtime.secrets import app_secrets

if TYPE_CHECKING:
    from chalicelib.members.service import Person

Status = Literal["accepted", "duplicate"]


def touch(
    person: Person,
    *,
    kind: str,
    key: str,
    at: Millis,
    channel_id: str | None = None,
    guide_id: str | None = None,
    campaign_id: str | None = None,
) -> None:
    """Record a dated contact with a person (触点): 1 WRU, no read.

    Idempotent by `key`, which names the cause; a repeat must bring the same `at`, the moment of that cause.
    """
    fields = {"kind": kind, "channel_id": channel_id, "guide_id": guide_id, "campaign_id": campaign_id}
    tables.add_touch(person.id, at, key, {name: value for name, value in fields.items() if value is not None})


def place_order(sale: Sale, *, shop_id: str, sources: Sources, now: Millis, settling_seconds: int) -> Status:
    """Take a paid order and credit it as of `paid_at`.

    Writes: the order with its credits, 1 WRU per KB, and 1 WRU for the event id, which alone can tell that the
    same event is later sent for another order. Reads: who the buyer is, 1 RRU (0.5 of a member id), and the binding,
    strongly, 1 RRU for each profile of the person; the touches (0.5 or 1 RRU each) only under a policy that pays
    them. Shop secret and policy are cached.
    Without a settling time, or after it, the credits are frozen by the same write.
    400 for a `paid_at` in the future, 409 `idempotency_conflict` or `conflict` when the event or the order is
    known with other content.
    """
    if sale.paid_at > now + rules.CLOCK_SKEW:
        raise SiyuError(
            "invalid_parameter", "paid_at is in the future. Check the clock and its time zone.", param="paid_at"
        )
    content = _content(sale)
    if not orders_tables.claim_event(shop_id, sale.event_id, content):
        raise _reused_event()
    outcome = orders_tables.place(sale.order_id, shop_id, _order_fields(sale, content, sources, now, settling_seconds))
    if not outcome.done and outcome.item["h"] != content:
        raise SiyuError(
            "conflict", "This order was sent before with other content. Send changes as refunds.", param="order_id"
        )
    if outcome.done:
        count("OrderPlaced")
    return "accepted" if outcome.done else "duplicate"


def record_refund(refund: Refund, *, shop_id: str, now: Millis) -> Status:
    """Take a refund off its order: 1 WRU per KB of the order, no read.

    A refund whose order is not known yet is kept and taken when the order arrives.
    409 `idempotency_conflict` for a refund id, or an event id of this order, that is known with other content (of
    another order only a paid event keeps its id: a row per refund would double what it costs), 422
    `refund_exceeds_order`, 422 `refused` above 100 refunds of one order.
    """
    if sum(line.amount_fen for line in refund.lines) > refund.amount_fen:
        raise SiyuError("invalid_parameter", "The lines add up to more than the refund.", param="refund.lines")
    taken = _apply(refund, shop_id, now)
    if taken:
        return taken
    status = _save_waiting(refund, shop_id, now)
    # The order may have arrived between the two writes, and its own look for waiting refunds missed this one.
    return _apply(refund, shop_id, now) or status


def freeze_order(shop_id: str, order_id: str, *, sources: Sources, now: Millis, settling_seconds: int) -> Millis | None:
    """Take the refunds that waited for this order, and freeze its credits if it is time.

    Recomputed as of `paid_at`: a binding that was recorded late but is dated before still pays its guide.
    The answer is when to come back, None when the order is frozen. Repeating changes nothing.
    """
    order = orders_tables.find_order(shop_id, order_id)
    if order is None:
        raise not_found("order", order_id)
    for row in orders_tables.waiting_refunds(shop_id, order_id):
        _apply_waiting(msgspec.json.decode(row["refund"], type=Refund), shop_id, row["at"], now)
    if "fz" in order:
        _save_touches(order, sources, now)
        return None
    if not rules.is_due(order["pa"], now, settling_seconds):
        return int(order["pa"] + settling_seconds * SECOND)
    person = sources.person(order["m"]) if "m" in order else None
    credited = _credited(person, order.get("cg"), order["pa"], sources, now, with_touches=True)
    orders_tables.freeze(shop_id, order_id, {**credited, "fz": now})
    count("OrderFrozen")
    return None


def record_entries(shop_id: str, order_id: str, cause: str, recorded_at: Millis, entries: list[Entry]) -> None:
    """Append what one cause gave to each payee: 1 WRU each. Told again, nothing changes."""
    for entry in entries:
        key = tables.entry_key(entry.payee, recorded_at, shop_id, order_id, cause)
        fields = {"shop_id": shop_id, "order_id": order_id, "cause": cause, "recorded_at": recorded_at}
        fields |= {"amount_fen": entry.amount_fen, "why": msgspec.to_builtins(entry.why)}
        if tables.add_entry(key, fields).done:
            count("LedgerEntryWritten")


def touches_of(person: Person, policy: Policy, moment: Millis) -> list[Touch]:
    """The newest touches inside the policy's lookback, over all profiles of the person, newest first."""
    rows = [row for member_id in person.ids for row in tables.touches_until(member_id, moment)]
    found = sorted((_touch(row) for row in rows), key=lambda one: one.at, reverse=True)
    return rules.within_lookback(policy, found, moment)


def _order_fields(sale: Sale, content: str, sources: Sources, now: Millis, settling_seconds: int) -> Item:
    person = sources.person_of(*sale.identity)
    frozen = {"fz": now} if rules.is_due(sale.paid_at, now, settling_seconds) else {}
    credited = _credited(person, sale.closing_guide_id, sale.paid_at, sources, now, with_touches=False)
    named = {"m": person.id if person else None, "cg": sale.closing_guide_id}
    return {
        "ev": {orders_tables.event_digest(sale.event_id)},
        "h": content,
        "ch": sale.channel_id,
        "pa": sale.paid_at,
        "at": now,
        "ln": msgspec.to_builtins(sale.lines),
        "tt": sale.total_fen,
        "rest": sale.total_fen,
        "rn": 0,
        **{name: value for name, value in named.items() if value is not None},
        **credited,
        **frozen,
    }


def _credited(
    person: Person | None,
    closing_guide_id: str | None,
    paid_at: Millis,
    sources: Sources,
    now: Millis,
    *,
    with_touches: bool,
) -> Item:
    moment = rules.credited_as_of(paid_at)
    policy = policy_as_of(moment, now)
    bound = sources.binding_as_of(person, moment) if person else None
    looks = person is not None and (with_touches or policy.pays_touches)
    touches = touches_of(person, policy, moment) if person and looks else []
    credits = rules.credits_of(
        policy, bound_guide_id=bound.guide_id if bound else None, closing_guide_id=closing_guide_id, touches=touches
    )
    credited = {"cr": msgspec.to_builtins(credits), "pv": policy.version}
    return {**credited, "tc": _evidence(touches)} if looks or with_touches else credited


def _evidence(touches: list[Touch]) -> list[Any]:
    kept: list[Any] = msgspec.to_builtins(rules.touches_as_evidence(touches))
    return kept


def _save_touches(order: Item, sources: Sources, now: Millis) -> None:
    """An order that was frozen at birth gets its touches here: 1 WRU later instead of 1 RRU while the shop waits."""
    if "tc" in order or "m" not in order:
        return
    moment = rules.credited_as_of(order["pa"])
    touches = touches_of(sources.person(order["m"]), policy_as_of(moment, now), moment)
    orders_tables.save_touches(order["pk"], order["sk"], _evidence(touches))


def _apply(refund: Refund, shop_id: str, now: Millis) -> Status | None:
    """None when there is no such order."""
    content = _content(refund)
    fields: Item = {"t": now, "h": content}
    if refund.lines:
        fields["l"] = msgspec.to_builtins(refund.lines)
    outcome = orders_tables.apply_refund(
        shop_id, refund.order_id, refund.refund_id, refund.amount_fen, refund.event_id, fields
    )
    if outcome.done:
        count("RefundTaken")
        return "accepted"
    return _why_refused(outcome.item, refund, content) if outcome.item else None


def _why_refused(order: Item, refund: Refund, content: str) -> Status:
    known = order.get(orders_tables.refund_name(refund.refund_id))
    if known and known["h"] == content:
        return "duplicate"
    if known or orders_tables.event_digest(refund.event_id) in order["ev"]:
        raise _reused_event()
    if order["rest"] < refund.amount_fen:
        message = f"{order['rest']} fen of this order are not refunded yet. Check the amount."
        raise SiyuError("refund_exceeds_order", message, param="refund.amount_fen")
    raise SiyuError("refused", f"An order can have at most {orders_tables.MAX_REFUNDS} refunds.", param="refund")


def _save_waiting(refund: Refund, shop_id: str, now: Millis) -> Status:
    content = _content(refund)
    row = {"refund": msgspec.json.encode(refund).decode(), "h": content, "at": now}
    outcome = orders_tables.save_waiting(shop_id, refund.order_id, refund.refund_id, row)
    if outcome.done:
        count("RefundBeforeOrder")
        return "accepted"
    if outcome.item["h"] != content:
        raise _reused_event()
    return "duplicate"


def _apply_waiting(refund: Refund, shop_id: str, at: Millis, now: Millis) -> None:
    try:
        _apply(refund, shop_id, now)
    except SiyuError as error:
        # Nobody waits for an answer any more: it stays visible on the order as waiting, and is counted.
        fields: dict[str, Any] = {"order_id": refund.order_id, "refund_id": refund.refund_id, "since": at}
        logger().warning("A refund that waited for its order was refused", code=error.code, shop_id=shop_id, **fields)
        count("WaitingRefundRefused", code=error.code)


def _content(fact: Sale | Refund) -> str:
    """What an event says apart from its id; keyed, because it covers the buyer's phone."""
    said = msgspec.json.encode(msgspec.structs.replace(fact, event_id="")).decode()
    return keyed_hash(said, app_secrets().lookup_key)


def _touch(row: Item) -> Touch:
    return Touch(row["kind"], row["at"], row.get("channel_id"), row.get("guide_id"), row.get("campaign_id"))


def _reused_event() -> SiyuError:
    return SiyuError(
        "idempotency_conflict",
        "This event_id was sent before with other content. Give every event its own id.",
        param="event_id",
    )
