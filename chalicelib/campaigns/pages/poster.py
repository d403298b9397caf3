"""The poster (海报) of a participant: the campaign and their own mini-program code, as one PNG picture.

It does not ask to be shared: WeChat punishes pictures that do.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.rules import Campaign, Spec
from chalicelib.graphics import glyphs
from chalicelib.graphics.canvas import Canvas, Colour
from chalicelib.graphics.png import BadPicture, Picture, read
from chalicelib.kernel.clock import SHANGHAI, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.money import yuan

if TYPE_CHECKING:
    from chalicelib.wechat.mini_program import MiniProgram

PAGE: Final = "pages/campaign/index"
_WIDTH: Final = 600
_HEIGHT: Final = 900
_CODE: Final = 430
_MARGIN: Final = 36
_MOST_LINES: Final = 3
_RED: Final[Colour] = (168, 16, 31)
_CREAM: Final[Colour] = (255, 246, 230)
_PALE: Final[Colour] = (244, 205, 190)
_WHITE: Final[Colour] = (255, 255, 255)


def draw_poster(campaign: Campaign, invite: str, mini_program: MiniProgram) -> bytes:
    """The poster behind an invite; 422 `invalid_invite` when the invite is not one of this campaign."""
    participant_names.read_invite(campaign.campaign_id, invite)
    code = _code(invite, mini_program)
    spec = campaign.spec
    canvas = Canvas(_WIDTH, _HEIGHT, _RED)
    scale, lines = _title(spec.name)
    top = 48
    for line in lines[:_MOST_LINES]:
        canvas.text(line, top, _CREAM, scale)
        top += 12 + glyphs.SIZE * scale
    canvas.text(f"总金额 {yuan(spec.pot.total_fen).removesuffix('.00')} 元 · 共 {spec.pot.shares} 份", top + 4, _PALE)
    side = max(code.width, code.height) + 2 * 16
    canvas.fill((_WIDTH - side) // 2, 250, side, side, _WHITE)
    canvas.put(code, (_WIDTH - code.width) // 2, 250 + 16)
    canvas.text("微信扫一扫，查看活动规则", 250 + side + 24, _CREAM)
    canvas.text(f"{_day(spec.starts_at)} 至 {_day(spec.ends_at)}", 250 + side + 74, _PALE)
    return canvas.png()


def boxes(spec: Spec) -> str:
    """The characters of a campaign that its poster shows as empty boxes."""
    return glyphs.missing(spec.name)


def cut(spec: Spec) -> str:
    """The end of a campaign's name for which its poster has no room."""
    _, lines = _title(spec.name)
    return "".join(lines[_MOST_LINES:])


def _code(invite: str, mini_program: MiniProgram) -> Picture:
    """The mini-program code, shrunk by whole numbers when it is larger than asked for."""
    try:
        picture = read(mini_program.wxa_code(invite, PAGE, _CODE, transparent=True))
    except BadPicture as error:
        raise SiyuError(
            "upstream_unavailable", "WeChat did not return a picture of the code. Try again later."
        ) from error
    return picture.within(_WIDTH - 2 * _MARGIN)


def _title(name: str) -> tuple[int, list[str]]:
    """A name large on one line when it has room there, else small on several."""
    if 2 * glyphs.width(name) <= _WIDTH - 2 * _MARGIN:
        return 2, [name]
    return 1, glyphs.lines(name, _WIDTH - 2 * _MARGIN)


def _day(moment: Millis) -> str:
    return f"{datetime.fromtimestamp(moment // 1000, SHANGHAI):%Y.%m.%d}"
