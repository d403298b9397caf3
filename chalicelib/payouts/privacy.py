"""What payouts keep of a person: shown to them, and forgotten. The money's rows stay, without the person."""

from __future__ import annotations

import msgspec

from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.payouts import rules, service, tables
from chalicelib.payouts.models import Payout
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item
from chalicelib.wechat.pay_bills import TransferBill


def payouts(member_id: str) -> list[Item]:
    """Every payout to a member: what for, how much, how it stands."""
    return [
        {
            "payout_id": row["sk"],
            "source": row["src"],
            "amount_fen": row["amount_fen"],
            "state": rules.state_seen(row["st"], row.get("why") or ""),
            "at": to_rfc3339(row["made_at"]),
        }
        for row in _rows(member_id)
    ]


def forget(member_id: str, now: Millis) -> int:
    """Take the person out of the payouts that have ended; how many have not, and need another try later.

    One that is on its way keeps its frozen bill: WeChat Pay must hear the same again under the same number. One that
    failed is let go of, for nobody is left to try again for; so is one that waits for the payee's name.
    """
    open_still = 0
    for row in _rows(member_id):
        if row["st"] == rules.RESERVED and "needs" in row:
            service.withdraw(member_id, row["sk"], now)
        if row["st"] == rules.FAILED:
            tables.release(member_id, row["sk"], row["attempt"])
        if not _without_person(row):
            open_still += 1
    return open_still


def _without_person(row: Item) -> bool:
    """Whether the payout names the person no more. Only what has ended for good: a rival `try_again` needs the bill."""
    bill = msgspec.json.decode(row["bill"], type=TransferBill)
    if not bill.openid and not bill.user_name:
        return True
    anonymous = msgspec.structs.replace(bill, openid="", user_name=None)
    return dynamo.update(
        Payout,
        row["pk"],
        row["sk"],
        "SET bill = :bill",
        condition="st IN (:paid, :released)",
        values={":bill": rules.freeze(anonymous), ":paid": rules.SUCCESS, ":released": rules.RELEASED},
        returns="NONE",
    ).done


def _rows(member_id: str) -> list[Item]:
    return list(dynamo.every(Payout, f"MBR#{member_id}", strong=True))
