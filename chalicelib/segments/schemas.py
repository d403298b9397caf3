"""What the route of tags on members takes and answers."""

from __future__ import annotations

from chalicelib.runtime.http import Answer, Body


class TagOnMember(Body):
    """Which tag to put on a member."""

    tag_id: str


class TaggedMember(Answer):
    """A member's tags. `member_id` is the one that stands today, should the one asked for have been merged."""

    member_id: str
    tag_id: str
    tags: list[str]
