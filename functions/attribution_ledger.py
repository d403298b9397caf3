"""Writes the ledger: one entry per payee of a frozen or refunded order."""

from __future__ import annotations

import msgspec

from chalicelib.attribution import service
from chalicelib.attribution.rules import Entry
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("attribution-ledger")
def attribution_ledger(event: Event) -> None:
    """Append the entries that the event carries."""
    service.record_entries(
        event.data["shop_id"],
        event.data["order_id"],
        event.data["cause"],
        event.data["recorded_at"],
        msgspec.convert(event.data["entries"], list[Entry]),
    )
