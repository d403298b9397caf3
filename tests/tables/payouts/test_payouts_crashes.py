"""Whichever AWS call of a payout's life a worker dies at, the payee is paid once."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.payouts import rules, sending, service
from chalicelib.payouts import tables as payout_tables
from tests.tables.payouts.crashes import When, crashing_at, until_done

CALLS_OF_A_LIFE = 8


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(1, CALLS_OF_A_LIFE))
def test_a_crash_at_any_call_pays_once(asked: dict[str, Any], pay: Any, wechat_pay: Any, call: int, when: When) -> None:
    member_id = asked["member_id"]

    with crashing_at(call, when) as has_crashed:
        payout_id = until_done(lambda: service.request(**asked))
        number = rules.out_bill_no(payout_id, 1)
        until_done(lambda: sending.send(member_id, payout_id, pay=pay, now=asked["now"]))
        wechat_pay.end(number, "confirm")
        until_done(lambda: sending.receive_notification(number, "SUCCESS", 123, None, asked["now"]))

    assert has_crashed()
    bill = wechat_pay.bill(number)
    assert bill is not None
    assert (bill["amount_fen"], bill["state"]) == (123, "SUCCESS")
    payout = payout_tables.find(member_id, payout_id, strong=True)
    assert payout is not None
    assert payout["st"] == rules.SUCCESS
