"""The writes and reads of participants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chalicelib.campaigns.models import (
    Participant,
)
from chalicelib.runtime import dynamo
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import Item, Outcome

SELF: Final = "SELF"


_KEYS_A_CALL: Final = 100


def join(participant_id: str, fields: Item) -> Outcome:
    """The participant, once: a second joining, whatever its invite, meets the first one's parent."""
    return dynamo.put_once(Participant, {"pk": participant_id, "sk": SELF, **fields})


def find_participant(participant_id: str, *, strong: bool = False) -> Item | None:
    """A participant."""
    return dynamo.get(Participant, participant_id, SELF, strong=strong)


def find_participants(participant_ids: Sequence[str]) -> dict[str, Item]:
    """Participants by id, a hundred a call, 0.5 RRU each."""
    table = Participant.Meta.table_name
    found: dict[str, Item] = {}
    for start in range(0, len(participant_ids), _KEYS_A_CALL):
        wanted = [{"pk": {"S": key}, "sk": {"S": SELF}} for key in participant_ids[start : start + _KEYS_A_CALL]]
        while wanted:
            answer = client("dynamodb").batch_get_item(RequestItems={table: {"Keys": wanted}})
            items = (dynamo.unpack_item(item) for item in answer["Responses"].get(table, []))
            found |= {item["pk"]: item for item in items}
            wanted = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    return found


def save_merged_profiles(participant_id: str, others: set[str]) -> None:
    """These participants are one person."""
    dynamo.update(
        Participant,
        participant_id,
        SELF,
        "ADD merged_with :others",
        condition="attribute_exists(pk)",
        values={":others": others},
        returns="NONE",
    )
