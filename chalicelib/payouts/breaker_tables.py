"""The circuit breaker's row: whether payouts are paused, and how often WeChat Pay failed lately."""

from __future__ import annotations

from typing import Final

from chalicelib.kernel.clock import HOUR, MINUTE, Millis
from chalicelib.payouts.models import Faults, Pause
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item

BREAKER: Final = "RAIL"


_PAUSE: Final = "PAUSE"


def find_pause() -> Item | None:
    """The pause, when there is one."""
    row = dynamo.get(Pause, BREAKER, _PAUSE)
    return row if row and "since" in row else None


def pause(why: str, now: Millis, probe: tuple[str, str] | None) -> bool:
    """Pause payouts; False when they are paused already."""
    member_id, payout_id = probe or (None, None)
    return dynamo.update(
        Pause,
        BREAKER,
        _PAUSE,
        "SET since = :now, why = :why, member_id = :member, payout_id = :payout",
        # All workers fail together: the first one's reason stays, and an operator's pause is not taken over.
        condition="attribute_not_exists(since)",
        values={":now": now, ":why": why, ":member": member_id, ":payout": payout_id},
        returns="NONE",
    ).done


def resume() -> bool:
    """End the pause; False when there was none."""
    return dynamo.update(
        Pause,
        BREAKER,
        _PAUSE,
        "REMOVE since, why, member_id, payout_id",
        # An operator and the probe may both find it well again.
        condition="attribute_exists(since)",
        returns="NONE",
    ).done


def count_fault(now: Millis) -> int:
    """Note that WeChat Pay failed; how often it did in this minute."""
    outcome = dynamo.update(
        Faults,
        BREAKER,
        f"FAULTS#{now // MINUTE}",
        "SET expires = :expires ADD n :one",
        values={":one": 1, ":expires": (now + HOUR) // 1000},
        returns="UPDATED_NEW",
    )
    return int(outcome.item["n"])
