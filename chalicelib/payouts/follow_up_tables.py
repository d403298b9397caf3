"""Rows beside the payouts: whose a cause is, when to look again, what an operator must see."""

from __future__ import annotations

import zlib
from typing import Final

from chalicelib.kernel.clock import Millis
from chalicelib.payouts.models import FollowUp, OperatorAction, Owner
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Page

FOLLOW_UP_SHARDS: Final = 32


FAILED: Final = "failed"


REFUSED: Final = "refused"


HORIZON: Final = "near_horizon"


_OWNER: Final = "OWNER"


def own(payout_id: str, member_id: str) -> bool:
    """Make a cause this member's; False when it is somebody else's, however long ago their payout ended."""
    # Two askers for one cause race here: the second meets the first one's row.
    outcome = dynamo.put_once(Owner, {"pk": payout_id, "sk": _OWNER, "member_id": member_id})
    return outcome.done or outcome.item.get("member_id") == member_id


def owner_of(payout_id: str) -> str | None:
    """Whose a payout is. The row never changes, so that an eventual read is only asked again when it finds none."""
    row = dynamo.get(Owner, payout_id, _OWNER) or dynamo.get(Owner, payout_id, _OWNER, strong=True)
    return None if row is None else str(row["member_id"])


def put_follow_up(payout_id: str, member_id: str, since: Millis, due_at: Millis) -> None:
    """Look at a payout at `due_at`. Saying it twice is harmless."""
    item = {"pk": _follow_up_pk(payout_id), "sk": f"{due_at:013d}#{payout_id}", "member_id": member_id, "since": since}
    dynamo.put_once(FollowUp, item)


def first_due(shard: int, now: Millis, most: int) -> list[Item]:
    """At most so many of one shard's follow-ups that are due, the longest due first."""
    return dynamo.first(FollowUp, f"LOOK#{shard:02d}", most, up_to=f"{now:013d}#~")


def payout_of(row: Item) -> str:
    """The payout that a look is for."""
    return str(row["sk"].partition("#")[2])


def due_of(row: Item) -> Millis:
    """When a look was due."""
    return int(row["sk"].partition("#")[0])


def drop_follow_up(row: Item) -> None:
    """A look is over. Doing it again changes nothing."""
    dynamo.delete(FollowUp, row["pk"], row["sk"])


def put_action(kind: str, payout_id: str, member_id: str, now: Millis) -> None:
    """Put a payout on an operator's list; it stays at the moment of the first time."""
    dynamo.put_once(OperatorAction, {"pk": f"TROUBLE#{kind}", "sk": payout_id, "member_id": member_id, "at": now})


def actions(kind: str, limit: int, cursor: str | None) -> Page:
    """A page of an operator's list."""
    return dynamo.page(OperatorAction, f"TROUBLE#{kind}", limit=limit, cursor=cursor)


def drop_action(kind: str, payout_id: str) -> None:
    """Nothing is to be done about it any more."""
    dynamo.delete(OperatorAction, f"TROUBLE#{kind}", payout_id)


def _follow_up_pk(payout_id: str) -> str:
    return f"LOOK#{zlib.crc32(payout_id.encode()) % FOLLOW_UP_SHARDS:02d}"
