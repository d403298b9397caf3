"""The writes and reads of participants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chalicelib.campaigns.models import (
    Participant,
)
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome

SELF: Final = "SELF"


def join(participant_id: str, fields: Item) -> Outcome:
    """The participant, once: a second joining, whatever its invite, meets the first one's parent."""
    return dynamo.put_once(Participant, {"pk": participant_id, "sk": SELF, **fields})


def find_participant(participant_id: str, *, strong: bool = False) -> Item | None:
    """A participant."""
    return dynamo.get(Participant, participant_id, SELF, strong=strong)


def find_participants(participant_ids: Sequence[str]) -> dict[str, Item]:
    """Participants by id, a hundred a call, 0.5 RRU each."""
    found = dynamo.batch_get(Participant, [(participant_id, SELF) for participant_id in participant_ids])
    return {pk: row for (pk, _), row in found.items()}


def save_payee(participant_id: str, draw_no: int, openid: str) -> None:
    """A draw is made by another session than the one that joined: whom to pay for it. 1 WRU.

    The latest one before the packet is saved counts: a pot may have been empty for an earlier one.
    """
    dynamo.update(
        Participant,
        participant_id,
        SELF,
        f"SET payee{draw_no} = :openid",
        condition="attribute_exists(pk)",
        values={":openid": openid},
        returns="NONE",
    )


def forget_payees(participant: Item) -> None:
    """Forget whom to pay: the person was erased."""
    payees = sorted(name for name in participant if name == "openid" or name.startswith("payee"))
    if payees:
        dynamo.update(Participant, participant["pk"], SELF, "REMOVE " + ", ".join(payees), returns="NONE")


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
