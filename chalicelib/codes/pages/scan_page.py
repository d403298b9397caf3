"""The page that customers see after a scan. No script, nothing from elsewhere but the product's pictures."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from chalicelib.codes.pages.style import STYLE
from chalicelib.codes.scans.schemas import ArticleAnswer, ScanAnswer
from chalicelib.kernel.clock import SHANGHAI

_STYLE_HASH: Final = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    # The one style sheet is named by its hash: injected markup could bring neither style nor script nor a frame.
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src https: data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
}
_SAID: Final = {
    "first_scan": ("good", "正品", "这是品牌方签发的防伪码，您是第一位查询的顾客。"),
    "repeat_scan": (
        "calm",
        "正品码，非首次查询",
        "这是品牌方签发的防伪码，此前已被查询过。若不是您本人查询，请留意购买渠道。",
    ),
    "inactive": ("calm", "尚未启用", "此码由品牌方签发，但商品尚未上市。如您已购得此商品，请联系客服核实。"),
    "void": ("bad", "已作废", "此码已被品牌方作废，请联系客服核实商品来源。"),
    "unknown": ("bad", "未查到此码", "这不是品牌方签发的防伪码。请核对输入是否有误，谨防假冒。"),
}


def render(scan: ScanAnswer, *, visit_id: str | None, city: str) -> str:
    """The page for what a scan found. `visit_id`: to tell the city of afterwards; `city`: the one just told."""
    tone, heading, sentence = _SAID[scan.verdict]
    facts = {
        "scan": scan,
        "tone": tone,
        "sentence": sentence,
        "calm_notice": _calm_notice(scan),
        "first_time": _shanghai_time(scan.first_scanned_at),
        "invitation": _invitation(scan),
        "join_url": scan.join_url,
        "visit_id": visit_id,
        "city": city if visit_id else "",
    }
    return _page("SCAN", heading, scan.product, facts)


def render_article(article: ArticleAnswer) -> str:
    """The page of an article, for a Digital Link that names no single item."""
    if article.product is None:
        heading, sentence = "未查到此商品", "此条码不属于本品牌的商品，请核对后再试。"
    else:
        heading, sentence = article.product.name, "扫描商品上的防伪码，可查询真伪。"
    invitation = "打开小程序加入会员，查看商品与专属权益。"
    facts = {"sentence": sentence, "invitation": invitation, "join_url": article.join_url}
    return _page("ARTICLE", heading, article.product, facts)


def _page(template: str, heading: str, product: Any, facts: dict[str, Any]) -> str:
    from markupsafe import Markup

    content = product.content if product else {}
    shown = _template(template).render(
        style=Markup(STYLE),  # noqa: S704 - a constant of ours
        heading=heading,
        product=product,
        content=content,
        **facts,
    )
    return str(shown)


@lru_cache(maxsize=2)
def _template(name: str) -> Any:
    from jinja2 import Environment

    from chalicelib.codes.pages import template as page_template

    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(getattr(page_template, name))


def _calm_notice(scan: ScanAnswer) -> str:
    return "温馨提示：此商品的指定销售区域与您所在城市不同。" if "out_of_region" in scan.signals else ""


def _invitation(scan: ScanAnswer) -> str:
    if scan.prize is not None and scan.prize.state == "claimable":
        return "打开小程序加入会员，即可领取此码可能带来的惊喜。"
    return "打开小程序加入会员，查看商品与专属权益。"


def _shanghai_time(first_scanned_at: str | None) -> str:
    if first_scanned_at is None:
        return ""
    return f"{datetime.fromisoformat(first_scanned_at).astimezone(SHANGHAI):%Y年%m月%d日 %H:%M}"
