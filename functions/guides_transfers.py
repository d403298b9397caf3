"""Hands customers over from guide to guide."""

from __future__ import annotations

from chalicelib.guides.transfers import service as transfers
from chalicelib.kernel import clock
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event
from chalicelib.wechat import connect

bp = Functions(__name__)


@bp.queue_consumer("guides-transfers", batch_size=1, concurrency=2)
def guides_transfers(event: Event) -> None:
    """Up to 100 customers, or what became of them."""
    transfers.handle(event, connect.wecom(), clock.now())
