"""Applies WeChat Pay's notifications, in any order and any number of times."""

from __future__ import annotations

from chalicelib.payouts import sending
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("payouts-notified")
def payouts_notified(event: Event) -> None:
    told = event.data
    sending.receive_notification(told["out_bill_no"], told["state"], told["amount_fen"], told["why"], event.at)
