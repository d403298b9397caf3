"""The writes by which shares of a pot are drawn: each bucket is a partition of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chalicelib.campaigns.models import Bucket, Pin, SplitAtEnd
from chalicelib.kernel.clock import Millis
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome

BUCKET: Final = "B"


def bucket_key(campaign_id: str, generation: int, bucket: int) -> str:
    """The partition of a bucket."""
    return f"P#{campaign_id}#{generation}#{bucket}"


def draw_share(key: str, name: str, capacity: int) -> Outcome:
    """Take the bucket's next share under `name`: 1 WRU.

    Not done: the item shows whether the share is taken already (the name is there: its value) or none is left.
    """
    return dynamo.update(
        Bucket,
        key,
        BUCKET,
        "SET #name = if_not_exists(n, :zero), n = if_not_exists(n, :zero) + :one",
        # Everybody's draws race for the shares, and one draw's own retries race with each other.
        condition="attribute_not_exists(#name) AND (attribute_not_exists(n) OR n < :capacity)",
        names={"#name": name},
        values={":zero": 0, ":one": 1, ":capacity": capacity},
        returns="UPDATED_NEW",
    )


def find_bucket(key: str) -> Item:
    """A bucket as it stands, {} before its first draw."""
    return dynamo.get(Bucket, key, BUCKET, strong=True) or {}


def count_buckets(campaign_id: str, generation: int, buckets: Iterable[int], *, strong: bool = True) -> dict[int, int]:
    """Shares drawn of each bucket; those that nobody drew from are left out."""
    keys = {(bucket_key(campaign_id, generation, bucket), BUCKET): bucket for bucket in buckets}
    return {keys[key]: row["n"] for key, row in dynamo.batch_get(Bucket, keys, strong=strong).items()}


def find_split(campaign_id: str) -> Item | None:
    """Among how many people a pot was split at its end; None before that."""
    return dynamo.get(SplitAtEnd, f"SPLIT#{campaign_id}", "S", strong=True)


def save_split(campaign_id: str, people: int, now: Millis) -> Item:
    """Split a pot among so many people: the first count stands."""
    row = {"pk": f"SPLIT#{campaign_id}", "sk": "S", "n": people, "at": now}
    outcome = dynamo.put_once(SplitAtEnd, row)
    return row if outcome.done else outcome.item


def mark_split_done(campaign_id: str) -> None:
    """Every bucket's packets were asked for."""
    dynamo.update(SplitAtEnd, f"SPLIT#{campaign_id}", "S", "SET done = :one", values={":one": 1}, returns="NONE")


def find_pin(campaign_id: str, generation: int, name: str) -> int | None:
    """Where this draw was pinned."""
    row = dynamo.get(Pin, _pin_key(campaign_id, generation, name), "D", strong=True)
    return None if row is None else int(row["b"])


def pin(campaign_id: str, generation: int, name: str, old: int | None, new: int) -> int:
    """Pin a draw to bucket `new`, from `old` when that was seen full without it; the bucket that holds then."""
    values = {":new": new} if old is None else {":new": new, ":old": old}
    outcome = dynamo.update(
        Pin,
        _pin_key(campaign_id, generation, name),
        "D",
        "SET b = :new",
        # Two tries of one draw must settle in the same bucket: the later one goes where the first one went.
        condition="attribute_not_exists(b)" if old is None else "b = :old",
        values=values,
        returns="UPDATED_NEW",
    )
    return int(outcome.item["b"])


def _pin_key(campaign_id: str, generation: int, name: str) -> str:
    return f"D#{campaign_id}#{generation}#{name}"
