"""What WeCom's events do: how staff and customer stand, who the customer is, whose they become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.brand import service as brand
from chalicelib.guides import service as guides
from chalicelib.guides.bindings import service as bindings
from chalicelib.guides.contact_ways import service as ways
from chalicelib.guides.contact_ways import sources
from chalicelib.guides.contacts import keys, losses, rules, tables
from chalicelib.guides.contacts.tables import ContactState
from chalicelib.guides.groups import handlers as group_handlers
from chalicelib.guides.groups.handlers import Touched
from chalicelib.guides.rosters import tables as rosters_tables
from chalicelib.guides.staff import tables as staff_tables
from chalicelib.guides.transfers import service as transfers
from chalicelib.kernel.clock import SECOND, Millis
from chalicelib.kernel.text import userid_key
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count

if TYPE_CHECKING:
    from chalicelib.wechat.wecom import WeCom
    from chalicelib.wechat.wecom_shapes import ExternalContact

_SETTLING_SECONDS: Final = 60
"""So long after an addition WeCom may still answer 84061 for it."""


class ContactEvent(NamedTuple):
    """An event about a member of staff and a customer."""

    change: str
    userid: str
    external_userid: str
    at: int
    digest: str
    fields: dict[str, str]

    @property
    def contact(self) -> str:
        return keys.contact_key(self.external_userid)


def handle(fields: dict[str, str], digest: str, wecom: WeCom, now: Millis) -> list[Touched]:
    """Apply one callback; any number of times, in any order, the outcome is the same.

    `fields` of the decrypted XML, `digest` of it. What is not understood is kept. Answers the members whom it tied
    to a guide. Raises WeChatError when WeCom must be asked and gives no answer: the queue delivers it again.
    """
    event, dated = fields.get("Event"), fields.get("CreateTime", "").isdigit()
    if event == "change_external_chat" and dated and fields.get("ChatId"):
        return group_handlers.handle(fields, wecom, now)
    if event == "change_external_tag" and dated and fields.get("Id"):
        group_handlers.handle_corp_tag(fields)
        return []
    told = _read_event(fields, digest) if event == "change_external_contact" and dated else None
    if told is None:
        tables.save_event(digest, fields, now)
        count("WeComEventKept", change=fields.get("ChangeType") or fields.get("Event") or "none")
        return []
    if _is_of_the_past(told):
        count("EventOfErased")
        return []
    if told.change == "transfer_fail":
        transfers.refused_by_callback(told.contact, told.userid, fields.get("FailReason", ""))
        return []
    if told.change == "edit_external_contact":
        # A remark or tag was edited: it says nothing of the relation, and we keep neither.
        return []
    return _handle_contact(told, wecom, now)


def _read_event(fields: dict[str, str], digest: str) -> ContactEvent | None:
    change, userid, external_userid = (fields.get(name, "") for name in ("ChangeType", "UserID", "ExternalUserID"))
    known = change in rules.RELATION_OF_CHANGE or change in ("transfer_fail", "edit_external_contact")
    if not (known and userid and external_userid):
        return None
    return ContactEvent(change, userid, external_userid, int(fields["CreateTime"]), digest, fields)


def _is_of_the_past(told: ContactEvent) -> bool:
    """Whether the customer was erased since: only a contact that was made after that is a new beginning."""
    gone = members.erased_since("external_userid", told.external_userid)
    return gone is not None and (told.at * SECOND <= gone or not rules.is_followed(_relation_of(told)))


def _relation_of(told: ContactEvent) -> str:
    return rules.RELATION_OF_CHANGE.get(told.change, "")


def _handle_contact(told: ContactEvent, wecom: WeCom, now: Millis) -> list[Touched]:
    relation = rules.RELATION_OF_CHANGE[told.change]
    stands = _apply(told, ContactState(relation, told.at, told.digest), wecom)
    touched: list[Touched] = []
    if rules.is_followed(relation):
        touched = _welcome_in(told, stands, wecom, now)
    guide_id, member_id = _guide_of(told.userid), members.member_of("external_userid", told.external_userid)
    if guide_id and member_id:
        rosters_tables.put_followed(guide_id, member_id, told.contact, rules.is_followed(stands.relation), stands.at)
    if not rules.is_followed(relation):
        moved = told.fields.get("Source") == "DELETE_BY_TRANSFER"
        loss = losses.Loss(told.userid, told.contact, guide_id, member_id, relation, told.at, moved)
        lost = stands.by == told.digest and not rules.is_followed(stands.relation)
        losses.record(loss, stands=lost, wecom=wecom)
    elif member_id:
        losses.alert_all(told.userid, told.contact, member_id, guide_id)
    return touched


def _apply(told: ContactEvent, state: ContactState, wecom: WeCom) -> ContactState:
    """The contact's state once this event is counted in."""
    outcome = tables.put_relation(told.contact, told.userid, told.external_userid, state)
    stands = tables.state_of(outcome.item)
    if outcome.done or rules.verdict(stands.at, stands.by, state.at, state.by) != "tie":
        return stands
    truth = ContactState(_relation_now(told.userid, told.external_userid, wecom), state.at, state.by)
    return tables.state_of(tables.put_truth(told.contact, told.userid, truth))


def _relation_now(userid: str, external_userid: str, wecom: WeCom) -> str:
    # Two events in one second: whether WeCom still lists the relation decides. It also lists one that only the
    # customer has left, where messages fail by themselves.
    found = _ask(external_userid, wecom)
    following = {userid_key(follow.userid) for follow in found.follow_users} if found else set()
    return "added" if userid_key(userid) in following else "removed_by_staff"


def _welcome_in(told: ContactEvent, stands: ContactState, wecom: WeCom, now: Millis) -> list[Touched]:
    found = _ask(told.external_userid, wecom)
    # WeCom shows nobody who was only half added.
    young = told.change == "add_external_contact" and now // SECOND - told.at < _SETTLING_SECONDS
    if found is None and young and rules.is_followed(stands.relation):
        raise NotYetVisible
    at = told.at * SECOND
    source = sources.source_of_state(told.fields.get("State", ""))
    way = ways.find_way(source.way_id) if source.way_id else None
    guide_id = source.guide_id or _guide_of(told.userid)
    store_id = (way or {}).get("store_id") or source.store_id or _store_of(guide_id)
    channel_id = (way or {}).get("channel_id") or _channel_of(store_id)
    identities = {"external_userid": told.external_userid}
    if found and found.unionid:
        identities["unionid"] = found.unionid
    try:
        person = members.recognise(identities, channel_id=channel_id, origin="wecom_contact", now=at)
    except members.Erased:
        count("EventOfErased")
        return []
    if transfers.accepted_by_contact(told.contact, told.userid, at, now):
        return []
    members.add_to_timeline(
        person.member_id,
        "contact_added",
        f"{userid_key(told.userid)}:{told.at}",
        at,
        guide_id=guide_id,
        contact_way_id=source.way_id,
    )
    if guide_id is None:
        return []
    bindings.bind(person.person, guide_id, reason="contact_added", at=at, now=now, store_id=store_id)
    if way:
        ways.count_in(way, guide_id, told.contact, at, wecom, now)
    return [Touched(person.person, guide_id, channel_id, at)]


def _guide_of(userid: str) -> str | None:
    found: Item | None = staff_tables.staff(userid)
    return found.get("guide_id") if found else None


def _store_of(guide_id: str | None) -> str | None:
    return guides.get_guide(guide_id).get("store_id") if guide_id else None


def _channel_of(store_id: str | None) -> str | None:
    channel_id = brand.get_store(store_id).get("channel_id") if store_id else None
    return str(channel_id) if channel_id else None


def _ask(external_userid: str, wecom: WeCom) -> ExternalContact | None:
    """The customer as WeCom shows them; None when nobody follows them (84061, 40096)."""
    from chalicelib.wechat.errors import Refused

    try:
        return wecom.get_external_contact(external_userid)
    except Refused as error:
        if error.retryable:
            raise
        return None


class NotYetVisible(RuntimeError):
    """WeCom told of a contact that it does not show yet: delivered again, it will."""
