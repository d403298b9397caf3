"""A member as the routes answer it."""

from __future__ import annotations

from typing import Any

from chalicelib.runtime.http import Answer


class Me(Answer):
    """A member as the member sees it."""

    member_id: str
    channel_id: str
    channel_latest: str
    guide_id: str | None
    phone_masked: str | None
    openid: str | None
    consents: dict[str, dict[str, Any]]
    created_at: str
