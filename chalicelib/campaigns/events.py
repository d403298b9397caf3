"""What changes in the campaigns' table tell: somebody joined, a share was drawn, a packet was kept."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.runtime.events.functions import Change
from chalicelib.runtime.events.queues import Event

_BUCKET_FACTS = frozenset({"pk", "sk", "n"})


def events_of(change: Change) -> Iterator[Event]:
    """`participant.joined`, `participant.acted` when the act came later, `packet.drawn`, and `share.drawn`.

    One of the last per share: a record may hold several.
    """
    if not change.new:
        return
    kind = change.new["pk"].partition("#")[0]
    if kind == "P":
        yield from _shares(change)
    elif kind == "MBR" and not change.old:
        yield _packet(change)
    elif change.new["sk"] == "SELF" and not change.old:
        yield _joining(change)
    elif change.new["sk"] == "SELF" and "acted_at" in change.new and "acted_at" not in change.old:
        yield _acting(change)


def _shares(change: Change) -> Iterator[Event]:
    _, campaign_id, generation, bucket = change.new["pk"].split("#")
    for name in sorted(change.new.keys() - change.old.keys() - _BUCKET_FACTS):
        facts = {
            "campaign_id": campaign_id,
            "generation": int(generation),
            "bucket": int(bucket),
            "index": change.new[name],
            "name": name,
        }
        yield Event(f"share:{change.new['pk']}:{name}", "share.drawn", change.at, facts)


def _packet(change: Change) -> Event:
    packet = change.new
    facts = {
        "campaign_id": packet["campaign_id"],
        "packet_id": packet["sk"],
        "generation": packet["generation"],
        "member_id": packet["pk"].removeprefix("MBR#"),
        "participant_id": packet["participant_id"],
        "ordinal": packet["draw_no"],
        "amount_fen": packet["amount_fen"],
    }
    return Event(f"packet:{packet['sk']}", "packet.drawn", packet["made_at"], facts)


def _joining(change: Change) -> Event:
    row = change.new
    facts = {
        "campaign_id": row["campaign_id"],
        "participant_id": row["pk"],
        "member_id": row["member_id"],
        "parent_id": row.get("parent_id"),
        "depth": row["depth"],
    }
    return Event(f"joined:{row['pk']}", "participant.joined", row["joined_at"], facts)


def _acting(change: Change) -> Event:
    row = change.new
    facts = {"campaign_id": row["campaign_id"], "participant_id": row["pk"], "member_id": row["member_id"]}
    return Event(f"acted:{row['pk']}", "participant.acted", row["acted_at"], facts)
