"""Use cases of operators: mint, list, activate, ship and void batches or ranges of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.brand import service as brand
from chalicelib.codes import code_format, code_rows, gs1, keys, rules, tables
from chalicelib.codes.lookup import Located, locate
from chalicelib.codes.prizes import Tier
from chalicelib.codes.ranges import Span, by_chunk, chunk_of
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.secrets import code_secrets
from chalicelib.runtime.settings import settings

MOST_CHUNKS = 256
"""Of one request for a part of a batch: about a million codes, a write each 4,096. A whole batch is one write."""


class Line(NamedTuple):
    """One code to print; `gs1_url` is "" without a GTIN, `box` None without boxes. `seq` and `box` count from 0, 1."""

    code: str
    url: str
    gs1_url: str
    seq: int
    box: int | None


class Story(NamedTuple):
    """A code, its row ({} before the first scan) and a page of its history."""

    located: Located
    row: Item
    visits: Page


def mint(
    batch_id: str,
    *,
    product_id: str,
    quantity: int,
    box_size: int | None,
    channel_id: str | None,
    prizes: list[Tier],
    claim_until: Millis | None = None,
    active: bool,
    by: str,
    now: Millis,
) -> Item:
    """A batch of `quantity` codes: one write, whatever the quantity. A repeat with the same id finds the first's.

    Nothing changes quantity, tiers, prize key and `claim_until` afterwards. 404 for an unknown product or channel,
    422 `impossible_pot` when there are more prizes than codes.
    """
    _check_prizes(prizes, quantity)
    if claim_until is not None and claim_until <= now:
        raise SiyuError("invalid_parameter", "The claim deadline must be in the future.", param="claim_until")
    product = brand.get_product(product_id)
    if channel_id is not None:
        brand.get_channel(channel_id)
    state = "active" if active else "inactive"
    fields: Item = {
        "key_version": code_secrets().current,
        "product_id": product_id,
        "gtin": gs1.gtin14(product["gtin"]) if product["gtin"] else None,
        "quantity": quantity,
        "box_size": box_size,
        "channel_id": channel_id,
        "prizes": [list(tier) for tier in prizes],
        "prize_key_hash": keys.prize_key_hash(batch_id) if prizes else None,
        "claim_until": claim_until,
        "state": state,
        "state_before": state,
        "state_at": now,
        "parts": False,
        "created_at": now,
        "created_by": by,
    }
    return tables.create_batch(batch_id, fields)


def get_batch(batch_id: str) -> Item:
    """A batch; 404 when there is none."""
    found = tables.find_batch(batch_id)
    if found is None:
        raise not_found("batch", batch_id)
    return found


def codes_page(batch: Item, start: int, limit: int) -> Iterator[Line]:
    """`limit` codes from sequence `start` on, computed, not stored."""
    version, number, base = batch["key_version"], batch["number"], settings().public_url
    key = keys.batch_key(version, number)
    if key is None:
        raise RuntimeError("the key version of this batch is missing from the secret")
    box_size = batch["box_size"]
    for sequence in range(start, min(start + limit, batch["quantity"])):
        code = code_format.compose(version, number, sequence, key)
        box = sequence // box_size + 1 if box_size else None
        yield Line(code, f"{base}/c/{code}", gs1.link(base, batch["gtin"], code), sequence, box)


def activate(batch_id: str, part: tuple[int, int | None] | None, *, by: str, now: Millis) -> Item:
    """Put a batch, or the part (first, last) of it, into use, at once. 409 when the batch is void."""
    batch = get_batch(batch_id)
    if batch["state"] == "void":
        raise SiyuError("conflict", "A void batch can not be activated. Mint a new one.")
    if part is not None:
        return _change_part(batch, "states", _span(batch, part, "active", now), by, now)
    outcome = tables.activate(batch["number"], now)
    if outcome.done:
        tables.record_operation(batch["number"], "activate", by, now, {})
    elif outcome.item["state"] == "void":
        raise SiyuError("conflict", "A void batch can not be activated. Mint a new one.")
    return outcome.item


def void(batch_id: str, part: tuple[int, int | None] | None, *, by: str, now: Millis) -> Item:
    """Withdraw a batch or a part of it for ever: no claim from now on; scans show it when no cache is older."""
    batch = get_batch(batch_id)
    effective_at = rules.void_takes_effect(now, settings().cache_seconds)
    if part is not None:
        return _change_part(batch, "states", _span(batch, part, "void", effective_at), by, now)
    outcome = tables.void(batch["number"], effective_at)
    if outcome.done:
        tables.record_operation(batch["number"], "void", by, now, {"effective_at": effective_at})
    return outcome.item


def ship(batch_id: str, part: tuple[int, int | None], channel_id: str, *, by: str, now: Millis) -> Item:
    """Send the codes (first, last) to a channel; later shipments of the same codes win. 404 for an unknown channel."""
    batch = get_batch(batch_id)
    brand.get_channel(channel_id)
    span = _span(batch, part, channel_id, now)
    if (span.first, span.last) != (0, batch["quantity"] - 1):
        return _change_part(batch, "ships", span, by, now)
    tables.record_operation(batch["number"], "ship", by, now, {"channel_id": channel_id})
    return tables.ship_whole(batch["number"], channel_id, now)


def story(text: str, limit: int, cursor: str | None, now: Millis) -> Story:
    """Everything known of one code, a page of its scans the latest first; 404 for an unknown one."""
    located = locate(text, now)
    if located is None:
        raise not_found("code", text)
    return Story(located, code_rows.get_code(located.code), code_rows.story(located.code, limit, cursor))


def bounds(batch: Item, part: tuple[int, int | None]) -> tuple[int, int]:
    """First and last sequence that a part (first, last or None for the end) means; 400 outside of the batch."""
    first, last = part[0], batch["quantity"] - 1
    if part[1] is not None:
        last = min(last, part[1])
    if first > last:
        raise SiyuError(
            "invalid_parameter", f"from_seq must be at most to_seq and below {batch['quantity']}.", param="from_seq"
        )
    return first, last


def _check_prizes(prizes: list[Tier], quantity: int) -> None:
    if sum(tier.winners for tier in prizes) > quantity:
        raise SiyuError("impossible_pot", "There are more prizes than codes. Mint more or give fewer.", param="prizes")
    least, most = settings().payout_min_fen, settings().payout_max_fen
    if any(not least <= tier.amount_fen <= most for tier in prizes):
        raise SiyuError("impossible_pot", f"A prize can be {least} to {most} fen: so WeChat Pay rules.", param="prizes")


def _span(batch: Item, part: tuple[int, int | None], value: str, at: Millis) -> Span:
    return Span(*bounds(batch, part), value, at)


def _change_part(batch: Item, field: str, span: Span, by: str, now: Millis) -> Item:
    if chunk_of(span.last) - chunk_of(span.first) >= MOST_CHUNKS:
        raise SiyuError(
            "invalid_parameter",
            "A part may have about a million codes. Send smaller ranges, or the whole batch at once.",
            param="to_seq",
        )
    facts = {"field": field, "first": span.first, "last": span.last, "value": span.value}
    tables.record_operation(batch["number"], f"{field}#{span.first}-{span.last}", by, now, facts)
    header = tables.announce_parts(batch["number"])
    for chunk, piece in by_chunk(span):
        tables.lay_over(batch["number"], chunk, field, piece)
    return header
