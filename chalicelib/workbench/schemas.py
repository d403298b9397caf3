"""What the routes of the workbench take and answer."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from chalicelib.runtime.http import Answer


class JsConfig(Answer):
    """Signatures for `wx.config` and `wx.agentConfig` on the page `url`."""

    corp_id: str
    agent_id: int
    timestamp: int
    nonce_str: str
    signature: str
    agent_signature: str


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page that asks, as it was loaded."""

    url: Annotated[str, Meta(min_length=8, max_length=2048)]
