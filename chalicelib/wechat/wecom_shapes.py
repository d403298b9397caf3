"""What WeCom answers, as values. Field names are WeCom's own where nothing is gained by others."""

from __future__ import annotations

from typing import Final

import msgspec


class ContactWay(msgspec.Struct, frozen=True):
    """A contact way (渠道活码): `qr_code` is the URL of the picture that a customer scans."""

    config_id: str
    qr_code: str = ""


class FollowUser(msgspec.Struct, frozen=True):
    """One staff member's relation to a customer; `createtime` in unix seconds, `state` the contact way's."""

    userid: str
    createtime: int = 0
    state: str = ""
    add_way: int = 0
    remark: str = ""
    tag_ids: tuple[str, ...] = ()


class ExternalContact(msgspec.Struct, frozen=True):
    """A customer. `unionid` only when the corp is bound to the brand's open-platform account."""

    external_userid: str
    name: str | None = None
    unionid: str | None = None
    follow_users: tuple[FollowUser, ...] = ()


class ContactPage(msgspec.Struct, frozen=True):
    """A page of customers; `next_cursor` is empty on the last."""

    items: tuple[ExternalContact, ...]
    next_cursor: str


class Visitor(msgspec.Struct, frozen=True):
    """Who came by OAuth: a staff member (`userid`) or an outsider (`openid`, perhaps `external_userid`)."""

    userid: str | None = None
    external_userid: str | None = None
    openid: str | None = None


class TransferItem(msgspec.Struct, frozen=True):
    """Whether the hand-over of one customer was accepted; `errcode` 0 = yes, it completes within 24 h."""

    external_userid: str
    errcode: int = 0


TRANSFER_STATUS: Final = {1: "done", 2: "waiting", 3: "refused", 4: "receiver_at_limit", 5: "none"}


class TransferResult(msgspec.Struct, frozen=True):
    """Where a hand-over stands: `status` is a key of TRANSFER_STATUS, `takeover_time` unix seconds."""

    external_userid: str
    status: int
    takeover_time: int = 0


class TransferPage(msgspec.Struct, frozen=True):
    """A page of hand-overs; `next_cursor` is empty on the last."""

    items: tuple[TransferResult, ...]
    next_cursor: str


class MassMessage(msgspec.Struct, frozen=True):
    """A created mass message: it goes out when the staff member confirms. `fail_list` gets nothing."""

    msgid: str
    fail_list: tuple[str, ...] = ()


MASS_STATUS: Final = {0: "unsent", 1: "sent", 2: "not_friend", 3: "already_had_another"}


class MassSend(msgspec.Struct, frozen=True):
    """One recipient of a mass message: `status` is a key of MASS_STATUS, `send_time` unix seconds."""

    external_userid: str
    userid: str
    status: int
    send_time: int = 0


class MassSendPage(msgspec.Struct, frozen=True):
    """A page of recipients; `next_cursor` is empty on the last."""

    items: tuple[MassSend, ...]
    next_cursor: str


class GroupMember(msgspec.Struct, frozen=True):
    """Who is in a group: `type` 1 staff, 2 customer; `join_time` in unix seconds, `state` the join way's."""

    userid: str
    type: int = 2
    join_time: int = 0
    unionid: str = ""
    state: str = ""


class GroupChat(msgspec.Struct, frozen=True):
    """A customer group (客户群); `owner` is a userid."""

    chat_id: str
    owner: str
    member_list: tuple[GroupMember, ...] = ()


class AppMessage(msgspec.Struct, frozen=True):
    """A message to staff; those of `invalid_users` did not get it."""

    msgid: str
    invalid_users: tuple[str, ...] = ()


# What follows is the wire's shape, for `wecom` alone.


class WireTag(msgspec.Struct, frozen=True):
    tag_id: str = ""


class WireFollow(msgspec.Struct, frozen=True):
    userid: str
    createtime: int = 0
    state: str = ""
    add_way: int = 0
    remark: str = ""
    tags: tuple[WireTag, ...] = ()  # externalcontact/get
    tag_id: tuple[str, ...] = ()  # batch/get_by_user

    def value(self) -> FollowUser:
        tag_ids = self.tag_id or tuple(tag.tag_id for tag in self.tags if tag.tag_id)
        return FollowUser(self.userid, self.createtime, self.state, self.add_way, self.remark, tag_ids)


class WireContact(msgspec.Struct, frozen=True):
    external_userid: str
    name: str = ""
    unionid: str = ""

    def value(self, followers: tuple[FollowUser, ...]) -> ExternalContact:
        return ExternalContact(self.external_userid, self.name or None, self.unionid or None, followers)


class ContactReply(msgspec.Struct, frozen=True):
    external_contact: WireContact
    follow_user: tuple[WireFollow, ...] = ()
    next_cursor: str = ""


class BatchEntry(msgspec.Struct, frozen=True):
    external_contact: WireContact
    follow_info: WireFollow


class BatchReply(msgspec.Struct, frozen=True):
    external_contact_list: tuple[BatchEntry, ...] = ()
    next_cursor: str = ""


class ListReply(msgspec.Struct, frozen=True):
    external_userid: tuple[str, ...] = ()


class TransferReply(msgspec.Struct, frozen=True):
    customer: tuple[TransferItem, ...] = ()


class TransferResultReply(msgspec.Struct, frozen=True):
    customer: tuple[TransferResult, ...] = ()
    next_cursor: str = ""


class GroupReply(msgspec.Struct, frozen=True):
    group_chat: GroupChat


class MassSendReply(msgspec.Struct, frozen=True):
    send_list: tuple[MassSend, ...] = ()
    next_cursor: str = ""


class AppMessageReply(msgspec.Struct, frozen=True):
    msgid: str = ""
    invaliduser: str = ""


class WireNewTag(msgspec.Struct, frozen=True):
    id: str
    name: str


class WireTagGroup(msgspec.Struct, frozen=True):
    tag: tuple[WireNewTag, ...] = ()


class TagGroupReply(msgspec.Struct, frozen=True):
    tag_group: WireTagGroup


class TokenReply(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int


class TicketReply(msgspec.Struct, frozen=True):
    ticket: str
    expires_in: int
