"""The campaign page's HTML (Jinja2, autoescaped) and its one style sheet."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--ink:#241513;--soft:#6d5650;--ground:#fbf4ee;--card:#fff;--line:#00000018;
--tone:#a8101f;--on:#fff6e6;--bar:#f0d9cd;--full:#c01f2c}
@media(prefers-color-scheme:dark){:root{--ink:#f6ece8;--soft:#c6b0a8;--ground:#171010;--card:#241a19;--line:#ffffff24;
--tone:#8d1420;--on:#fff1dc;--bar:#45302d;--full:#ff8f86}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:17px/1.7 system-ui,"PingFang SC","Noto Sans SC",sans-serif}
.skip{position:absolute;left:-99rem}.skip:focus{left:0;background:var(--card);color:var(--ink);padding:.6rem 1rem}
header{background:var(--tone);color:var(--on);padding:2.2rem 1.2rem 3.4rem;text-align:center}
header h1{margin:0 0 .3rem;font-size:1.75rem;line-height:1.3;overflow-wrap:anywhere}
header p{margin:.2rem 0}header span{display:inline-block}
.state{display:inline-block;border:1px solid currentColor;border-radius:2rem;padding:0 .9rem}
main{max-width:34rem;margin:-2rem auto 0;padding:0 1rem 2rem}
section{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.1rem 1.2rem;margin:0 0 1rem}
h2{margin:0 0 .5rem;font-size:1.2rem}p,li,dd{overflow-wrap:anywhere}p{margin:.4rem 0}
.pre{white-space:pre-line}.big{font-size:2.1rem;font-weight:700;line-height:1.2;color:var(--full)}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:.4rem 0}dt{color:var(--soft)}dd{margin:0}
ol,ul{margin:.4rem 0;padding-left:1.3rem}li{margin:.25rem 0}
progress{display:block;width:100%;height:.9rem;margin:.7rem 0 .3rem;border:0;border-radius:1rem;background:var(--bar);
appearance:none;-webkit-appearance:none;overflow:hidden}
progress::-webkit-progress-bar{background:var(--bar)}progress::-webkit-progress-value{background:var(--full)}
progress::-moz-progress-bar{background:var(--full)}
.soft{color:var(--soft);font-size:.92rem}
"""

PAGE: Final = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">
<meta name="robots" content="noindex"><meta name="format-detection" content="telephone=no">
<meta name="color-scheme" content="light dark">
<title>{{ spec.name }}</title>
<style>{{ style }}</style></head>
<body><a class="skip" href="#main">跳到主要内容</a>
<header><h1>{{ spec.name }}</h1><p><span class="state">{{ state }}</span></p>
<p><span>{{ starts }}</span> 至 <span>{{ ends }}</span></p></header>
<main id="main">
<section aria-labelledby="pot"><h2 id="pot">活动总金额</h2>
<p class="big">{{ total }} 元</p>
<label for="done">{% if spec.pot.split == "equal_at_end" %}已参加{% else %}已领取{% endif %} {{ drawn }} / \
{{ spec.pot.shares }} 份，剩余 {{ left }} 份</label>
<progress id="done" value="{{ drawn }}" max="{{ spec.pot.shares }}"></progress>
<p class="soft">已有 {{ people }} 人参加。数据可能有几分钟延迟。</p>
{% if is_running and is_empty %}<p role="status">本期红包已全部领完，感谢参与。</p>{% endif %}</section>

<section aria-labelledby="how"><h2 id="how">参加条件</h2>
<ol>{% if own %}<li>{{ act }}，可获得 1 次领取机会。</li>{% else %}<li>{{ act }}。</li>{% endif %}
{% for tier in tiers %}<li>您邀请的新会员中，满 {{ tier.invites }} 位本人完成上述行为后，\
{% if tier.reward == "draw" %}您可增加 1 次领取机会{% else %}您可获得「{{ tier.gift }}」一份，由主办方寄送{% endif %}。\
</li>
{% endfor %}
<li>每人最多领取 {{ spec.max_draws_per_member }} 次。{% if a_day %}\
每人每日领取总额不超过 {{ a_day }} 元。{% endif %}</li>
{% if tiers %}<li>新会员指活动开始后首次成为本品牌会员的顾客；同一人只计一次，奖励只计直接邀请的一级。\
</li>{% endif %}</ol>
</section>

<section aria-labelledby="odds"><h2 id="odds">红包金额与中奖概率</h2>
<p>{{ amounts }}</p>
<p>每次有效领取均可获得 1 个红包，概率为 100%，领完为止。</p></section>

<section aria-labelledby="pay"><h2 id="pay">发放与审核</h2>
<ul><li>红包由微信支付「商家转账」发放到微信零钱，请在收到后 24 小时内确认收款，逾期未确认将退回。</li>
{% if spec.waiting_hours %}<li>领取后 {{ spec.waiting_hours }} 小时为等待期，期满后发放；\
等待期内退货或解除关系的，待发放的红包将失效。</li>{% endif %}
<li>涉嫌使用同一设备、批量账号等异常方式参加的，将由人工审核，审核期间暂缓发放；已发放的不受影响。</li></ul></section>

{% if spec.terms %}<section aria-labelledby="terms"><h2 id="terms">活动细则</h2>
<p class="pre">{{ spec.terms }}</p></section>{% endif %}

<section aria-labelledby="who"><h2 id="who">主办方</h2>
<dl><dt>名称</dt><dd>{{ spec.organiser or "本小程序运营方" }}</dd>
<dt>联系方式</dt><dd>{{ spec.contact or "请通过小程序内客服联系" }}</dd></dl>
<p class="soft">本活动规则在活动期间不作变更。\
参加记录仅用于发放奖励与防范作弊，您可在小程序中查看、导出或删除个人信息。</p></section>
</main></body></html>"""
