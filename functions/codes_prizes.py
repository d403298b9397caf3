"""Pays the prizes that were in claimed codes."""

from __future__ import annotations

from chalicelib.codes.prizes import payments
from chalicelib.kernel import clock
from chalicelib.payouts import service as payouts
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.events.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("codes-prizes")
def codes_prizes(event: Event) -> None:
    """One claim. Payouts know a packet that they were asked for before."""
    claim = event.data
    if claim["packet_id"]:
        payments.pay(claim["code"], claim["member_id"], claim["prize_fen"], ask=payouts.request, now=clock.now())
