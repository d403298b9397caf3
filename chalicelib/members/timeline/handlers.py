"""What other areas' events mean for a member's timeline (时间线)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.members.identity.resolve import current
from chalicelib.members.tables import member_id_of
from chalicelib.members.timeline import tables
from chalicelib.runtime.events.queues import Event

_FACTS: Final = {
    "order.frozen": ("order_placed", ("shop_id", "order_id", "amount_fen", "channel_id")),
    "order.refunded": ("order_refunded", ("shop_id", "order_id", "amount_fen")),
    "participant.joined": ("campaign_joined", ("campaign_id",)),
    "packet.drawn": ("packet_drawn", ("campaign_id", "packet_id", "amount_fen")),
}
"""Type of an event → the kind of the row and which of its facts the row keeps."""
_KEY: Final = {
    "order.frozen": ("shop_id", "order_id"),
    "order.refunded": ("shop_id", "order_id", "cause"),
    "participant.joined": ("campaign_id", "participant_id"),
    "packet.drawn": ("packet_id",),
}
"""What makes two deliveries one row."""


class NewEntry(NamedTuple):
    """A row to be written into a member's timeline."""

    member_id: str
    kind: str
    key: str
    at: Millis
    facts: dict[str, Any]


def entry_of(event: Event) -> NewEntry | None:
    """The row of an event; None for one that names no member. An order counts from when it was paid."""
    told = event.data
    member_id = told.get("member_id")
    if event.type not in _FACTS or not member_id:
        return None
    kind, names = _FACTS[event.type]
    key = ":".join(str(told[name]) for name in _KEY[event.type])
    at = told["paid_at"] if event.type == "order.frozen" else event.at
    return NewEntry(member_id, kind, key, at, {name: told[name] for name in names if told.get(name) is not None})


def handle(event: Event) -> None:
    """Write an event into the timeline: 0.5 RRU and 1 WRU. Of somebody who was erased since, nothing is written."""
    moment = entry_of(event)
    if moment is None:
        return
    try:
        member_id = member_id_of(current(moment.member_id))
    except SiyuError as error:
        if error.code != "not_found":
            raise
        return
    tables.put_entry(member_id, moment.kind, moment.key, moment.at, moment.facts)
