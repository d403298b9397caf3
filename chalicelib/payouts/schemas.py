"""What the routes of packets take and answer."""

from __future__ import annotations

from typing import Annotated

import msgspec

from chalicelib.runtime.http import Answer, Body


class Packet(Answer):
    """Money for a member. `package_info` opens WeChat's confirmation while the state is `confirm`.

    `needs_name`: from 2,000 yuan on it waits until `POST /me/packets/{packet_id}/name` has told the real name.
    """

    packet_id: str
    source: str
    amount_fen: int
    state: str
    package_info: str | None
    confirm_before: str | None
    created_at: str
    needs_name: bool = False


class Payee(Body):
    """The payee's name as WeChat knows it. It is kept encrypted and only until the payout has ended."""

    real_name: Annotated[str, msgspec.Meta(min_length=2, max_length=64, pattern=r"\S")]
