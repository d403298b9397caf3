"""The timeline as the routes answer it."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.clock import to_rfc3339
from chalicelib.runtime.dynamo import Item


def entry(row: Item) -> dict[str, Any]:
    """A row of the timeline, for whoever may read it."""
    return {"kind": row["kind"], "at": to_rfc3339(row["at"]), **row["facts"]}
