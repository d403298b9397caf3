"""From a claimed prize to its payout: once the claim is told, and by the reconciler until it has been asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chalicelib.codes.prizes import tables
from chalicelib.codes.prizes.rules import PRIZE_SOURCE, packet_id
from chalicelib.codes.scans import tables as scan_tables
from chalicelib.kernel.clock import HOUR, MINUTE, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count, logger

Ask = Callable[..., str]
"""`payouts.service.request`: the same source and source id is the same payout, however often it is asked for."""

SETTLING: Final = 2 * MINUTE
"""So long the usual way by stream and queue is left alone."""
_ORPHAN_AFTER: Final = HOUR
_AGAIN_AFTER: Final = HOUR
_MOST: Final = 500
"""Payouts that one run of the reconciler asks for; the next run goes on."""


def pay(code: str, member_id: str, prize_fen: int, *, ask: Ask, now: Millis) -> None:
    """Ask for the payout of a claimed prize, then close the claim. RuntimeError without an openid to pay to.

    The account that claimed is paid. A claimant who was erased since has forfeited the prize.
    """
    if members.find(member_id) is None:
        count("PrizeForfeited")
        tables.close(code)
        return
    openid = tables.payee_of(code, member_id) or members.openid_of(member_id)
    if openid is None:
        raise RuntimeError("the claimant has no openid")
    ask(
        source=PRIZE_SOURCE,
        source_id=packet_id(code),
        member_id=member_id,
        openid=openid,
        amount_fen=prize_fen,
        remark="一物一码奖品",
        report=("一物一码", "扫码奖品"),
        now=now,
    )
    tables.close(code)


def reconcile(ask: Ask, now: Millis) -> int:
    """Ask again for the payouts of claims that are still open; how many were asked for."""
    asked = 0
    for row in tables.due_rows(now - SETTLING):
        asked += _reconcile(row, ask, now)
        if asked >= _MOST:
            break
    if asked:
        logger().warning("Prizes were found whose payout nobody had asked for", asked=asked)
        count("PrizesReconciled", asked)
    return asked


def _reconcile(row: Item, ask: Ask, now: Millis) -> bool:
    code = scan_tables.get_code(row["sk"], strong=True)
    if "ca" not in code:
        if row["at"] < now - _ORPHAN_AFTER:
            tables.close_orphan(row)
        return False
    if not code["pz"]:
        tables.close(row["sk"])
        return False
    try:
        pay(row["sk"], code["own"], code["pz"], ask=ask, now=now)
    except (SiyuError, RuntimeError) as error:
        # One claim that cannot be paid (an erased member, an amount out of range) must not stop the others.
        logger().error("A claimed prize cannot be paid", code=row["sk"], error=str(error))
        count("PrizeUnpaid")
        tables.postpone(row, now + _AGAIN_AFTER)
        return False
    return True
