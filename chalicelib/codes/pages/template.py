"""The scan page's HTML (Jinja2, autoescaped). No script: it works in WeChat's browser and in any other."""

from __future__ import annotations

from typing import Final

_ICONS: Final = """
{% macro shield(kind) %}<svg viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="3" \
stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">\
<path d="M24 4 8 10v12c0 10.5 6.6 18 16 22 9.4-4 16-11.5 16-22V10z"/>
{%- if kind == "good" %}<path d="m16 24 6 6 11-12"/>{% elif kind == "calm" %}<path d="M24 15v11m0 6v.5"/>
{%- else %}<path d="m18 18 12 12m0-12L18 30"/>{% endif %}</svg>{% endmacro %}
{% macro image(picture, name, first=false) %}<img src="{{ picture.url }}" alt="{{ picture.alt or name }}" \
{% if first %}class="hero" fetchpriority="high"{% else %}loading="lazy"{% endif %} decoding="async" \
referrerpolicy="no-referrer">{% endmacro %}
"""

_HEAD: Final = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">
<meta name="robots" content="noindex"><meta name="format-detection" content="telephone=no">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath \
fill='%230f6b46' d='M20 3C9 3 4 8.5 4 15c0 4 2.500 6 6 6C17 21 20 13 20 3z'/%3E%3C/svg%3E">
<title>{{ heading }}{% if product %} · {{ product.name }}{% endif %}</title>
<style>{{ style }}</style></head>
<body><a class="skip" href="#main">跳到主要内容</a>
<header class="top"><svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true" focusable="false">\
<path d="M20 3C9 3 4 8.5 4 15c0 1.5.3 2.900.8 4.200C7 14 10.500 11 15 9.500c-4 2.500-6.500 5.500-8 11 .8.3 1.700.5 \
2.700.5C17 21 20 13 20 3z"/></svg><span>{{ product.name if product else "品牌防伪查询" }}</span></header>
<main id="main">
"""

_VERDICT: Final = """
<section class="card" aria-labelledby="verdict">
{% if content.pictures %}{{ image(content.pictures[0], product.name, true) }}{% endif %}
<div class="verdict {{ tone }}">{{ shield(tone) }}<h1 id="verdict">{{ heading }}</h1><p>{{ sentence }}</p></div>
<dl><dt>防伪码</dt><dd><code>{{ scan.code }}</code></dd>
{% if first_time %}<dt>首次查询</dt>
<dd><time datetime="{{ scan.first_scanned_at }}">{{ first_time }}</time></dd>{% endif %}
{% if scan.scan_count %}<dt>查询次数</dt><dd>{{ scan.scan_count }}</dd>{% endif %}</dl>
{% if calm_notice %}<p class="notice small soft">{{ calm_notice }}</p>{% endif %}
</section>
"""

_ARTICLE: Final = """
<section class="card" aria-labelledby="verdict">
{% if content.pictures %}{{ image(content.pictures[0], product.name, true) }}{% endif %}
<div class="in"><h1 id="verdict">{{ heading }}</h1><p>{{ sentence }}</p></div></section>
"""

_JOIN: Final = """
{% if join_url %}<section class="card in" aria-labelledby="join"><h2 id="join">成为会员</h2>
<p>{{ invitation }}</p><a class="act" href="{{ join_url }}">打开小程序</a></section>{% endif %}
"""

_STORY: Final = """
{% if product %}<article class="card in" aria-labelledby="product">
<h2 id="product">{{ content.title or product.name }}</h2>
{% if content.subtitle %}<p class="soft">{{ content.subtitle }}</p>{% endif %}
{% if content.description %}<p>{{ content.description }}</p>{% endif %}
{% for picture in (content.pictures or [])[1:] %}
<figure class="part">{{ image(picture, product.name) }}</figure>{% endfor %}
{% for part in content.sections or [] %}<section class="part">
{% if part.picture %}{{ image(part.picture, part.heading or product.name) }}{% endif %}
{% if part.heading %}<h3>{{ part.heading }}</h3>{% endif %}<p>{{ part.text }}</p></section>{% endfor %}
{% if content.video %}<a class="act plain" href="{{ content.video.url }}" rel="noopener noreferrer">\
{{ content.video.title or "观看视频" }}<span class="small">（将离开本页）</span></a>{% endif %}</article>{% endif %}
"""

_PRIVACY: Final = """
<section class="card in" aria-labelledby="privacy"><h2 id="privacy">隐私说明</h2>
<p class="small">为辨别真伪，我们记录本次查询的时间，并用 24 小时内有效的 Cookie 识别重复查询；不收集姓名和电话，\
未经您同意不获取您的位置。加入会员后，您可随时查看、导出或删除个人信息。</p>
{% if city %}
<p class="small" role="status">感谢您的协助：已按您的同意记录所在城市「{{ city }}」，仅用于核查商品销售区域。</p>
{% elif visit_id %}<details><summary>协助核实商品流通：告知所在城市（自愿）</summary>
<form method="get"><input type="hidden" name="visit_id" value="{{ visit_id }}">
<label for="city">所在城市</label>
<input type="text" id="city" name="city" maxlength="32" required autocomplete="address-level2" placeholder="例如：成都">
<label class="agree"><input type="checkbox" required>\
<span>我同意品牌方记录我所在的城市，用于核查商品是否在指定区域销售。只记录城市，不记录具体位置。</span></label>
<button class="act plain">同意并提交</button></form></details>{% endif %}</section>
</main><footer class="foot small soft">本页由品牌方提供 · 请认准本页网址</footer></body></html>"""

SCAN: Final = _ICONS + _HEAD + _VERDICT + _JOIN + _STORY + _PRIVACY
ARTICLE: Final = _ICONS + _HEAD + _ARTICLE + _JOIN + _STORY + _PRIVACY
