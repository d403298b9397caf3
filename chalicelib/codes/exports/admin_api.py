"""Routes of exports: files of codes and labels, made in the background."""

from __future__ import annotations

from chalicelib.codes.batches.parts import part_of
from chalicelib.codes.batches.schemas import Part
from chalicelib.codes.exports import service
from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.runtime.auth import ADMIN, Caller
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Answer, Api

api = Api(__name__)


class NewExport(Part, kw_only=True):
    """A file of a range, of boxes or of the whole batch: CSV, labels as a ZIP of SVG, or as sheets in PDF."""

    kind: service.Kind = "csv"


class ExportAnswer(Answer):
    """An export. `progress` is in percent; `url` opens the finished file for ten minutes, ask again for another."""

    export_id: str
    batch_id: str
    kind: str
    state: str
    progress: int
    codes_done: int
    codes: int
    url: str | None
    created_at: str
    created_by: str


@api.post("/admin/code-batches/{batch_id}/exports", allow=ADMIN, creates="export", status=202, errors=("not_found",))
def create_export(batch_id: str, body: NewExport, new_id: str, caller: Caller, now: Millis) -> ExportAnswer:
    """Ask for a file of codes or labels."""
    return _answer(service.ask(new_id, batch_id, body.kind, part_of(batch_id, body), by=caller.id, now=now))


@api.get("/admin/code-batches/{batch_id}/exports/{export_id}", allow=ADMIN, errors=("not_found",))
def get_export(batch_id: str, export_id: str, now: Millis) -> ExportAnswer:
    """How far a file is: waiting, running, done, failed or expired."""
    return _answer(service.get(batch_id, export_id, now))


def _answer(row: Item) -> ExportAnswer:
    codes = row["last"] - row["first"] + 1
    return ExportAnswer(
        export_id=row["export_id"],
        batch_id=row["batch_id"],
        kind=row["kind"],
        state=row["state"],
        progress=100 * row["seen"] // codes,
        codes_done=row["seen"],
        codes=codes,
        url=service.link(row),
        created_at=to_rfc3339(row["at"]),
        created_by=row["by"],
    )
