"""Renews the access tokens of WeChat and WeCom, for all functions."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.runtime.events.functions import Functions
from chalicelib.runtime.observability import count, logger
from chalicelib.wechat import connect
from chalicelib.wechat.errors import WeChatError

bp = Functions(__name__)


@bp.scheduled("tokens-refresh", "rate(1 minute)")
def tokens_refresh(now: Millis) -> None:  # noqa: ARG001 - the tokens keep their own clock, in seconds
    """Each token that is in use and near its end. When WeChat is away, those who need a token try by themselves."""
    for name, tokens in connect.shared_tokens().items():
        try:
            renewed = tokens.renew_early()
        except WeChatError as error:
            logger().error("An access token could not be renewed", token=name, code=error.code)
            count("TokenRenewalFailed", token=name)
            continue
        if renewed:
            count("TokenRenewed", token=name)
