"""A contact ended: the member stays a member, the guide hears of it, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.guides.contacts import tables
from chalicelib.kernel.clock import HOUR, SECOND, SHANGHAI
from chalicelib.kernel.text import userid_key
from chalicelib.members import service as members
from chalicelib.runtime.observability import count, logger

if TYPE_CHECKING:
    from chalicelib.wechat.wecom import WeCom

_SAME_TEXT_SECONDS: Final = 4 * HOUR // SECOND
"""WeCom drops the same text within this time: an alert whose answer got lost is repeated safely."""
_TEXT: Final = {
    "left_by_customer": "客户流失提醒：您的一位客户已在 {when} 将您从微信联系人中删除。",
    "removed_by_staff": "客户流失提醒：您的一位客户已在 {when} 从您的企业微信联系人中删除。如属误删，请尽快重新添加。",
}
_WHO: Final = "会员 {member_id}，可在侧边栏的客户列表中查看其档案。"


class Loss(NamedTuple):
    """Who lost whom; `at` in seconds. `moved`: by a transfer, the customer went to a colleague."""

    userid: str
    contact: str
    guide_id: str | None
    member_id: str | None
    relation: str
    at: int
    moved: bool


def record(loss: Loss, *, stands: bool, wecom: WeCom) -> None:
    """Keep a loss and tell the guide of it, once; not of a transfer, nor when the two are in contact again.

    Raises WeChatError when WeCom gives no answer: the queue delivers the event again, WeCom drops the repeat.
    """
    row = tables.put_loss(loss.contact, loss.userid, loss.at, loss.relation, loss.moved)
    if loss.member_id:
        alert_all(loss.userid, loss.contact, loss.member_id, loss.guide_id)
    if stands and loss.guide_id and not loss.moved and not row.get("told"):
        _alert(loss, wecom)
        tables.mark_alerted(loss.contact, loss.userid, loss.at)


def alert_all(userid: str, contact: str, member_id: str, guide_id: str | None) -> None:
    """Write the losses into the member's timeline: also those told of before we knew who the customer is."""
    for row in tables.losses(contact, userid):
        if not row["moved"]:
            at = int(row["sk"].rpartition("#")[2])
            members.add_to_timeline(
                member_id, "contact_lost", f"{userid_key(userid)}:{at}", at * SECOND, guide_id=guide_id, by=row["rel"]
            )


def _alert(loss: Loss, wecom: WeCom) -> None:
    from chalicelib.wechat.errors import Misconfigured, Refused

    count("ContactLost", relation=loss.relation)
    logger().info("A contact ended", guide_id=loss.guide_id, member_id=loss.member_id, relation=loss.relation)
    try:
        wecom.send_app_message([loss.userid], text_of(loss), same_text_seconds=_SAME_TEXT_SECONDS)
    except (Refused, Misconfigured) as error:
        if isinstance(error, Refused) and error.retryable:
            raise
        # 81013: the guide has left the corp, say. The loss itself is in the timeline.
        count("LossAlertFailed", code=error.code)
        logger().warning("A guide could not be told of a loss", guide_id=loss.guide_id, code=error.code)


def text_of(loss: Loss) -> str:
    """What the guide reads: the second and the member tell two losses apart, no name is told."""
    from datetime import datetime

    when = f"{datetime.fromtimestamp(loss.at, SHANGHAI):%Y-%m-%d %H:%M:%S}"
    who = _WHO.format(member_id=loss.member_id) if loss.member_id else ""
    return _TEXT[loss.relation].format(when=when) + who
