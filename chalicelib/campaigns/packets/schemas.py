"""What the routes of draws take and answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chalicelib.campaigns import rules
from chalicelib.runtime.http import Answer, Body


class Drawing(Body):
    """Which of the member's draws: 1 for the first."""

    draw_no: Annotated[int, Meta(ge=1, le=rules.MOST_DRAWS)] = 1


class Drawn(Answer):
    """A packet. `package_info` opens WeChat's confirmation while the state is `confirm`.

    Of a pot that is split at its end `amount_fen` is 0 until then.
    """

    packet_id: str
    amount_fen: int
    state: str
    package_info: str | None
