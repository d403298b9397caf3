"""What pushes keep of a person: shown to them, and forgotten."""

from __future__ import annotations

from chalicelib.pushes.models import Cap
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


def known(member_id: str) -> Item:
    """Purposes that the member refuses, and how many pushes they got in the months that are still kept (YYYYMM)."""
    row = dynamo.get(Cap, f"CAP#{member_id}", "CAP") or {}
    months = {name[1:]: len(pushes) for name, pushes in sorted(row.items()) if name.startswith("k")}
    return {"refused_purposes": sorted(row.get("x", ())), "pushes": months}


def forget(member_id: str) -> None:
    """Delete the member's caps. A message that is on its way finds nobody and is not sent."""
    dynamo.delete_partition(Cap, f"CAP#{member_id}")
