"""The campaign's page (H5) for browsers: rules, odds, organiser, progress, in Chinese. No script.

It does not ask to be shared, and money is nowhere promised for sharing: WeChat punishes pages that do.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from chalicelib.campaigns import rules
from chalicelib.campaigns.reports import service as reports
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import SHANGHAI, Millis
from chalicelib.kernel.money import yuan
from chalicelib.runtime import pages
from chalicelib.runtime.cache import Cache

_STYLE: Final = pages.read_style("campaigns/pages/campaign.css")
HEADERS: Final = pages.headers(_STYLE)
_STATES: Final = {
    "draft": "未开始",
    "scheduled": "即将开始",
    "running": "进行中",
    "paused": "暂停中",
    "ended": "已结束",
}
_ACTS: Final = {
    "join": "在小程序中参加活动",
    "scan": "用本人账号扫描商品上的防伪码，且该码为有效正品码",
    "add_guide": "添加品牌导购为联系人",
    "purchase": "在活动期间购买本品牌商品",
}
_MOST_CACHED: Final = 256
_progress: Final[Cache[str, tuple[int, int]]] = Cache(_MOST_CACHED)


def render(campaign: Campaign, now: Millis) -> str:
    """The page of a campaign as it stands. Progress is as old as any cached thing may be."""
    spec = campaign.spec
    people, drawn = _progress.get(campaign.campaign_id, now, lambda: reports.progress(campaign))
    state = rules.state_at(campaign, now)
    # Earlier generations of the pot were drawn before this one was offered.
    of_this = max(0, drawn - (campaign.shares_offered - spec.pot.shares))
    left = max(0, spec.pot.shares - of_this)
    return pages.render(
        "campaigns/pages/campaign.html",
        _STYLE,
        spec=spec,
        state=_STATES[state],
        is_running=state == "running",
        is_empty=left == 0,
        total=yuan(spec.pot.total_fen),
        left=left,
        drawn=spec.pot.shares - left,
        people=people,
        starts=_time(spec.starts_at),
        ends=_time(campaign.over_at),
        amounts=_amounts(campaign),
        act=_ACTS[spec.act],
        a_day=yuan(spec.max_fen_per_member_per_day) if spec.max_fen_per_member_per_day else "",
        own="invitee" in spec.reward_for,
        tiers=spec.tiers if "inviter" in spec.reward_for else (),
    )


def _amounts(campaign: Campaign) -> str:
    """How much a packet holds and how likely one is, as a prize promotion must publish it."""
    pot = campaign.spec.pot
    match pot.split:
        case "lucky":
            return (
                f"共 {pot.shares} 个红包，每个红包金额随机，{yuan(pot.min_fen)} 元至 {yuan(_most(campaign))} 元，"
                f"平均约 {yuan(pot.total_fen // pot.shares)} 元。"
            )
        case "equal_at_end":
            return (
                f"活动结束后，由所有符合条件的参与者平分 {yuan(pot.total_fen)} 元；最多 {pot.shares} 份，"
                f"每份不低于 {yuan(pot.total_fen // pot.shares)} 元，不超过 {yuan(pot.max_fen)} 元。"
            )
        case _:
            return f"共 {pot.shares} 个红包，每个红包 {yuan(pot.total_fen // pot.shares)} 元。"


def _most(campaign: Campaign) -> int:
    """The most that one share can hold when all others hold the least."""
    pot = campaign.spec.pot
    return min(pot.max_fen, pot.total_fen - (pot.shares - 1) * pot.min_fen)


def _time(moment: Millis) -> str:
    return f"{datetime.fromtimestamp(moment // 1000, SHANGHAI):%Y年%m月%d日 %H:%M}"
