"""Hands customers over from guide to guide."""

from __future__ import annotations

from chalicelib.guides import transfers
from chalicelib.kernel import clock
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event
from chalicelib.wechat import connect

bp = Functions(__name__)


@bp.queue_consumer("guides-transfers", batch_size=1, concurrency=2)
def guides_transfers(event: Event) -> None:
    """Up to 100 customers, or what became of them."""
    transfers.take(event, connect.wecom(), clock.now())
