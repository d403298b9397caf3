"""Brings payouts to WeChat Pay: so many workers, each with its share of the requests that WeChat Pay allows."""

from __future__ import annotations

from functools import lru_cache

from chalicelib.kernel import clock
from chalicelib.payouts import rules, sending
from chalicelib.payouts.pacing import Pace
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event
from chalicelib.wechat import connect

bp = Functions(__name__)


@lru_cache(maxsize=1)
def pace() -> Pace:
    """This container's."""
    return Pace(rules.RATE / rules.WORKERS)


@bp.queue_consumer("payouts-send", concurrency=rules.WORKERS)
def payouts_send(event: Event) -> None:
    pace().wait()
    sending.work_off(event, pay=connect.pay(), now=clock.now())
