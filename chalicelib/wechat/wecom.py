"""WeCom's server API (qyapi.weixin.qq.com) for one self-built app: the calls siyu needs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from chalicelib.wechat import wecom_shapes as shapes
from chalicelib.wechat.access_tokens import FreshToken, TokenSource
from chalicelib.wechat.errcode_api import ErrcodeApi, Nothing
from chalicelib.wechat.errors import Refused, Unknown
from chalicelib.wechat.transport import Call

TicketKind = Literal["corp", "agent"]
Attachment = Mapping[str, Any]  # as WeCom names them: {"msgtype": "link", "link": {"title": …, "url": …}}

CONTACT: Final = "/cgi-bin/externalcontact"
STATE_LIMIT: Final = 30
REMARK_LIMIT: Final = 30
TRANSFER_LIMIT: Final = 100
MASS_LIMIT: Final = 10_000
PAGE_LIMIT: Final = 40  # pages of 500 followers that one customer may have: more is a broken cursor


class WeCom:
    """Every method raises WeChatError. Retries happen only where nothing can happen twice."""

    def __init__(self, api: ErrcodeApi, tickets: Mapping[TicketKind, TokenSource], agent_id: int) -> None:
        self._api = api
        self._tickets = tickets
        self._agent_id = agent_id

    def add_contact_way(
        self,
        userids: Sequence[str],
        state: str,
        remark: str = "",
        *,
        skip_verify: bool = True,
        shared: bool = False,
        exclusive: bool = False,
    ) -> shapes.ContactWay:
        """A QR code for one or up to 100 staff; `state` (≤ 30 characters) comes back in the callback.

        `shared`: several may stand behind it later, which cannot be changed afterwards. `exclusive`: a customer
        adds one member of the corp only. Refused with 41054 when a member is not activated, 40003, 84074.
        """
        body = _contact_way(userids, state, remark, skip_verify) | {"is_exclusive": exclusive}
        body |= {"type": 2 if shared or len(userids) > 1 else 1, "scene": 2}
        return self._api.post("add_contact_way", f"{CONTACT}/add_contact_way", body, shapes.ContactWay)

    def update_contact_way(
        self,
        config_id: str,
        userids: Sequence[str],
        state: str,
        remark: str = "",
        *,
        skip_verify: bool = True,
    ) -> None:
        """Change what is behind a printed code; the picture stays."""
        body = _contact_way(userids, state, remark, skip_verify) | {"config_id": config_id}
        path = f"{CONTACT}/update_contact_way"
        self._api.post("update_contact_way", path, body, Nothing, idempotent=True)

    def get_external_contact(self, external_userid: str) -> shapes.ExternalContact:
        """A customer with all staff who follow him. Refused with 84061 or 40096 when nobody does."""
        api, cursor = "get_external_contact", ""
        followers: list[shapes.FollowUser] = []
        for _ in range(PAGE_LIMIT):
            params = {"external_userid": external_userid, "cursor": cursor}
            reply = self._api.get(api, f"{CONTACT}/get", params, shapes.ContactReply)
            followers.extend(follow.value() for follow in reply.follow_user)
            cursor = reply.next_cursor
            if not cursor:
                return reply.external_contact.value(tuple(followers))
        raise Unknown(api, "unreadable", "The list of followers does not end.")

    def list_external(self, userid: str) -> list[str]:
        """The external_userids of a member's customers; empty when he has none (WeCom says 84061)."""
        try:
            reply = self._api.get("list_external", f"{CONTACT}/list", {"userid": userid}, shapes.ListReply)
        except Refused as error:
            if error.code == "84061":
                return []
            raise
        return list(reply.external_userid)

    def batch_get_by_user(self, userids: Sequence[str], cursor: str = "", limit: int = 100) -> shapes.ContactPage:
        """A page of the customers of up to 100 members, one entry per relation."""
        body = {"userid_list": list(userids), "cursor": cursor, "limit": limit}
        path = f"{CONTACT}/batch/get_by_user"
        reply = self._api.post("batch_get_by_user", path, body, shapes.BatchReply, idempotent=True)
        items = (entry.external_contact.value((entry.follow_info.value(),)) for entry in reply.external_contact_list)
        return shapes.ContactPage(tuple(items), reply.next_cursor)

    def group_chat(self, chat_id: str) -> shapes.GroupChat:
        """A customer group with its members. Refused with 90501 when it is none."""
        body = {"chat_id": chat_id, "need_name": 0}
        path = f"{CONTACT}/groupchat/get"
        return self._api.post("group_chat", path, body, shapes.GroupReply, idempotent=True).group_chat

    def send_welcome(self, welcome_code: str, text: str, attachments: Sequence[Attachment] = ()) -> None:
        """Greet a new customer within 20 s, once. Refused with 41050 (late), 41051 (chat began: no harm)."""
        body = {"welcome_code": welcome_code} | _content(text, attachments)
        self._api.post("send_welcome", f"{CONTACT}/send_welcome_msg", body, Nothing)

    def user_of_code(self, code: str) -> shapes.Visitor:
        """Trade an OAuth code, once. Refused with 40029; Unknown: the code is spent, sign in again."""
        call = Call("user_of_code", "GET", "/cgi-bin/auth/getuserinfo", {"code": code})
        reply = self._api.send(call, idempotent=False)
        visitor = self._api.decode(reply, call.api, shapes.Visitor)
        if not (visitor.userid or visitor.external_userid or visitor.openid):
            raise Unknown(call.api, "unreadable", "The answer names nobody.")
        return visitor

    def jsapi_ticket(self, kind: TicketKind) -> str:
        """The shared ticket: `corp` for wx.config, `agent` for wx.agentConfig."""
        return self._tickets[kind].get()

    def transfer_customers(
        self,
        handover: str,
        takeover: str,
        external_userids: Sequence[str],
        message: str = "",
        *,
        resigned: bool = False,
    ) -> tuple[shapes.TransferItem, ...]:
        """Hand up to 100 customers to a colleague; the verdict is per customer (WECOM's codes).

        `message` tells the customers of a member on the job; those of one who `resigned` get none.
        """
        if not 1 <= len(external_userids) <= TRANSFER_LIMIT:
            raise ValueError("A call hands over 1 to 100 customers.")
        body = _between(handover, takeover) | {"external_userid": list(external_userids)}
        if message and not resigned:
            body["transfer_success_msg"] = message
        path = f"{_transfers(resigned)}/transfer_customer"
        return self._api.post("transfer_customers", path, body, shapes.TransferReply).customer

    def transfer_result(
        self, handover: str, takeover: str, cursor: str = "", *, resigned: bool = False
    ) -> shapes.TransferPage:
        """A page of the hand-overs between two colleagues."""
        body = _between(handover, takeover) | {"cursor": cursor}
        path = f"{_transfers(resigned)}/transfer_result"
        reply = self._api.post("transfer_result", path, body, shapes.TransferResultReply, idempotent=True)
        return shapes.TransferPage(reply.customer, reply.next_cursor)

    def add_mass_message(
        self, sender: str, external_userids: Sequence[str], text: str, attachments: Sequence[Attachment] = ()
    ) -> shapes.MassMessage:
        """A task for `sender` to send; nothing goes out before he confirms. Unknown: do not repeat."""
        if not 1 <= len(external_userids) <= MASS_LIMIT:
            raise ValueError("A mass message has 1 to 10,000 recipients.")
        body = {
            "chat_type": "single",
            "sender": sender,
            "external_userid": list(external_userids),
        } | _content(text, attachments)
        return self._api.post("add_mass_message", f"{CONTACT}/add_msg_template", body, shapes.MassMessage)

    def mass_send_results(self, msgid: str, userid: str, cursor: str = "") -> shapes.MassSendPage:
        """A page of what became of a mass message in the hands of one sender."""
        body = {"msgid": msgid, "userid": userid, "limit": 1000, "cursor": cursor}
        path = f"{CONTACT}/get_groupmsg_send_result"
        reply = self._api.post("mass_send_results", path, body, shapes.MassSendReply, idempotent=True)
        return shapes.MassSendPage(reply.send_list, reply.next_cursor)

    def add_corp_tags(self, group: str, names: Sequence[str]) -> dict[str, str]:
        """Make tags in a group, which is made when new: name → tag id. Refused with 40071 when one exists."""
        body = {"group_name": group, "tag": [{"name": name} for name in names], "agentid": self._agent_id}
        reply = self._api.post("add_corp_tags", f"{CONTACT}/add_corp_tag", body, shapes.TagGroupReply)
        return {tag.name: tag.id for tag in reply.tag_group.tag}

    def mark_tags(self, userid: str, external_userid: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Set and clear a customer's tags as this member sees them. 45033: edited at the same moment."""
        body = {
            "userid": userid,
            "external_userid": external_userid,
            "add_tag": list(add),
            "remove_tag": list(remove),
        }
        self._api.post("mark_tags", f"{CONTACT}/mark_tag", body, Nothing, idempotent=True)

    def send_app_message(self, userids: Sequence[str], text: str, *, same_text_seconds: int = 0) -> shapes.AppMessage:
        """A text from the app to up to 1,000 staff; the same text within `same_text_seconds` goes once."""
        body = {
            "touser": "|".join(userids),
            "msgtype": "text",
            "agentid": self._agent_id,
            "text": {"content": text},
            "enable_duplicate_check": 1 if same_text_seconds else 0,
            "duplicate_check_interval": same_text_seconds or 1800,
        }
        path = "/cgi-bin/message/send"
        repeatable = same_text_seconds > 0
        reply = self._api.post("send_app_message", path, body, shapes.AppMessageReply, idempotent=repeatable)
        return shapes.AppMessage(reply.msgid, tuple(filter(None, reply.invaliduser.split("|"))))


def js_signature(ticket: str, url: str, nonce: str, timestamp: int) -> str:
    """The signature of wx.config and wx.agentConfig over the page's URL as loaded (page 96909)."""
    page = url.partition("#")[0]
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def fetch_access_token(api: ErrcodeApi, corp_id: str, secret: str) -> FreshToken:
    """A token of gettoken, which answers the same one while it is valid."""
    call = Call("gettoken", "GET", "/cgi-bin/gettoken", {"corpid": corp_id, "corpsecret": secret})
    reply = api.decode(api.send(call, idempotent=True, signed=False), call.api, shapes.TokenReply)
    return FreshToken(reply.access_token, reply.expires_in)


def fetch_ticket(api: ErrcodeApi, kind: TicketKind) -> FreshToken:
    """A JS ticket: 400 an hour per corp, 100 an hour per app, hence shared like a token."""
    path, params = "/cgi-bin/get_jsapi_ticket", {}
    if kind == "agent":
        path, params = "/cgi-bin/ticket/get", {"type": "agent_config"}
    reply = api.get("jsapi_ticket", path, params, shapes.TicketReply)
    return FreshToken(reply.ticket, reply.expires_in)


def _contact_way(userids: Sequence[str], state: str, remark: str, skip_verify: bool) -> dict[str, Any]:
    if not userids or len(state) > STATE_LIMIT or len(remark) > REMARK_LIMIT:
        raise ValueError("A contact way has staff, a state and a remark of at most 30 characters each.")
    return {"user": list(userids), "state": state, "remark": remark, "skip_verify": skip_verify}


def _between(handover: str, takeover: str) -> dict[str, Any]:
    return {"handover_userid": handover, "takeover_userid": takeover}


def _transfers(resigned: bool) -> str:
    return f"{CONTACT}/resigned" if resigned else CONTACT


def _content(text: str, attachments: Sequence[Attachment]) -> dict[str, Any]:
    if not text and not attachments:
        raise ValueError("A message has a text or attachments.")
    content: dict[str, Any] = {"text": {"content": text}} if text else {}
    if attachments:
        content["attachments"] = [dict(attachment) for attachment in attachments]
    return content
