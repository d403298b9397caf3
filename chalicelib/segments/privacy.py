"""What segments keep of a person: shown to them, and forgotten."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.segments import directory, tables


def tags(member_id: str) -> list[str]:
    """Names of the tags that the member bears."""
    worn = sorted(tables.get_entry(member_id).get("t", ()))
    found = tables.tags_by_id(worn)
    return [found[tag_id]["name"] for tag_id in worn if tag_id in found]


def forget(member_id: str, now: Millis) -> None:
    """Take the member, who is erased by now, out of the directory, tags included."""
    directory.refresh(member_id, now)
