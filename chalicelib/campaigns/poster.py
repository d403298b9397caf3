"""The poster (海报) of a participant: the campaign and their own mini-program code, as one SVG picture."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING, Final

from chalicelib.campaigns import names
from chalicelib.campaigns.rules import Campaign

if TYPE_CHECKING:
    from chalicelib.wechat.mini_program import MiniProgram

PAGE: Final = "pages/campaign/index"

_SVG: Final = """<svg xmlns="http://www.w3.org/2000/svg" width="600" height="860" viewBox="0 0 600 860"
 text-anchor="middle" font-family="sans-serif">
<rect width="600" height="860" fill="#c8102e"/>
<text x="300" y="120" font-size="40" fill="#fff5e1">{name}</text>
<rect x="75" y="200" width="450" height="450" rx="16" fill="#ffffff"/>
<image x="90" y="215" width="420" height="420" href="data:{kind};base64,{code}"/>
<text x="300" y="730" font-size="28" fill="#fff5e1">微信扫一扫，参加活动</text>
<text x="300" y="790" font-size="18" fill="#f3c9c0">规则、金额与概率见活动页</text>
</svg>
"""


def draw_poster(campaign: Campaign, invite: str, mini_program: MiniProgram) -> str:
    """The poster behind an invite; 422 `invalid_invite` when the invite is not one of this campaign.

    It does not ask to be shared: WeChat punishes pictures that do.
    """
    names.read_invite(campaign.campaign_id, invite)
    picture = mini_program.wxa_code(invite, PAGE)
    kind = "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"
    return _SVG.format(name=escape(campaign.spec.name[:20]), kind=kind, code=b64encode(picture).decode())
