"""The payouts' table and the conditional writes that make each payment happen once.

A life costs 6 WRU: open row, reserved, sending, waiting, ended, open row deleted. The index from the rail's
number to the payout is a row of its own rather than a GSI, which would charge every change of state again.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.money import Fen
from chalicelib.payouts import rules
from chalicelib.runtime import dynamo
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import Item, Outcome, Page

OPEN_SHARDS: Final = 32


class Payout(dynamo.Row):
    """A payment to a person. pk = `MBR#` + member id, sk = payout id, so that a person's are one query.

    At most 1 KB with a bill whose texts are as long as the rail allows.
    """

    class Meta:
        table_name = dynamo.TableName("payouts")

    st = UnicodeAttribute()
    """RESERVED → SENDING → WAIT_CONFIRM → SUCCESS | FAILED; FAILED → RESERVED (next attempt) | RELEASED."""
    amount_fen = NumberAttribute()
    attempt = NumberAttribute()
    src = UnicodeAttribute()
    src_id = UnicodeAttribute()
    bill = UnicodeAttribute()
    """What the rail is asked for, frozen when the payout was made."""
    made_at = NumberAttribute()
    sent_at = NumberAttribute(null=True)
    package_info = UnicodeAttribute(null=True)
    confirm_before = NumberAttribute(null=True)
    ended_at = NumberAttribute(null=True)
    why = UnicodeAttribute(null=True)


class Open(dynamo.Row):
    """An attempt that has not ended. pk = `OPEN#` + shard of the number, sk = out_bill_no.

    Written before the payout, deleted after its end: it leads from a notification to the payout, and the
    reconciler walks these rows and nothing else.
    """

    class Meta:
        table_name = dynamo.TableName("payouts")

    member_id = UnicodeAttribute()
    payout_id = UnicodeAttribute()
    attempt = NumberAttribute()
    since = NumberAttribute()
    due_at = NumberAttribute()


def note_open(number: str, member_id: str, payout_id: str, attempt: int, now: Millis) -> bool:
    """Write or refresh the open row; False when the number belongs to another member's payout."""
    return dynamo.update(
        Open,
        _open_pk(number),
        number,
        "SET member_id = :member, payout_id = :payout, attempt = :attempt, since = if_not_exists(since, :now),"
        " due_at = :due",
        # The same cause must not pay two people: the second asker meets the first one's row.
        condition="attribute_not_exists(pk) OR member_id = :member",
        values={
            ":member": member_id,
            ":payout": payout_id,
            ":attempt": attempt,
            ":now": now,
            ":due": now + rules.FIRST_LOOK,
        },
        returns="NONE",
    ).done


def find_open(number: str, *, strong: bool = False) -> Item | None:
    """The open row of a number."""
    return dynamo.get(Open, _open_pk(number), number, strong=strong)


def open_page(shard: int, cursor: str | None) -> Page:
    """A page of one shard's open rows."""
    return dynamo.query(Open, f"OPEN#{shard:02d}", limit=500, cursor=cursor)


def postpone(row: Item, due_at: Millis) -> None:
    """Look at an open row again at `due_at`, unless it was closed meanwhile."""
    dynamo.update(
        Open,
        row["pk"],
        row["sk"],
        "SET due_at = :due",
        # A notification may have closed it: never write it anew.
        condition="attribute_exists(pk)",
        values={":due": due_at},
        returns="NONE",
    )


def close(number: str) -> None:
    """Delete the open row of an attempt that has ended. Doing it again changes nothing."""
    client("dynamodb").delete_item(
        TableName=Open.Meta.table_name,
        Key=dynamo.pack_item({"pk": _open_pk(number), "sk": number}),
        ReturnConsumedCapacity="TOTAL",
    )


def close_orphan(row: Item) -> None:
    """Delete an open row whose payout was never written, unless the asker has come back for it."""
    dynamodb = client("dynamodb")
    try:
        dynamodb.delete_item(
            TableName=Open.Meta.table_name,
            Key=dynamo.pack_item({"pk": row["pk"], "sk": row["sk"]}),
            # An asker who tries again refreshes due_at before it writes the payout.
            ConditionExpression="due_at = :seen",
            ExpressionAttributeValues=dynamo.pack_item({":seen": row["due_at"]}),
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return


def reserve(member_id: str, payout_id: str, fields: Item) -> Outcome:
    """The payout, once: the second asker for the same cause meets the first one's."""
    return dynamo.put_once(
        Payout, {"pk": _pk(member_id), "sk": payout_id, "st": rules.RESERVED, "attempt": 1, **fields}
    )


def find(member_id: str, payout_id: str, *, strong: bool = False) -> Item | None:
    """A payout."""
    return dynamo.get(Payout, _pk(member_id), payout_id, strong=strong)


def of_member(member_id: str, limit: int, cursor: str | None) -> Page:
    """A person's payouts, read strongly."""
    return dynamo.query(Payout, _pk(member_id), limit=limit, cursor=cursor, strong=True)


def begin_sending(member_id: str, payout_id: str, now: Millis) -> Outcome:
    """RESERVED → SENDING; `item` is the payout as it then stands.

    A rival of `withdraw`: whoever is first decides whether the rail is ever asked.
    """
    return _move(
        member_id,
        payout_id,
        "SET st = :to, sent_at = :now",
        "st = :from",
        {":from": rules.RESERVED, ":to": rules.SENDING, ":now": now},
    )


def withdraw(member_id: str, payout_id: str, now: Millis) -> Outcome:
    """RESERVED → FAILED, by an operator: nothing of this attempt has reached the rail."""
    return _move(
        member_id,
        payout_id,
        "SET st = :to, ended_at = :now, why = :why",
        "st = :from",
        {":from": rules.RESERVED, ":to": rules.FAILED, ":now": now, ":why": rules.WITHDRAWN},
    )


def wait_for_payee(member_id: str, payout_id: str, attempt: int, package_info: str, confirm_before: Millis) -> Outcome:
    """SENDING → WAIT_CONFIRM. Loses against a notification that came before the rail's own answer."""
    return _move(
        member_id,
        payout_id,
        "SET st = :to, package_info = :package, confirm_before = :before",
        "st = :from AND attempt = :attempt",
        {
            ":from": rules.SENDING,
            ":to": rules.WAIT_CONFIRM,
            ":attempt": attempt,
            ":package": package_info,
            ":before": confirm_before,
        },
    )


def end(
    member_id: str, payout_id: str, attempt: int, state: str, amount_fen: Fen, why: str | None, now: Millis
) -> Outcome:
    """SENDING or WAIT_CONFIRM → SUCCESS or FAILED, for the attempt and the amount that the rail names.

    Notification, reconciler and the sender's own answer race here: one of them ends it.
    """
    return _move(
        member_id,
        payout_id,
        "SET st = :to, ended_at = :now, why = :why REMOVE package_info, confirm_before",
        "st IN (:sending, :waiting) AND attempt = :attempt AND amount_fen = :amount",
        {
            ":to": state,
            ":sending": rules.SENDING,
            ":waiting": rules.WAIT_CONFIRM,
            ":attempt": attempt,
            ":amount": amount_fen,
            ":now": now,
            ":why": why,
        },
    )


def try_again(member_id: str, payout_id: str, attempt: int) -> Outcome:
    """FAILED → RESERVED with the next attempt's number. A rival of `release`: exactly one of them happens."""
    return _move(
        member_id,
        payout_id,
        "SET st = :to, attempt = :next REMOVE ended_at, why, sent_at",
        "st = :from AND attempt = :attempt",
        {":from": rules.FAILED, ":to": rules.RESERVED, ":attempt": attempt, ":next": attempt + 1},
    )


def release(member_id: str, payout_id: str, attempt: int) -> Outcome:
    """FAILED → RELEASED: the money is the source's again. A rival of `try_again`."""
    return _move(
        member_id,
        payout_id,
        "SET st = :to",
        "st = :from AND attempt = :attempt",
        {":from": rules.FAILED, ":to": rules.RELEASED, ":attempt": attempt},
    )


def _move(member_id: str, payout_id: str, expression: str, condition: str, values: Item) -> Outcome:
    return dynamo.update(
        Payout, _pk(member_id), payout_id, expression, condition=condition, values=values, returns="ALL_NEW"
    )


def _pk(member_id: str) -> str:
    return f"MBR#{member_id}"


def _open_pk(number: str) -> str:
    return f"OPEN#{zlib.crc32(number.encode()) % OPEN_SHARDS:02d}"


MODELS: Sequence[type[dynamo.Row]] = (Payout, Open)
