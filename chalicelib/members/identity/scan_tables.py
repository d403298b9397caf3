"""Whom a scan id brought here: the first who logged in with it."""

from __future__ import annotations

from chalicelib.kernel.clock import DAY, Millis
from chalicelib.kernel.ids import digest32
from chalicelib.members.models import SpentScan
from chalicelib.runtime import dynamo


def spend_scan(code: str, visit_id: str, by: str, now: Millis) -> Millis | None:
    """Since when this scan brings the person `by` (an identity's key) here; None when it may not.

    Settles a scan id that was passed on: it attributes the first person who logs in with it, and nobody else.
    """
    row = {"pk": f"SCAN#{digest32(code, visit_id)}", "sk": "SCAN", "by": by, "at": now}
    outcome = dynamo.put_once(SpentScan, {**row, "expires": (now + DAY) // 1000})
    if outcome.done:
        return now
    return int(outcome.item["at"]) if outcome.item["by"] == by else None
