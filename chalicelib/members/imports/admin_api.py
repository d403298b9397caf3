"""Routes of imports, for operators."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.members.imports import service as import_service
from chalicelib.members.imports.schemas import Import, NewImport, RefusedRow, Upload
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Api, Listed, Listing

api = Api(__name__)


@api.post("/admin/member-imports", allow=ADMIN, creates="import", status=201, errors=("not_found",))
def create_member_import(body: NewImport, new_id: str, now: Millis) -> Upload:
    """Bring existing members in: answers where to upload their CSV."""
    return Upload(new_id, import_service.create(new_id, body.channel_id, now))


@api.post(
    "/admin/member-imports/{import_id}/start", allow=ADMIN, status=202, errors=("not_found", "conflict", "too_large")
)
def start_member_import(import_id: str) -> Import:
    """Begin with an uploaded CSV."""
    return _import(import_id, import_service.start(import_id))


@api.get("/admin/member-imports/{import_id}", allow=ADMIN, errors=("not_found",))
def get_member_import(import_id: str) -> Import:
    """How far an import is."""
    return _import(import_id, import_service.progress(import_id))


@api.get("/admin/member-imports/{import_id}/refusals", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def list_refused_rows(import_id: str, query: Listing) -> Listed[RefusedRow]:
    """The rows that were not imported, and why."""
    rows, cursor = import_service.refused(import_id, query.limit, query.cursor)
    found = [RefusedRow(int(row["sk"].removeprefix("X#")), row["why"], row.get("column")) for row in rows]
    return Listed(found, cursor)


def _import(import_id: str, found: import_service.Progress) -> Import:
    return Import(import_id, found.state, found.rows, found.done, found.created, found.known, found.refused, found.why)
