"""Pays the prizes that were in claimed codes."""

from __future__ import annotations

from chalicelib.codes import prize_payments
from chalicelib.kernel import clock
from chalicelib.payouts import service as payouts
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("codes-prizes")
def codes_prizes(event: Event) -> None:
    """One claim. Payouts know a packet that they were asked for before."""
    claim = event.data
    if claim["packet_id"]:
        prize_payments.pay(claim["code"], claim["member_id"], claim["prize_fen"], ask=payouts.request, now=clock.now())
