"""The writes by which the invite tree grows: each joining, act and valid invite is counted once, by its own mark."""

from __future__ import annotations

import zlib
from typing import Final

from chalicelib.campaigns.models import Child, Counter, Deep, Inviter, Participant
from chalicelib.campaigns.packets.tables import COUNTER_SHARDS, LEVELS_A_ROW
from chalicelib.campaigns.participants.tables import SELF
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Write, decode_cursor, encode_cursor, transaction

CHILD_SHARDS: Final = 4
"""Of a star's invitees: a poster on television brings thousands a second, a partition takes 1,000."""
ROOT_SHARDS: Final = 16
TOP_SHARDS: Final = 16
LEAVES_A_DEPTH: Final = 3


def count_joining(participant: Item) -> bool:
    """Count a participant at their depth and show them under who invited; False when that was done before."""
    participant_id, campaign_id = participant["pk"], participant["campaign_id"]
    parent = participant.get("parent_id") or campaign_id
    child = {"pk": _invitees_pk(parent, participant_id), "sk": participant_id, "at": participant["joined_at"]}
    level = _add_level(campaign_id, participant_id, participant["depth"], "d")
    # A joining is told at least once.
    return dynamo.transact([_mark(participant_id, "joining_counted"), level, transaction.put(Child, child)])


def count_act(participant: Item) -> bool:
    """Count a participant's act at their depth; False when that was done before."""
    level = _add_level(participant["campaign_id"], participant["pk"], participant["depth"], "c")
    # An act is told at least once, and joining may be the act.
    return dynamo.transact([_mark(participant["pk"], "act_counted"), level])


def count_invite(participant: Item) -> bool:
    """Count a valid invite for its direct inviter; False when that was done before."""
    return dynamo.transact([_mark(participant["pk"], "invite_counted"), _add_to_inviter(participant, {"n": 1})])


def count_leaving(participant: Item) -> bool:
    """Take back a counted invite whose invitee left within the waiting period; False when there is none, or no more."""
    mark = _mark(participant["pk"], "leaving_counted", "attribute_exists(invite_counted)")
    return dynamo.transact([mark, _add_to_inviter(participant, {"n": -1, "leavings": 1})])


def add_invitee(participant_id: str, invitee: str, cap: int) -> Outcome:
    """Put a valid invitee on the inviter's row; a set, so that telling it twice counts once.

    Not done when no more can matter. `item` is the inviter's row.
    """
    return dynamo.update(
        Participant,
        participant_id,
        SELF,
        "ADD invitees :invitees",
        # Invitees of one person arrive together: only as many as can earn are kept, the item stays small.
        condition="attribute_exists(pk) AND (attribute_not_exists(invitees) OR size(invitees) < :cap)",
        values={":invitees": {invitee}, ":cap": cap},
        returns="ALL_NEW",
    )


def remove_invitee(participant_id: str, invitee: str) -> Item:
    """Take an invitee off again who left within the waiting period; the inviter's row."""
    return dynamo.update(
        Participant,
        participant_id,
        SELF,
        "DELETE invitees :invitees",
        condition="attribute_exists(pk)",
        values={":invitees": {invitee}},
        returns="ALL_NEW",
    ).item


def inviter(participant_id: str) -> Item | None:
    """An inviter's numbers."""
    return dynamo.get(Inviter, _inviter_pk(participant_id), "I", strong=True)


def top_inviters(campaign_id: str, limit: int) -> list[Item]:
    """Participant id and `n` of those with the most valid invites."""
    found: list[Item] = []
    for shard in range(TOP_SHARDS):
        found += dynamo.greatest(Inviter, "top-inviters", ("tk", f"TOP#{campaign_id}#{shard}"), limit)
    rows = [{"participant_id": row["pk"].removeprefix("INV#"), "n": row["n"]} for row in found]
    return sorted(rows, key=lambda row: (-row["n"], row["participant_id"]))[:limit]


def record_depth(campaign_id: str, depth: int, participant_id: str) -> bool:
    """Keep the first few who reached a depth; False when there are enough of them."""
    return dynamo.update(
        Deep,
        f"DEEP#{campaign_id}",
        f"{depth:05d}",
        "ADD p :who",
        condition="attribute_not_exists(p) OR size(p) < :most",
        values={":who": {participant_id}, ":most": LEAVES_A_DEPTH},
        returns="NONE",
    ).done


def deepest(campaign_id: str) -> list[str]:
    """Participants at the greatest depth, as many as are kept."""
    rows = dynamo.first(Deep, f"DEEP#{campaign_id}", 1, forward=False)
    return sorted(rows[0]["p"]) if rows else []


def children_page(parent: str, *, is_root: bool, limit: int, cursor: str | None) -> tuple[list[str], str | None]:
    """Ids of those whom `parent` invited, or who came by themselves when it is a campaign; shard after shard."""
    shards = ROOT_SHARDS if is_root else CHILD_SHARDS
    shard, inner = _read_cursor(cursor)
    found: list[str] = []
    while shard < shards and len(found) < limit:
        rows, inner = dynamo.page(Child, f"INVITEES#{parent}#{shard}", limit=limit - len(found), cursor=inner)
        found += [row["sk"] for row in rows]
        shard = shard if inner else shard + 1
    return found, encode_cursor(f"{shard}|{inner or ''}") if shard < shards else None


def _mark(participant_id: str, name: str, condition: str = "attribute_exists(pk)") -> Write:
    return transaction.update(
        Participant,
        participant_id,
        SELF,
        f"SET {name} = :one",
        condition=f"{condition} AND attribute_not_exists({name})",
        values={":one": 1},
    )


def _add_level(campaign_id: str, key: str, depth: int, kind: str) -> Write:
    pk, sk = f"CNT#{campaign_id}#{zlib.crc32(key.encode()) % COUNTER_SHARDS}", f"LEVELS#{depth // LEVELS_A_ROW:04d}"
    return transaction.update(Counter, pk, sk, f"ADD {kind}{depth} :one", values={":one": 1})


def _add_to_inviter(participant: Item, amounts: dict[str, int]) -> Write:
    parent = participant["parent_id"]
    tk = f"TOP#{participant['campaign_id']}#{zlib.crc32(parent.encode()) % TOP_SHARDS}"
    return transaction.update(
        Inviter,
        _inviter_pk(parent),
        "I",
        "SET tk = :tk ADD " + ", ".join(f"{name} :{name}" for name in amounts),
        values={":tk": tk, **{f":{name}": amount for name, amount in amounts.items()}},
    )


def _inviter_pk(participant_id: str) -> str:
    return f"INV#{participant_id}"


def _invitees_pk(parent: str, participant_id: str) -> str:
    shards = ROOT_SHARDS if parent.startswith("cmp_") else CHILD_SHARDS
    return f"INVITEES#{parent}#{zlib.crc32(participant_id.encode()) % shards}"


def _read_cursor(cursor: str | None) -> tuple[int, str | None]:
    if not cursor:
        return 0, None
    shard, _, inner = decode_cursor(cursor).partition("|")
    return int(shard) if shard.isdigit() else 0, inner or None
