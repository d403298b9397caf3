"""What the routes of staff take and answer."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from chalicelib.guides.schemas import Id
from chalicelib.runtime.http import Answer, Body


class StaffRole(Body):
    """What a staff member may do; a manager in the stores named."""

    role: Literal["guide", "manager", "admin"]
    store_ids: Annotated[list[Id], Meta(max_length=200)] = field(default_factory=list)


class Staff(Answer):
    """A staff member."""

    userid: str
    role: str
    guide_id: str | None
    store_ids: list[str]


class OAuthCode(Body):
    """What WeCom's OAuth redirect carried."""

    code: Annotated[str, Meta(min_length=1, max_length=512)]


class StaffToken(Answer):
    """A token for staff routes, valid `expires_in` seconds."""

    token: str
    expires_in: int
    role: str
    guide_id: str | None
