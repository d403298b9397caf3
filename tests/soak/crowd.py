"""A thousand members and a pot of five hundred shares: in process, on real tables, through streams and queues."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from tests.world import World

QUEUES = ("campaigns-tree", "campaigns-packets", "campaigns-settled", "payouts-send", "payouts-notified")


class Fared(NamedTuple):
    """What came of a crowd. `broken`: what must hold and does not."""

    packets: int
    paid_fen: int
    seconds: float
    broken: list[str]


def draw_and_be_paid(
    world: World, drain: Callable[[], None], *, members: int, shares: int, threads: int, times: int
) -> Fared:
    """Everybody joins and draws, each request `times` times at once; then every packet is paid."""
    from chalicelib.campaigns.packets import drawing
    from chalicelib.campaigns.participants import service as participants
    from chalicelib.kernel import clock
    from chalicelib.kernel.errors import SiyuError

    began, pot_fen = time.monotonic(), shares * 100
    campaign_id = world.campaign(pot_fen, shares, risk={}, waiting_hours=0)
    openids = {
        world.member(customer)[0]: customer["openid"] for customer in (world.sandbox.customer() for _ in range(members))
    }

    def play(member_id: str) -> tuple[str, Any]:
        participants.join(campaign_id, member_id, None, clock.now())
        try:
            return member_id, drawing.draw(campaign_id, member_id, 1, clock.now())
        except SiyuError as error:
            return member_id, error.code

    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(play, list(openids) * times))
    drain()
    bills = _confirm(world, set(openids.values()))
    drain()
    drawn: dict[str, set[tuple[str, int]]] = {}
    for member_id, answer in answers:
        if not isinstance(answer, str):
            drawn.setdefault(member_id, set()).add(answer[:2])
    return Fared(
        len(drawn),
        sum(bill["amount_fen"] for bill in bills),
        time.monotonic() - began,
        _broken(world, campaign_id, drawn, {answer for _, answer in answers if isinstance(answer, str)}, bills, shares),
    )


def _confirm(world: World, openids: set[str]) -> list[dict[str, Any]]:
    """Every payee takes the money and nobody is told: the reconciler finds out. The sandbox's ledger of them."""
    from chalicelib.kernel import clock
    from chalicelib.payouts import jobs as payout_jobs
    from chalicelib.wechat import connect

    for bill in _bills(world, openids):
        world.sandbox.control("POST", f"transfers/{bill['out_bill_no']}/confirm", {"callback": False})
    while payout_jobs.reconcile(connect.pay(), clock.now() + clock.HOUR, at_most=10_000):
        pass
    return _bills(world, openids)


def _bills(world: World, openids: set[str]) -> list[dict[str, Any]]:
    return [bill for bill in world.sandbox.control("GET", "transfers")["items"] if bill["openid"] in openids]


def _broken(
    world: World,
    campaign_id: str,
    drawn: dict[str, set[tuple[str, int]]],
    refusals: set[str],
    bills: list[dict[str, Any]],
    shares: int,
) -> list[str]:
    told = world.ask("GET", f"/admin/campaigns/{campaign_id}/report")
    pot_fen = shares * 100
    wanted = {
        "packets": (len(drawn), shares),
        "packets of one member": (max(len(found) for found in drawn.values()), 1),
        "their sum": (sum(amount for found in drawn.values() for _, amount in found), pot_fen),
        "refusals": (refusals, {"pot_empty"}),
        "bills at WeChat Pay": (len(bills), shares),
        "bills of one payee": (max(sum(one["openid"] == bill["openid"] for one in bills) for bill in bills), 1),
        "states at WeChat Pay": ({bill["state"] for bill in bills}, {"SUCCESS"}),
        "paid at WeChat Pay": (sum(bill["amount_fen"] for bill in bills), pot_fen),
        "the report": (
            [told[name] for name in ("funded_fen", "drawn_fen", "paid_fen", "released_fen", "remaining_fen")],
            [pot_fen, pot_fen, pot_fen, 0, 0],
        ),
    }
    return [f"{what}: {found!r}, not {right!r}" for what, (found, right) in wanted.items() if found != right]
