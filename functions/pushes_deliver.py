"""Sends the pages of pushes, paced for the medium."""

from __future__ import annotations

import time
from functools import lru_cache

from chalicelib.kernel import clock
from chalicelib.pushes import rules, service
from chalicelib.runtime.events import queues
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event
from chalicelib.runtime.rate_limit import Pacer
from chalicelib.runtime.settings import settings
from chalicelib.wechat import connect

bp = Functions(__name__)


@bp.queue_consumer("pushes-deliver", batch_size=1, concurrency=rules.WORKERS)
def pushes_deliver(event: Event) -> None:
    """Send a page; what is left of it is handed on to a next event."""
    courier = service.Courier(connect.mini_program(), clock.now, _pacer().wait)
    wait = service.deliver(event.data["push_id"], event.data["page_id"], courier)
    if wait is not None:
        queues.send("pushes-deliver", [event], delay_seconds=wait)


@lru_cache(maxsize=1)
def _pacer() -> Pacer:
    return Pacer(settings().push_media_rate / rules.WORKERS, time.monotonic, time.sleep)
