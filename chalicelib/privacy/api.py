"""Routes of a person's rights: take along, be forgotten."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.member_center.views import me_now
from chalicelib.members import service
from chalicelib.members.identity import erase as erasures
from chalicelib.members.timeline.views import entry
from chalicelib.privacy import export
from chalicelib.privacy.schemas import Erasing, Export
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.http import Api, Listing

api = Api(__name__)


@api.delete("/me", allow=MEMBER, status=202, errors=("not_found", "conflict"))
def erase_me(caller: Caller, now: Millis) -> Erasing:
    """Leave and be forgotten: at once for everybody, within minutes in every store."""
    erasure = erasures.ask(caller.id, now)
    return Erasing("erasing" if "due" in erasure else "erased", to_rfc3339(erasure["at"]))


@api.get("/me/export", allow=MEMBER, errors=("not_found", "invalid_cursor"))
def export_me(query: Listing, caller: Caller, now: Millis) -> Export:
    """Everything that is known about me, over all areas; `next_cursor` leads to more of the timeline."""
    profile = service.current(caller.id)
    rows, cursor = service.timeline(profile, query.limit, query.cursor)
    known = export.everything(profile)
    return Export(
        member=me_now(profile, caller, now),
        timeline=[entry(row) for row in rows],
        next_cursor=cursor,
        **known,
    )
