"""Pays the prizes that were in claimed codes."""

from __future__ import annotations

from chalicelib.codes.rules import PRIZE_SOURCE
from chalicelib.kernel import clock
from chalicelib.members import service as members
from chalicelib.payouts import service as payouts
from chalicelib.runtime.consumers import Functions
from chalicelib.runtime.queues import Event

bp = Functions(__name__)


@bp.queue_consumer("codes-prizes")
def codes_prizes(event: Event) -> None:
    """One claim. Payouts know a packet that they were asked for before."""
    prize = event.data
    if not prize["packet_id"]:
        return
    openid = members.openid_of(prize["member_id"])
    if openid is None:
        raise RuntimeError("the claimant has no openid")
    payouts.request(
        source=PRIZE_SOURCE,
        source_id=prize["packet_id"],
        member_id=prize["member_id"],
        openid=openid,
        amount_fen=prize["prize_fen"],
        remark="一物一码奖品",
        report=("一物一码", "扫码奖品"),
        now=clock.now(),
    )
