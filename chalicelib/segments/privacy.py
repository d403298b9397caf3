"""What segments keep of a person: shown to them, and forgotten."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.segments import directory, tables


def tags(member_id: str) -> list[str]:
    """Names of the tags that the member bears."""
    found = (tables.get_tag(tag_id) for tag_id in sorted(tables.get_entry(member_id).get("t", ())))
    return [tag["name"] for tag in found if tag]


def forget(member_id: str, now: Millis) -> None:
    """Take the member, who is erased by now, out of the directory, tags included."""
    directory.refresh(member_id, now)
