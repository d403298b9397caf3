"""What the routes of transfers take and answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chalicelib.guides.schemas import Id
from chalicelib.runtime.http import Answer, Body

MOST_MEMBERS = 1_000


class NewTransfer(Body):
    """To whom customers go: all of the guide's, or these. `resigned`: the guide has left WeCom."""

    to_guide_id: Id
    member_ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST_MEMBERS)] | None = None
    resigned: bool = False


class Transfer(Answer):
    """A transfer. `state`: asking (WeCom is told customer by customer), waiting (up to 24 h), done."""

    transfer_id: str
    guide_id: str
    to_guide_id: str
    resigned: bool
    state: str
    waiting: int
    done: int
    failed: int
    created_at: str


class TransferredMember(Answer):
    """One customer of a transfer: waiting, done or failed; `why`: WeCom's errcode or word."""

    member_id: str
    state: str
    why: str | None


class TransferDetail(Answer):
    """A transfer and a page of its customers."""

    transfer: Transfer
    items: list[TransferredMember]
    next_cursor: str | None
