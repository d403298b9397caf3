"""The life of codes, by batch, box or range: minted → active → shipped → scanned → claimed → void."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from chalicelib.brand import service as brand
from chalicelib.codes.batches import tables as batch_tables
from chalicelib.codes.batches.service import bounds, get_batch
from chalicelib.codes.format.ranges import Span, by_chunk, chunk_of
from chalicelib.codes.lifecycle import rules, tables
from chalicelib.codes.scans import tables as scan_tables
from chalicelib.codes.scans.lookup import Located, locate
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.settings import settings

Part = tuple[int, int | None]
"""First and last sequence, both included; None for the end of the batch."""
Stage = Literal["minted", "active", "shipped", "scanned", "claimed", "void"]

MOST_CHUNKS: Final = 256
"""Of one request for a part of a batch: about a million codes, a write each 4,096. A whole batch is one write."""


class Event(NamedTuple):
    """Something in the life of one code: who did it, and when. `by` is an operator or a member, "" when unknown."""

    what: str
    at: Millis
    by: str
    facts: Item


class Story(NamedTuple):
    """A code, its row ({} before the first scan), a page of its history, and its life, the earliest first."""

    located: Located
    row: Item
    visits: list[Item]
    next_cursor: str | None
    life: list[Event]


def activate(batch_id: str, part: Part | None, *, by: str, now: Millis) -> Item:
    """Put a batch, or the part (first, last) of it, into use, at once. 409 when the batch is void."""
    batch = get_batch(batch_id)
    if batch["state"] != "void" and part is not None:
        return _change_part(batch, "states", Span(*bounds(batch, part), "active", now), "activate", by, now)
    if batch["state"] != "void":
        batch = tables.activate(batch["number"], _operation(batch, "activate", by, now))
    if batch["state"] == "void":
        raise SiyuError("conflict", "A void batch cannot be activated. Mint a new one.")
    return batch


def void(batch_id: str, part: Part | None, *, by: str, now: Millis) -> Item:
    """Withdraw a batch or a part of it for ever: no claim from now on; scans show it when no cache is older."""
    batch = get_batch(batch_id)
    effective_at = rules.void_takes_effect(now, settings().cache_seconds)
    if part is not None:
        return _change_part(batch, "states", Span(*bounds(batch, part), "void", effective_at), "void", by, now)
    return tables.void(batch["number"], effective_at, _operation(batch, "void", by, now))


def ship(batch_id: str, part: Part, channel_id: str, *, by: str, now: Millis) -> Item:
    """Send the codes (first, last) to a channel; later shipments of the same codes win. 404 for an unknown channel."""
    batch = get_batch(batch_id)
    brand.get_channel(channel_id)
    span = Span(*bounds(batch, part), channel_id, now)
    if (span.first, span.last) != (0, batch["quantity"] - 1):
        return _change_part(batch, "ships", span, "ship", by, now)
    return tables.ship_whole(batch["number"], channel_id, _operation(batch, "ship", by, now, channel_id=channel_id))


def operations(batch_id: str, limit: int, cursor: str | None) -> Page:
    """What operators did to a batch and its ranges, the latest first."""
    return tables.log_of(get_batch(batch_id)["number"], limit, cursor)


def story(text: str, limit: int, cursor: str | None, now: Millis) -> Story:
    """Everything known of one code, a page of its scans the latest first; 404 for an unknown one."""
    located = locate(text, now)
    if located is None:
        raise not_found("code", text)
    row = scan_tables.get_code(located.code)
    visits, following = scan_tables.story(located.code, limit, cursor)
    return Story(located, row, visits, following, sorted(_life(located, row), key=lambda event: event.at))


def stage(story: Story) -> Stage:
    """How far the code has come."""
    place, row = story.located.place, story.row
    if place.state == "void":
        return "void"
    if "ca" in row:
        return "claimed"
    if "f" in row:
        return "scanned"
    if place.shipped:
        return "shipped"
    return "active" if place.state == "active" else "minted"


def _life(located: Located, row: Item) -> list[Event]:
    header = located.header
    events = [Event("minted", header["created_at"], header["created_by"], {"active": header["born_active"]})]
    for done in tables.operations_on(header["number"], located.sequence):
        facts = {"from_seq": done["first"], "to_seq": done["last"]}
        if "channel_id" in done:
            facts["channel_id"] = done["channel_id"]
        events.append(Event(_DONE[done["kind"]], done["at"], done["by"], facts))
    if "ft" in row:
        events.append(Event("scanned", row["ft"], "", {}))
    if "ca" in row:
        events.append(Event("claimed", row["ca"], row["own"], {"prize_fen": row["pz"]}))
    return events


_DONE: Final = {"activate": "activated", "ship": "shipped", "void": "voided"}


def _change_part(batch: Item, field: str, span: Span, kind: str, by: str, now: Millis) -> Item:
    if chunk_of(span.last) - chunk_of(span.first) >= MOST_CHUNKS:
        raise SiyuError(
            "invalid_parameter",
            "One request can change about a million codes. Send smaller ranges, or the whole batch at once.",
            param="to_seq",
        )
    channel_id = span.value if field == "ships" else None
    done = tables.operation(kind, by, now, span.first, span.last, channel_id=channel_id)
    tables.log(batch["number"], done)
    header = batch_tables.announce_parts(batch["number"])
    for chunk, piece in by_chunk(span):
        tables.lay_over(batch["number"], chunk, field, piece, done)
    return header


def _operation(batch: Item, kind: str, by: str, now: Millis, **facts: str) -> Item:
    return tables.operation(kind, by, now, 0, batch["quantity"] - 1, **facts)
