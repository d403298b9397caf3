"""The route by which staff tag members."""

from __future__ import annotations

from chalicelib.guides.staff import service as staff
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import STAFF, Caller
from chalicelib.runtime.http import Api
from chalicelib.segments import service
from chalicelib.segments.schemas import TaggedMember, TagOnMember

api = Api(__name__)


@api.post("/guides/me/members/{member_id}/tags", allow=STAFF, errors=("not_found", "refused"))
def tag_member(member_id: str, body: TagOnMember, caller: Caller, now: Millis) -> TaggedMember:
    """Put a tag on a member whom I serve, of my stores as their manager, or on any member as an admin."""
    if caller.role == "manager":
        staff.member_seen_by(caller.role, caller.id, caller.guide_id, member_id, now)
    guide_id = caller.guide_id if caller.role == "guide" else None
    current, tags = service.tag_member(member_id, body.tag_id, guide_id=guide_id, now=now)
    return TaggedMember(current, body.tag_id, sorted(tags))
