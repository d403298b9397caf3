"""Brings payouts to WeChat Pay: so many workers, each with its share of the requests that WeChat Pay allows."""

from __future__ import annotations

import time
from functools import lru_cache

from chalicelib.kernel import clock
from chalicelib.payouts import rules, sending
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event
from chalicelib.runtime.rate_limit import Pacer
from chalicelib.wechat import connect

bp = Functions(__name__)


@lru_cache(maxsize=1)
def _pacer() -> Pacer:
    return Pacer(rules.RATE / rules.WORKERS, time.monotonic, time.sleep)


@bp.queue_consumer("payouts-send", concurrency=rules.WORKERS)
def payouts_send(event: Event) -> None:
    _pacer().wait()
    sending.work_off(event, pay=connect.pay(), now=clock.now())
