"""Compares WeCom's contacts with ours."""

from __future__ import annotations

from chalicelib.guides.contacts import jobs as contact_jobs
from chalicelib.kernel import clock
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event
from chalicelib.wechat import connect

bp = Functions(__name__)


@bp.queue_consumer("guides-check", batch_size=1, concurrency=2)
def guides_check(event: Event) -> None:
    """A page of one guide's contacts."""
    contact_jobs.handle(event, connect.wecom(), clock.now())
