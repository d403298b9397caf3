"""The way from the page into the mini program: one URL link per product's page, renewed, not one per scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from chalicelib.kernel.clock import DAY, MINUTE, Millis
from chalicelib.runtime.cache import Cache
from chalicelib.runtime.observability import count, logger

if TYPE_CHECKING:
    from chalicelib.wechat.mini_program import MiniProgram

PAGE: Final = "pages/product/index"


def _one_day() -> Millis:
    """WeChat keeps a link for 30 days; ours is asked for anew long before."""
    return DAY


def _one_minute() -> Millis:
    """After a failure the page goes without a link for so long, rather than make every customer wait."""
    return MINUTE


_links: Final[Cache[str, str | None]] = Cache(512, _one_day, missing=_one_minute)


def join_url(product_id: str, scan_id: str | None, now: Millis, gateway: Callable[[], MiniProgram]) -> str | None:
    """A link that opens the mini program on the product's page and hands it the scan id as `cq` (at most 256
    characters); None while WeChat gives no link. Costs a call once a day, container and product.
    """
    link = _links.get(product_id, now, lambda: _make(product_id, gateway))
    if link is None or scan_id is None:
        return link
    return f"{link}{'&' if '?' in link else '?'}cq={quote(f'scan_id={scan_id}', safe='')}"


def _make(product_id: str, gateway: Callable[[], MiniProgram]) -> str | None:
    from botocore.exceptions import ClientError

    from chalicelib.wechat.errors import WeChatError

    try:
        return gateway().url_link(PAGE, f"product_id={product_id}")
    except (WeChatError, ClientError) as error:
        # ClientError: the secret or the token's row is not to be had. The verdict matters more than the link.
        logger().warning("No link into the mini program", error=str(error))
        count("JoinLinkFailed")
        return None
