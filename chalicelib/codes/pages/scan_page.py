"""The page that customers see after a scan. No script, nothing from elsewhere but the product's pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from chalicelib.codes.scans.schemas import ArticleAnswer, PublicProduct, ScanAnswer
from chalicelib.kernel.clock import SHANGHAI
from chalicelib.runtime import pages

_STYLE: Final = pages.read_style("codes/pages/product.css", joined=True)
HEADERS: Final = pages.headers(_STYLE, images="https: data:", forms="'self'")
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


def render(scan: ScanAnswer, *, visit: str | None, city_url: str, city: str) -> str:
    """The page for what a scan found. `visit`: the signed visit whose city can be told at `city_url`; `city`: the one
    that was told of it."""
    tone, heading, sentence = _SAID[scan.verdict]
    facts = {
        "scan": scan,
        "tone": tone,
        "sentence": sentence,
        "calm_notice": _calm_notice(scan),
        "first_time": _shanghai_time(scan.first_scanned_at),
        "invitation": _invitation(scan),
        "join_url": scan.join_url,
        "visit": visit,
        "city_url": city_url,
        "city": city if visit else "",
    }
    return _page("codes/pages/scan.html", heading, scan.product, facts)


def render_article(article: ArticleAnswer) -> str:
    """The page of an article, for a Digital Link that names no single item."""
    if article.product is None:
        heading, sentence = "未查到此商品", "此条码不属于本品牌的商品，请核对后再试。"
    else:
        heading, sentence = article.product.name, "扫描商品上的防伪码，可查询真伪。"
    invitation = "打开小程序加入会员，查看商品与专属权益。"
    facts = {"sentence": sentence, "invitation": invitation, "join_url": article.join_url}
    return _page("codes/pages/article.html", heading, article.product, facts)


def _page(template: str, heading: str, product: PublicProduct | None, facts: dict[str, Any]) -> str:
    content = product.content if product else {}
    return pages.render(template, _STYLE, heading=heading, product=product, content=content, **facts)


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
