"""The writes of qualifying actions: each is counted once, and undone once."""

from __future__ import annotations

from typing import Final

from chalicelib.campaigns.models import Act, Participant, Used
from chalicelib.campaigns.participants.tables import SELF
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome

_ACT: Final = "ACT"


def find_act(participant_id: str) -> Item | None:
    """What was done for this campaign, perhaps before joining."""
    return dynamo.get(Act, participant_id, _ACT, strong=True)


def save_act(participant_id: str, key: str, at: Millis) -> Item:
    """Keep the counted act: the first one stands; the row as it is then."""
    return dynamo.update(
        Act,
        participant_id,
        _ACT,
        "SET k = :key, #at = if_not_exists(#at, :at)",
        # Two orders at once: one is the counted act. The same act may have been undone before it was told of.
        condition="attribute_not_exists(k) OR k = :key",
        names={"#at": "at"},
        values={":key": key, ":at": at},
        returns="ALL_NEW",
    ).item


def undo_act(participant_id: str, key: str, at: Millis) -> Item:
    """Note when the act with this key was undone; the row as it is then, which may be of another act."""
    return dynamo.update(
        Act,
        participant_id,
        _ACT,
        "SET k = :key, lt = if_not_exists(lt, :at)",
        condition="attribute_not_exists(k) OR k = :key",
        values={":key": key, ":at": at},
        returns="ALL_NEW",
    ).item


def act(participant_id: str, at: Millis) -> Outcome:
    """The participant has done the counted act."""
    return dynamo.update(
        Participant,
        participant_id,
        SELF,
        "SET acted_at = if_not_exists(acted_at, :at)",
        # Who has not joined yet is found by their act when they do.
        condition="attribute_exists(pk)",
        values={":at": at},
        returns="ALL_NEW",
    )


def leave(participant_id: str, at: Millis, waiting: Millis) -> Outcome:
    """The participant left, `waiting` ms or less after the act. `item`: the participant as it is then.

    Done too when they had left before, so that a redelivery completes what a crash left.
    """
    return dynamo.update(
        Participant,
        participant_id,
        SELF,
        "SET left_at = if_not_exists(left_at, :at)",
        condition="acted_at > :since AND acted_at <= :at",
        values={":at": at, ":since": at - waiting},
        returns="ALL_NEW",
    )


def claim_code(campaign_id: str, code: str, participant_id: str) -> bool:
    """Whether a code is this participant's act in the campaign: one code is one person's."""
    row = {"pk": f"USED#{campaign_id}#{code}", "sk": "USED", "p": participant_id}
    outcome = dynamo.put_once(Used, row)
    return outcome.done or outcome.item["p"] == participant_id
