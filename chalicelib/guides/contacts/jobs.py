"""What WeCom's three tries of a callback did not bring: found again every night, guide by guide, page by page.

A page compares 100 of WeCom's contacts with ours; a difference becomes the event that was missed and goes the way
of every event. So a night without differences writes nothing, and a step that fails is delivered again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chalicelib.guides import service as guides
from chalicelib.guides.contacts import keys, tables
from chalicelib.guides.rosters import tables as rosters_tables
from chalicelib.kernel.clock import MINUTE, SECOND, Millis
from chalicelib.kernel.ids import digest32
from chalicelib.runtime.events import queues
from chalicelib.runtime.observability import count

if TYPE_CHECKING:
    from chalicelib.wechat.wecom import WeCom
    from chalicelib.wechat.wecom_shapes import ExternalContact

QUEUE: Final = "guides-check"
CONTACTS: Final = "guides-contacts"
PER_PAGE: Final = 100
_SAME_CONTACT: Final = 5 * MINUTE // SECOND
"""So far an event's second and the contact's own may be apart and still be one addition."""


def begin(now: Millis) -> None:
    """Have every guide's contacts compared."""
    queues.send(QUEUE, (_step("added", row["sk"], row["userid"], None, now) for row in guides.every_guide()))


def handle(event: queues.Event, wecom: WeCom, now: Millis) -> None:
    """One page. First what WeCom has and we have not, then what we have and WeCom has not."""
    guide_id, userid, cursor = (event.data[name] for name in ("guide_id", "userid", "cursor"))
    if event.type == "contacts.added":
        kind, following = "added", _find_missed(userid, cursor, wecom, now)
    else:
        kind, following = "lost", _find_lost(guide_id, userid, cursor, wecom, now)
    if following:
        queues.send(QUEUE, [_step(kind, guide_id, userid, following, now)])
    elif kind == "added":
        queues.send(QUEUE, [_step("lost", guide_id, userid, None, now)])


def _find_missed(userid: str, cursor: str | None, wecom: WeCom, now: Millis) -> str | None:
    from chalicelib.wechat.errors import Refused

    try:
        page = wecom.batch_get_by_user([userid], cursor or "", PER_PAGE)
    except Refused as error:
        if error.retryable:
            raise
        # 84061: nobody; 40003: the guide has left the corp.
        return None
    missed = [event for found in page.items if (event := _missed(userid, found, now))]
    queues.send(CONTACTS, missed)
    if missed:
        count("ContactsMissed", len(missed), kind="added")
    return page.next_cursor or None


def _missed(userid: str, found: ExternalContact, now: Millis) -> queues.Event | None:
    follow = found.follow_users[0]
    known = tables.relation(keys.contact_key(found.external_userid), userid)
    # One that only the customer left is listed by WeCom too, with the moment at which it began.
    if known and known["ct"] >= follow.createtime - _SAME_CONTACT:
        return None
    return _event("add_external_contact", userid, found.external_userid, follow.createtime, now, State=follow.state)


def _find_lost(guide_id: str, userid: str, cursor: str | None, wecom: WeCom, now: Millis) -> str | None:
    from chalicelib.wechat.errors import Refused

    # An addition after this moment is none of ours to undo.
    asked_at = now // SECOND
    try:
        listed = {keys.contact_key(external_userid) for external_userid in wecom.list_external(userid)}
    except Refused as error:
        if error.retryable:
            raise
        return None
    rows, following = rosters_tables.roster_page(guide_id, 1_000, cursor)
    gone = [row["c"] for row in rows if row.get("followed") and row.get("c") not in listed]
    lost = [event for contact in gone if (event := _lost(contact, userid, asked_at, now))]
    queues.send(CONTACTS, lost)
    if lost:
        count("ContactsMissed", len(lost), kind="lost")
    return following


def _lost(contact: str, userid: str, at: int, now: Millis) -> queues.Event | None:
    known = tables.relation(contact, userid)
    # Half a contact is listed nowhere; the staff member has not answered yet.
    if known is None or known["rel"] != "added" or at - known["ct"] < _SAME_CONTACT:
        return None
    return _event("del_external_contact", userid, known["xu"], at, now)


def _event(change: str, userid: str, external_userid: str, at: int, now: Millis, **more: str) -> queues.Event:
    fields = {
        "Event": "change_external_contact",
        "ChangeType": change,
        "UserID": userid,
        "ExternalUserID": external_userid,
        "CreateTime": str(at),
        **more,
    }
    digest = digest32("reconciled", change, userid, external_userid, at)
    return queues.Event(digest, "wecom.callback", now, {"fields": fields, "digest": digest})


def _step(kind: str, guide_id: str, userid: str, cursor: str | None, now: Millis) -> queues.Event:
    data = {"guide_id": guide_id, "userid": userid, "cursor": cursor}
    return queues.Event(digest32(kind, guide_id, cursor or "", now), f"contacts.{kind}", now, data)
