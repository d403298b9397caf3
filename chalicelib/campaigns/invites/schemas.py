"""What the routes of the invite tree take and answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chalicelib.runtime.http import Answer, Listing


class TreeQuery(Listing, frozen=True, forbid_unknown_fields=True):
    """`root`: whose invitees; without it those who came by themselves."""

    root: Annotated[str, Meta(max_length=64)] | None = None


class Node(Answer):
    """A participant in the tree. `invites`: their own valid ones, as many as can still earn something."""

    participant_id: str
    parent_id: str | None
    depth: int
    joined_at: str
    has_acted: bool
    invites: int
    under_review: bool
