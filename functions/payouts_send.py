"""Brings payouts to WeChat Pay.

Eight containers with one request at a time of 0.1 s and more stay below WeChat Pay's 100 requests a second.
"""

from __future__ import annotations

from chalicelib.kernel import clock
from chalicelib.payouts import sending
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event
from chalicelib.wechat import connect

bp = Functions(__name__)


@bp.queue_consumer("payouts-send", concurrency=8)
def payouts_send(event: Event) -> None:
    sending.send(event.data["member_id"], event.data["payout_id"], pay=connect.pay(), now=clock.now())
