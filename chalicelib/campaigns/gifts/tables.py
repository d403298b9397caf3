"""The writes of gifts: each is reached once, claimed with an address, shipped, or revoked before it is."""

from __future__ import annotations

from typing import Final

from chalicelib.campaigns.models import Gift
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Page

REACHED: Final = "reached"
CLAIMED: Final = "claimed"
SHIPPED: Final = "shipped"
REVOKED: Final = "revoked"


def reach(campaign_id: str, participant_id: str, invites: int, fields: Item) -> bool:
    """The gift of a tier; False when the tier was reached before: it fires once."""
    row = {"pk": _pk(campaign_id), "sk": gift_key(participant_id, invites), "st": REACHED, **fields}
    return dynamo.put_once(Gift, row).done


def restore(campaign_id: str, participant_id: str, invites: int) -> None:
    """A tier that was lost by a leaving is reached again."""
    _move(campaign_id, gift_key(participant_id, invites), "SET st = :to", "st = :from", REVOKED, REACHED)


def revoke(campaign_id: str, participant_id: str, invites: int) -> bool:
    """Take a gift back that nobody claimed yet."""
    key = gift_key(participant_id, invites)
    return _move(campaign_id, key, "SET st = :to", "st = :from", REACHED, REVOKED).done


def claim(campaign_id: str, key: str, ship: bytes, now: Millis) -> Outcome:
    """Where to send a gift; another address stands until it is shipped."""
    # A claim races with the revoking of its tier and with the shipping of an earlier claim.
    return dynamo.update(
        Gift,
        _pk(campaign_id),
        key,
        "SET st = :claimed, ship = :ship, claimed_at = :now",
        condition="st IN (:reached, :claimed)",
        values={":reached": REACHED, ":claimed": CLAIMED, ":ship": ship, ":now": now},
        returns="ALL_NEW",
    )


def ship(campaign_id: str, key: str, parcel: str, now: Millis) -> Outcome:
    """The gift is on its way; the same parcel again is the same."""
    return dynamo.update(
        Gift,
        _pk(campaign_id),
        key,
        "SET st = :shipped, parcel = :parcel, shipped_at = :now",
        condition="st = :claimed OR (st = :shipped AND parcel = :parcel)",
        values={":claimed": CLAIMED, ":shipped": SHIPPED, ":parcel": parcel, ":now": now},
        returns="ALL_NEW",
    )


def page(campaign_id: str, limit: int, cursor: str | None) -> Page:
    """Gifts of a campaign."""
    return dynamo.page(Gift, _pk(campaign_id), limit=limit, cursor=cursor)


def of_participant(campaign_id: str, participant_id: str) -> list[Item]:
    """A participant's gifts."""
    return list(dynamo.every(Gift, _pk(campaign_id), prefix=f"{participant_id}#", strong=True))


def forget(row: Item) -> None:
    """Take the address off a gift whose owner has left; what was not shipped is revoked."""
    outcome = dynamo.update(
        Gift,
        row["pk"],
        row["sk"],
        "SET st = :revoked REMOVE ship",
        # Shipping races with it: what is on its way stays shipped.
        condition="st IN (:reached, :claimed)",
        values={":revoked": REVOKED, ":reached": REACHED, ":claimed": CLAIMED},
    )
    if not outcome.done:
        dynamo.update(Gift, row["pk"], row["sk"], "REMOVE ship", condition="attribute_exists(pk)")


def gift_key(participant_id: str, invites: int) -> str:
    """sk of a gift."""
    return f"{participant_id}#{invites}"


def _move(campaign_id: str, key: str, expression: str, condition: str, old: str, new: str) -> Outcome:
    return dynamo.update(
        Gift,
        _pk(campaign_id),
        key,
        expression,
        # Revoking, reaching again and claiming race: only the state that was meant is left.
        condition=condition,
        values={":from": old, ":to": new},
    )


def _pk(campaign_id: str) -> str:
    return f"GIFT#{campaign_id}"
