"""The writes by which packets are saved, decided, counted and ended, each once.

The packet's row decides what becomes of its money: `ask` and `release` are rivals, each a conditional write on it
before anything else happens. From `asked` on only the end of the payout moves it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from chalicelib.campaigns.models import Counter, Due, Packet
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.money import Fen
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Write, transaction

COUNTER_SHARDS: Final = 16
DUE_SHARDS: Final = 8
LEVELS_A_ROW: Final = 64
WAITING: Final = "waiting"
HELD: Final = "held"
"""Its owner is under review."""
ASKED: Final = "asked"
"""Its payout is asked for, or will be: the packet is not taken back any more."""
PAID: Final = "paid"
RELEASED: Final = "released"
ENDED: Final = frozenset({PAID, RELEASED})
STATE_SEEN: Final = {WAITING: "waiting", HELD: "under_review", ASKED: "sending", PAID: "paid", RELEASED: "failed"}
"""What a packet's owner reads before a payout stands for it."""


def find_packet(member_id: str, packet_id: str) -> Item | None:
    """A packet."""
    return dynamo.get(Packet, _packet_pk(member_id), packet_id, strong=True)


def packets_of(member_id: str) -> list[Item]:
    """A member's packets of all campaigns."""
    return list(dynamo.every(Packet, _packet_pk(member_id), prefix="pkt_", strong=True))


def new_packet(member_id: str, packet_id: str, fields: Item) -> Item:
    """A packet's row, which nobody has saved yet."""
    return {"pk": _packet_pk(member_id), "sk": packet_id, **fields}


def save_packet(packet: Item) -> bool:
    """Save the packet of a drawn share, counted once with its money; False when it was saved before."""
    writes = [
        # The stream tells a draw at least once: the row is the mark that it was counted.
        transaction.put_once(Packet, packet),
        _add_money(packet["campaign_id"], packet["sk"], "drawn", packet["amount_fen"]),
    ]
    if packet["due_at"] > packet["made_at"]:
        writes.append(transaction.put(Due, _due(packet)))
    return dynamo.transact(writes)


def ask(packet: Item, openid: str) -> Item:
    """waiting or held → asked, with whom to pay; the packet as it is then. 1 WRU.

    A rival of `release`: whoever is first decides. Only after this write is a payout asked for.
    """
    return dynamo.update(
        Packet,
        packet["pk"],
        packet["sk"],
        "SET st = :asked, openid = :openid",
        condition="st IN (:waiting, :held)",
        values={":asked": ASKED, ":openid": openid, ":waiting": WAITING, ":held": HELD},
        returns="ALL_NEW",
    ).item


def release(packet: Item) -> bool:
    """waiting or held → released, counted once; False when it was asked for, or was released before.

    A rival of `ask`: leaving, a rejection or an erasure takes back only what nobody is about to pay.
    """
    return _end(packet, RELEASED, "st IN (:waiting, :held)", {":waiting": WAITING, ":held": HELD})


def end(packet: Item, target: str) -> bool:
    """asked → paid or released, as its payout has ended, counted once; False when it had ended before.

    The end of a payout is told at least once: only the first one counts money.
    """
    return _end(packet, target, "st = :asked", {":asked": ASKED})


def forget_payee(packet: Item) -> None:
    """Forget whom to pay: the payout stands, and names them until it has ended."""
    dynamo.update(Packet, packet["pk"], packet["sk"], "REMOVE openid", condition="attribute_exists(pk)", returns="NONE")


def hold(packet: Item) -> bool:
    """waiting → held; False when something else was decided."""
    return _move(packet, WAITING, HELD)


def wait_on(packet: Item) -> bool:
    """held → waiting; False when something else was decided."""
    return _move(packet, HELD, WAITING)


def put_due(packet: Item) -> None:
    """Look at the packet again when its waiting period is over."""
    dynamo.put_once(Due, _due(packet))


def due_rows(now: Millis) -> Iterator[Item]:
    """Packets whose waiting period is over, by shard; a page is read after the one before was worked off."""
    for shard in range(DUE_SHARDS):
        yield from dynamo.every(Due, f"DUE#{shard}", up_to=_due_sk(now, "~"), page_size=100)


def packet_of_due(row: Item) -> tuple[str, str]:
    """Member id and packet id of a due row."""
    return row["member_id"], row["sk"].partition("#")[2]


def drop_due(row: Item) -> None:
    """The packet was handed over."""
    dynamo.delete(Due, row["pk"], row["sk"])


def counters(campaign_id: str) -> Iterator[Item]:
    """Every counter row of a campaign."""
    for shard in range(COUNTER_SHARDS):
        yield from dynamo.every(Counter, f"CNT#{campaign_id}#{shard}", strong=True)


def _add_money(campaign_id: str, key: str, what: str, amount_fen: Fen) -> Write:
    shard = zlib.crc32(key.encode()) % COUNTER_SHARDS
    return transaction.update(
        Counter,
        f"CNT#{campaign_id}#{shard}",
        "MONEY",
        f"ADD {what}_n :one, {what}_fen :fen",
        values={":one": 1, ":fen": amount_fen},
    )


def _packet_pk(member_id: str) -> str:
    return f"MBR#{member_id}"


def _due(packet: Item) -> Item:
    shard = zlib.crc32(packet["sk"].encode()) % DUE_SHARDS
    key = {"pk": f"DUE#{shard}", "sk": _due_sk(packet["due_at"], packet["sk"])}
    return {**key, "member_id": packet["pk"].removeprefix("MBR#")}


def _due_sk(due_at: Millis, packet_id: str) -> str:
    return f"{due_at:013d}#{packet_id}"


def _end(packet: Item, target: str, condition: str, values: Item) -> bool:
    mark = transaction.update(
        Packet,
        packet["pk"],
        packet["sk"],
        # Whom it was for is forgotten: the payout's own row names them.
        "SET st = :to REMOVE openid",
        condition=condition,
        values={":to": target, **values},
    )
    return dynamo.transact([mark, _add_money(packet["campaign_id"], packet["sk"], target, packet["amount_fen"])])


def _move(packet: Item, source: str, target: str) -> bool:
    return dynamo.update(
        Packet,
        packet["pk"],
        packet["sk"],
        "SET st = :to",
        condition="st = :from",
        values={":to": target, ":from": source},
        returns="NONE",
    ).done
