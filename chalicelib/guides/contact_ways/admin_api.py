"""Routes of shared contact ways (渠道活码), for operators."""

from __future__ import annotations

from chalicelib.guides.contact_ways import service, views
from chalicelib.guides.contact_ways.rules import Turn
from chalicelib.guides.contact_ways.schemas import ContactWay, NewContactWay
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Api, Listed, Listing
from chalicelib.wechat import connect

api = Api(__name__)

_ERRORS = ("not_found", "refused", "upstream_unavailable")


@api.post("/admin/contact-ways", allow=ADMIN, creates="contact_way", status=201, errors=_ERRORS)
def create_contact_way(body: NewContactWay, new_id: str, now: Millis) -> ContactWay:
    """Make a code that several guides share, with hours, daily caps and backups."""
    service.create_way(new_id, _fields(body), *_turns(body), now)
    return views.contact_way(service.apply(new_id, connect.wecom(), now))


@api.get("/admin/contact-ways", allow=ADMIN, errors=("invalid_cursor",))
def list_contact_ways(query: Listing) -> Listed[ContactWay]:
    """List shared codes."""
    rows, cursor = service.list_ways(query.limit, query.cursor)
    return Listed([views.contact_way(row) for row in rows], cursor)


@api.get("/admin/contact-ways/{contact_way_id}", allow=ADMIN, errors=("not_found",))
def get_contact_way(contact_way_id: str) -> ContactWay:
    """A shared code and who is behind it now."""
    return views.contact_way(service.get_way(contact_way_id))


@api.put("/admin/contact-ways/{contact_way_id}", allow=ADMIN, errors=_ERRORS)
def put_contact_way(contact_way_id: str, body: NewContactWay, now: Millis) -> ContactWay:
    """Replace what is behind a shared code; its printed picture stays."""
    service.edit_way(contact_way_id, _fields(body), *_turns(body))
    return views.contact_way(service.apply(contact_way_id, connect.wecom(), now))


def _fields(body: NewContactWay) -> Item:
    return {"name": body.name, "place": body.place, "store_id": body.store_id, "channel_id": body.channel_id}


def _turns(body: NewContactWay) -> tuple[list[Turn], list[Turn]]:
    turns = [Turn(turn.guide_id, "", turn.daily_cap, tuple(turn.hours)) for turn in body.guides]
    backups = [Turn(guide_id, "") for guide_id in body.backups]
    return service.with_userids(turns), service.with_userids(backups)
