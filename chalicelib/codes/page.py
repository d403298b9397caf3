"""The page that customers see after a scan. No script, nothing from elsewhere but the product's pictures."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from chalicelib.codes.shapes import ScanAnswer
from chalicelib.kernel.clock import SHANGHAI

HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src https:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
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
_PAGE: Final = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><meta name="format-detection" content="telephone=no">
<title>{{ heading }}{% if product %} · {{ product.name }}{% endif %}</title>
<style>
:root{color-scheme:light dark;--ink:#1d2420;--soft:#5a655f;--ground:#f6f5f1;--card:#fff;--line:#0002;
--good:#136c43;--calm:#805600;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#eef1ee;--soft:#a9b3ad;--ground:#131614;--card:#1e2320;--line:#fff3;
--good:#6fd6a3;--calm:#f0c060;--bad:#ff9a90}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink)}
body{font:17px/1.65 system-ui,"PingFang SC","Noto Sans SC",sans-serif}
main{max-width:34rem;margin:0 auto;padding:1rem}
section,header{background:var(--card);border:1px solid var(--line);border-radius:.9rem;padding:1.1rem;margin:0 0 1rem}
header{border-top:.4rem solid var(--tone)}
h1{margin:0;color:var(--tone);font-size:1.9rem;line-height:1.3}h2{margin:0 0 .4rem;font-size:1.25rem}
h3{margin:1rem 0 .2rem;font-size:1.05rem}p{margin:.4rem 0;overflow-wrap:anywhere;white-space:pre-line}
dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem;margin:.8rem 0 0}dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}code{font-family:ui-monospace,monospace;letter-spacing:.04em}
img{display:block;width:100%;height:auto;border-radius:.6rem;margin:.6rem 0}
.join{display:block;text-align:center;background:#07693f;color:#fff;border-radius:.7rem;padding:.85rem;
font-weight:600;text-decoration:none}.join:focus-visible{outline:3px solid var(--ink);outline-offset:3px}
.soft{color:var(--soft);font-size:.9rem}
</style></head>
<body style="--tone:var(--{{ tone }})"><main>
<header><h1>{{ heading }}</h1><p>{{ sentence }}</p>
{% if calm_notice %}<p>{{ calm_notice }}</p>{% endif %}
<dl><dt>防伪码</dt><dd><code>{{ scan.code }}</code></dd>
{% if first_time %}<dt>首次查询</dt>
<dd><time datetime="{{ scan.first_scanned_at }}">{{ first_time }}</time></dd>{% endif %}
{% if scan.scan_count %}<dt>查询次数</dt><dd>{{ scan.scan_count }}</dd>{% endif %}</dl></header>
{% if product %}<section aria-labelledby="product"><h2 id="product">{{ product.name }}</h2>
{% if content.title is string and content.title != product.name %}<p>{{ content.title }}</p>{% endif %}
{% if content.subtitle is string %}<p>{{ content.subtitle }}</p>{% endif %}
{% for picture in pictures %}<img src="{{ picture.url }}" alt="{{ picture.alt }}" loading="lazy">{% endfor %}
{% if content.description is string %}<p>{{ content.description }}</p>{% endif %}
{% for part in sections %}{% if part.title %}<h3>{{ part.title }}</h3>{% endif %}<p>{{ part.text }}</p>{% endfor %}
{% if video %}<p><a href="{{ video }}" rel="noopener noreferrer">观看商品视频</a></p>{% endif %}</section>{% endif %}
{% if scan.join_url %}<section aria-labelledby="join"><h2 id="join">成为会员</h2>
<p>{{ invitation }}</p><a class="join" href="{{ scan.join_url }}">打开小程序</a></section>{% endif %}
<section aria-labelledby="privacy" class="soft"><h2 id="privacy">隐私说明</h2>
<p>为辨别真伪，我们记录本次查询的时间；未经您同意，不获取您的位置。加入会员后，您可随时查看、导出或删除个人信息。</p></section>
</main></body></html>"""


def render(scan: ScanAnswer) -> str:
    """The page for what a scan found."""
    tone, heading, sentence = _SAID[scan.verdict]
    content = scan.product.content if scan.product else {}
    return str(
        _template().render(
            scan=scan,
            product=scan.product,
            content=content,
            pictures=_pictures(content, scan.product.name if scan.product else ""),
            sections=_sections(content),
            video=_https(content.get("video")),
            tone=tone,
            heading=heading,
            sentence=sentence,
            calm_notice=_calm_notice(scan),
            invitation=_invitation(scan),
            first_time=_shown(scan.first_scanned_at),
        )
    )


@lru_cache(maxsize=1)
def _template() -> Any:
    from jinja2 import Environment

    return Environment(autoescape=True, trim_blocks=True).from_string(_PAGE)


def _calm_notice(scan: ScanAnswer) -> str:
    return "温馨提示：此商品的指定销售区域与您所在城市不同。" if "out_of_region" in scan.signals else ""


def _invitation(scan: ScanAnswer) -> str:
    if scan.prize is not None and scan.prize.state == "claimable":
        return "打开小程序加入会员，即可领取此码可能带来的惊喜。"
    return "打开小程序加入会员，查看商品与专属权益。"


def _shown(first_scanned_at: str | None) -> str:
    if first_scanned_at is None:
        return ""
    return f"{datetime.fromisoformat(first_scanned_at).astimezone(SHANGHAI):%Y年%m月%d日 %H:%M}"


def _pictures(content: dict[str, Any], name: str) -> list[dict[str, str]]:
    """Pictures are addresses, or {"url", "alt"}; what is not https is left out."""
    found = []
    for picture in _listed(content.get("pictures") or content.get("images")):
        described = picture if isinstance(picture, dict) else {"url": picture}
        url = _https(described.get("url"))
        if url:
            found.append({"url": url, "alt": str(described.get("alt") or name)})
    return found[:12]


def _sections(content: dict[str, Any]) -> list[dict[str, str]]:
    parts = (part for part in _listed(content.get("sections")) if isinstance(part, dict))
    return [
        {"title": str(part.get("heading") or part.get("title") or ""), "text": str(part.get("text") or "")}
        for part in parts
    ][:20]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _https(value: Any) -> str:
    return value if isinstance(value, str) and value.startswith("https://") else ""
