"""Keeps the WeCom callback warm."""

from __future__ import annotations

from chalicelib.guides.contacts import warming
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.settings import settings
from chalicelib.wechat import connect

bp = Functions(__name__)


@bp.scheduled("guides-warm", "rate(4 minutes)")
def guides_warm(now: Millis) -> None:
    """Ask what WeCom would ask."""
    warming.verify(settings().public_url, connect.callback_crypto(), warming.ask_over_http, now)
