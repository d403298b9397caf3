"""What the routes of participants take and answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chalicelib.runtime.http import Answer, Body


class Joining(Body):
    """`invite`: the token of whoever invited. `device_id`: the client's own id of the device."""

    invite: Annotated[str, Meta(max_length=64)] | None = None
    device_id: Annotated[str, Meta(max_length=128)] | None = None


class Progress(Answer):
    """Valid invites, draws earned so far, and the number of invites at which more waits."""

    invites: int
    draws: int
    next_tier: int | None


class Part(Answer):
    """The member's part. `invite` is to be passed on; the poster bears it as a mini-program code."""

    participant_id: str
    depth: int
    invite: str
    poster_url: str
    progress: Progress
    under_review: bool
