"""The writes by which packets are kept, counted and settled, each once."""

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
OPEN: Final = "open"
PAID: Final = "paid"
RELEASED: Final = "released"
STATE_SEEN: Final = {WAITING: "waiting", HELD: "under_review", OPEN: "sending", PAID: "paid", RELEASED: "failed"}
"""What a packet's owner reads before a payout stands for it."""


def find_packet(member_id: str, packet_id: str) -> Item | None:
    """A packet."""
    return dynamo.get(Packet, _packet_pk(member_id), packet_id, strong=True)


def packets_of(member_id: str) -> list[Item]:
    """A member's packets of all campaigns."""
    return list(dynamo.every(Packet, _packet_pk(member_id), prefix="pkt_", strong=True))


def save_packet(member_id: str, packet_id: str, fields: Item) -> bool:
    """The packet of a drawn share, counted once with its money; False when it was kept before."""
    packet = {"pk": _packet_pk(member_id), "sk": packet_id, **fields}
    writes = [
        # The stream tells a draw at least once: the row is the mark that it was counted.
        transaction.put_once(Packet, packet),
        _add_money(fields["campaign_id"], packet_id, "drawn", fields["amount_fen"]),
    ]
    if fields["due_at"] > fields["made_at"]:
        due = {"pk": _due_pk(packet_id), "sk": _due_sk(fields["due_at"], packet_id), "member_id": member_id}
        writes.append(transaction.put(Due, due))
    return dynamo.transact(writes)


def complete_packet(packet: Item, target: str) -> bool:
    """waiting, held or open → paid or released, counted once; False when it was settled before."""
    mark = transaction.update(
        Packet,
        packet["pk"],
        packet["sk"],
        "SET st = :to",
        # The end of a payout is told at least once: only the first one counts money.
        condition="st IN (:waiting, :held, :open)",
        values={":to": target, ":waiting": WAITING, ":held": HELD, ":open": OPEN},
    )
    return dynamo.transact([mark, _add_money(packet["campaign_id"], packet["sk"], target, packet["amount_fen"])])


def move_packet(packet: Item, target: str) -> None:
    """waiting or held → held, waiting or open, unless its payout has already ended."""
    dynamo.update(
        Packet,
        packet["pk"],
        packet["sk"],
        "SET st = :to",
        # The payout may be paid before this is written: settling wins.
        condition="st IN (:waiting, :held)",
        values={":to": target, ":waiting": WAITING, ":held": HELD},
        returns="NONE",
    )


def hold_unasked(packet: Item) -> None:
    """open → held, of a packet whose payout was never asked for."""
    dynamo.update(
        Packet,
        packet["pk"],
        packet["sk"],
        "SET st = :held",
        condition="st IN (:waiting, :open)",
        values={":held": HELD, ":waiting": WAITING, ":open": OPEN},
        returns="NONE",
    )


def put_due(packet: Item) -> None:
    """Look at the packet again when its waiting period is over."""
    packet_id = packet["sk"]
    row = {"pk": _due_pk(packet_id), "sk": _due_sk(packet["due_at"], packet_id)}
    dynamo.put_once(Due, {**row, "member_id": packet["pk"].removeprefix("MBR#")})


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


def _due_pk(packet_id: str) -> str:
    return f"DUE#{zlib.crc32(packet_id.encode()) % DUE_SHARDS}"


def _due_sk(due_at: Millis, packet_id: str) -> str:
    return f"{due_at:013d}#{packet_id}"
