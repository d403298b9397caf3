"""Settles orders: takes the refunds that came before them, freezes their credits when it is time."""

from __future__ import annotations

from typing import Final

from chalicelib.attribution import service, sources
from chalicelib.kernel import clock
from chalicelib.kernel.clock import SECOND
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event
from chalicelib.runtime.settings import settings

bp = Functions(__name__)

LONGEST_DELAY: Final = 900
"""Seconds, of SQS: what is due later is put back more than once."""


@bp.queue_consumer("attribution-freeze")
def attribution_freeze(event: Event) -> None:
    """Settle one order, or come back when it is due."""
    now = clock.now()
    due = service.freeze_order(
        event.data["shop_id"],
        event.data["order_id"],
        sources=sources.live(),
        now=now,
        settling_seconds=settings().settling_seconds,
    )
    if due is not None:
        wait = min(LONGEST_DELAY, -((now - due) // SECOND))
        queues.send("attribution-freeze", [event], delay_seconds=wait)
