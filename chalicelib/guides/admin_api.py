"""Routes by which operators make and list guides."""

from __future__ import annotations

from chalicelib.guides import local_stage, service, views
from chalicelib.guides.contact_ways import service as ways
from chalicelib.guides.schemas import Guide, NewGuide
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.text import read
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Api, Listed, Listing
from chalicelib.wechat import connect

api = Api(__name__)


@api.post(
    "/admin/guides",
    allow=ADMIN,
    creates="guide",
    status=201,
    errors=("invalid_parameter", "not_found", "already_exists", "conflict", "refused", "upstream_unavailable"),
)
def create_guide(body: NewGuide, new_id: str, now: Millis) -> Guide:
    """Make a guide with a WeCom contact way and a badge."""
    userid = read("userid", body.userid, param="userid")
    name = read("name", body.name, param="name", least=1)
    service.create_guide(new_id, name=name, userid=userid, store_id=body.store_id, now=now)
    try:
        return views.guide(ways.open_contact_way(new_id, connect.wecom(), now))
    except ways.UnknownStaff:
        if not local_stage.add_staff(userid, name):
            raise
    return views.guide(ways.open_contact_way(new_id, connect.wecom(), now))


@api.get("/admin/guides", allow=ADMIN, errors=("invalid_cursor",))
def list_guides(query: Listing) -> Listed[Guide]:
    """List guides."""
    rows, cursor = service.list_guides(query.limit, query.cursor)
    return Listed([views.guide(row) for row in rows], cursor)
