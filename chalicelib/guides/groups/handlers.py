"""What an event of a customer group does: who joined becomes a member, and the owner's, if the brand says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.brand import service as brand
from chalicelib.guides import service as guides
from chalicelib.guides.bindings import service as bindings
from chalicelib.guides.bindings import tables as binding_tables
from chalicelib.guides.contact_ways import sources
from chalicelib.guides.contacts import keys
from chalicelib.guides.groups import tables
from chalicelib.guides.staff import tables as staff_tables
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.members import service as members
from chalicelib.members.service import Person
from chalicelib.runtime.observability import count

if TYPE_CHECKING:
    from chalicelib.wechat.wecom import WeCom
    from chalicelib.wechat.wecom_shapes import GroupChat, GroupMember

_CUSTOMER = 2


class Touched(NamedTuple):
    """A member whom an event tied to a guide, for the areas that want to know of the touch."""

    person: Person
    guide_id: str
    channel_id: str | None
    at: Millis


def handle(fields: dict[str, str], wecom: WeCom, now: Millis) -> list[Touched]:
    """Apply one `change_external_chat`; WeCom's list of today decides, so order and repeats do not matter."""
    chat_id, at = fields["ChatId"], int(fields["CreateTime"])
    if fields.get("ChangeType") == "dismiss":
        tables.put_group(chat_id, "", "dismissed", at)
        return []
    chat = _ask(chat_id, wecom)
    if chat is None:
        return []
    tables.put_group(chat_id, chat.owner, "open", at)
    return list(_joined(chat, at, now))


def handle_corp_tag(fields: dict[str, str]) -> None:
    """Remember what became of a tag of the corp."""
    kind, change = fields.get("TagType", "tag"), fields.get("ChangeType", "")
    tables.put_corp_tag(fields["Id"], kind, change, int(fields["CreateTime"]))


def _joined(chat: GroupChat, at: int, now: Millis) -> Iterator[Touched]:
    known = tables.members(chat.chat_id)
    there = {keys.contact_key(member.userid): member for member in chat.member_list if member.type == _CUSTOMER}
    guide_id = (staff_tables.staff(chat.owner) or {}).get("guide_id")
    for contact, member in there.items():
        if contact in known and known[contact]["jt"] >= member.join_time:
            continue
        yield from _welcome_in(chat.chat_id, member, guide_id, now)
        tables.put_joined(chat.chat_id, contact, member.join_time)
    for contact in known.keys() - there.keys():
        tables.put_left(chat.chat_id, contact, at)


def _welcome_in(chat_id: str, joined: GroupMember, guide_id: str | None, now: Millis) -> Iterator[Touched]:
    at = joined.join_time * SECOND
    store_id = sources.source_of_state(joined.state).store_id or _store_of(guide_id)
    channel_id = brand.get_store(store_id).get("channel_id") if store_id else None
    identities = {"external_userid": joined.userid, **({"unionid": joined.unionid} if joined.unionid else {})}
    try:
        person = members.recognise(identities, channel_id=channel_id, origin="wecom_group", now=at)
    except members.Erased:
        count("EventOfErased")
        return
    members.add_to_timeline(person.member_id, "group_joined", f"{chat_id}:{at}", at, guide_id=guide_id)
    count("GroupJoined")
    if guide_id is None or not binding_tables.policy().groups:
        return
    bindings.bind(person.person, guide_id, reason="group_joined", at=at, now=now, store_id=store_id)
    yield Touched(person.person, guide_id, channel_id, at)


def _store_of(guide_id: str | None) -> str | None:
    return guides.get_guide(guide_id).get("store_id") if guide_id else None


def _ask(chat_id: str, wecom: WeCom) -> GroupChat | None:
    """The group as WeCom shows it; None for one that is gone."""
    from chalicelib.wechat.errors import Refused

    try:
        return wecom.group_chat(chat_id)
    except Refused as error:
        if error.retryable:
            raise
        return None
