"""Compares WeCom's contacts with ours."""

from __future__ import annotations

from chalicelib.guides import reconciling
from chalicelib.kernel import clock
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event
from chalicelib.wechat import connect

bp = Functions(__name__)


@bp.queue_consumer("guides-check", batch_size=1, concurrency=2)
def guides_check(event: Event) -> None:
    """A page of one guide's contacts."""
    reconciling.take(event, connect.wecom(), clock.now())
