"""The route of the audit trail."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chalicelib.brand.audit import service
from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Answer, Api, Listed, Listing

api = Api(__name__)


class AuditQuery(Listing, frozen=True):
    """`day`: a day in Shanghai, `YYYYMMDD`; without it from today backwards."""

    day: Annotated[str, Meta(pattern="^[0-9]{8}$")] | None = None


class AuditEntry(Answer):
    """One action that took effect. `ids`: what it touched, those of the route's path first."""

    at: str
    who: str
    role: str
    method: str
    route: str
    ids: list[str]
    request_id: str


@api.get("/admin/audit", allow=ADMIN, errors=("invalid_cursor",))
def list_audit(query: AuditQuery, now: Millis) -> Listed[AuditEntry]:
    """What operators and managers did, newest first."""
    rows, cursor = service.page(query.day, query.limit, query.cursor, now)
    return Listed([_entry(row) for row in rows], cursor)


def _entry(row: Item) -> AuditEntry:
    return AuditEntry(
        at=to_rfc3339(row["at"]),
        who=row["who"],
        role=row["role"],
        method=row["method"],
        route=row["route"],
        ids=row["ids"],
        request_id=row["request_id"],
    )
