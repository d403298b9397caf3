"""What a contact event does: how member and customer stand, who the customer is, whose they become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.brand import service as brand
from chalicelib.guides import contact_tables, rules, service, tables
from chalicelib.guides.contact_tables import ContactState
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.privacy import keyed_hash
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count, logger
from chalicelib.runtime.secrets import app_secrets

if TYPE_CHECKING:
    from chalicelib.wechat.wecom import WeCom
    from chalicelib.wechat.wecom_shapes import ExternalContact

_SETTLING_SECONDS: Final = 60
"""So long after an addition WeCom may still answer 84061 for it."""


class Added(NamedTuple):
    """A member whom a contact event tied to a guide, for the areas that want to know of the touch."""

    member_id: str
    guide_id: str
    channel_id: str | None
    at: Millis


def take(fields: dict[str, str], digest: str, wecom: WeCom, now: Millis) -> Added | None:
    """Apply one callback; any number of times, in any order, the outcome is the same.

    `fields` of the decrypted XML, `digest` of it. What is not understood is kept. Raises WeChatError when WeCom
    must be asked and gives no answer: the queue delivers it again.
    """
    relation = rules.RELATION_OF_CHANGE.get(fields.get("ChangeType", ""))
    userid, external_userid = fields.get("UserID", ""), fields.get("ExternalUserID", "")
    at = fields.get("CreateTime", "")
    known_event = fields.get("Event") == "change_external_contact" and relation
    if not (known_event and relation and userid and external_userid and at.isdigit()):
        contact_tables.keep_event(digest, fields)
        count("WeComEventKept", change=fields.get("ChangeType") or fields.get("Event") or "none")
        return None
    stands = _settle(userid, external_userid, ContactState(relation, int(at), digest), wecom)
    added = None
    if fields["ChangeType"] == "add_external_contact":
        added = _welcome_in(fields, int(at), stands, wecom, now)
    _show_in_roster(userid, external_userid, stands)
    return added


def _settle(userid: str, external_userid: str, told: ContactState, wecom: WeCom) -> ContactState:
    """The contact's state once this event is counted in."""
    contact = keyed_hash(f"external_userid:{external_userid}", app_secrets().lookup_key)
    outcome = contact_tables.put_relation(contact, userid, external_userid, told)
    stands = contact_tables.state_of(outcome.item)
    if outcome.done or rules.verdict(stands.at, stands.by, told.at, told.by) != "tie":
        return stands
    truth = ContactState(_relation_now(userid, external_userid, wecom), told.at, told.by)
    return contact_tables.state_of(contact_tables.put_truth(contact, userid, truth))


def _relation_now(userid: str, external_userid: str, wecom: WeCom) -> str:
    # Two events in one second: whether WeCom still lists the relation decides. It also lists one that only the
    # customer has left, where messages fail by themselves.
    found = _ask(external_userid, wecom)
    follows = found is not None and any(follow.userid == userid for follow in found.follow_users)
    return "added" if follows else "removed_by_staff"


def _welcome_in(fields: dict[str, str], at: int, stands: ContactState, wecom: WeCom, now: Millis) -> Added | None:
    external_userid = fields["ExternalUserID"]
    contact = _ask(external_userid, wecom)
    if contact is None and rules.is_followed(stands.relation) and now // 1000 - at < _SETTLING_SECONDS:
        raise NotYetVisible
    guide_id, store_id = _earner(fields)
    channel_id = _channel_of(store_id)
    identities = {"external_userid": external_userid}
    if contact and contact.unionid:
        identities["unionid"] = contact.unionid
    person = members.recognise(identities, channel_id=channel_id, origin="wecom_contact", now=at * 1000)
    members.note(person.member_id, "contact_added", f"{fields['UserID']}:{at}", at * 1000, guide_id=guide_id)
    if guide_id is None:
        return None
    service.bind(person.member_id, guide_id, reason="contact_added", at=at * 1000, now=now, store_id=store_id)
    return Added(person.member_id, guide_id, channel_id, at * 1000)


def _earner(fields: dict[str, str]) -> tuple[str | None, str | None]:
    """Guide and store that the scanned code names; without a code of ours the guide whose contact was added."""
    guide_id, store_id = service.guide_of_state(fields.get("State", ""))
    if guide_id is None:
        guide_id = _guide_of(fields["UserID"])
        store_id = service.get_guide(guide_id).get("store_id") if guide_id else None
    return guide_id, store_id


def _show_in_roster(userid: str, external_userid: str, stands: ContactState) -> None:
    guide_id = _guide_of(userid)
    member_id = members.member_of("external_userid", external_userid)
    if guide_id and member_id:
        contact_tables.put_followed(guide_id, member_id, rules.is_followed(stands.relation), stands.at)
    if not rules.is_followed(stands.relation):
        count("ContactLost", relation=stands.relation)
        logger().info("A contact ended", guide_id=guide_id, member_id=member_id, relation=stands.relation)


def _guide_of(userid: str) -> str | None:
    found: Item | None = tables.staff(userid)
    return found.get("guide_id") if found else None


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
