"""Use cases of exports: ask for a file of codes or labels, see its progress, fetch it.

The file is made in the background (`handlers`) and kept in S3 for a week; what leads to it is a link that is
signed for ten minutes.
"""

from __future__ import annotations

from typing import Final, Literal

from chalicelib.codes.batches import service as batches
from chalicelib.codes.exports import tables
from chalicelib.codes.exports.files import FORMATS
from chalicelib.kernel.clock import DAY, Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.runtime.aws import client
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.settings import settings

Kind = Literal["csv", "labels_zip", "labels_pdf"]

MOST_LABELS: Final = 50_000
"""Of one file: an archive of classic ZIP, a PDF that opens, a quarter of an hour's work at most."""
KEPT: Final = 7 * DAY
"""Then S3 deletes the file: the same as the bucket's rule in infra/template.yaml."""
LINK_SECONDS: Final = 600


def ask(
    export_id: str, batch_id: str, kind: Kind, part: tuple[int, int | None] | None, *, by: str, now: Millis
) -> Item:
    """Ask for a file of a batch or of the sequences (first, last) of it; the stream hands it to the worker.

    404 for an unknown batch, 400 for a range outside of it or for more labels than a file may have.
    """
    batch = batches.get_batch(batch_id)
    first, last = batches.bounds(batch, part or (0, None))
    if kind != "csv" and last - first >= MOST_LABELS:
        message = f"A file of labels may have {MOST_LABELS} codes. Ask for smaller ranges."
        raise SiyuError("invalid_parameter", message, param="to_seq")
    return tables.create(
        export_id,
        {
            "batch_id": batch_id,
            "number": batch["number"],
            "kind": kind,
            "first": first,
            "last": last,
            "state": "waiting",
            "parts": 0,
            "kept_codes": 0,
            "kept_bytes": 0,
            "seen": 0,
            "by": by,
            "at": now,
        },
    )


def get(batch_id: str, export_id: str, now: Millis) -> Item:
    """An export as it stands; 404 for one of another batch. `state` is `expired` when its file is gone."""
    found = tables.find(export_id)
    if found is None or found["batch_id"] != batch_id:
        raise not_found("export", export_id)
    if found["state"] == "done" and found["ended_at"] + KEPT <= now:
        return {**found, "state": "expired"}
    return found


def link(export: Item) -> str | None:
    """A link to the finished file, for ten minutes; None before and after. Asks nobody: it is signed here."""
    if export["state"] != "done":
        return None
    place = {"Bucket": settings().exports_bucket, "Key": object_key(export)}
    return str(client("s3").generate_presigned_url("get_object", Params=place, ExpiresIn=LINK_SECONDS))


def object_key(export: Item) -> str:
    """Where the file is in the bucket."""
    return f"exports/{export['export_id']}/{file_name(export)}"


def file_name(export: Item) -> str:
    """How the file is called when it is fetched."""
    suffix = FORMATS[export["kind"]]().suffix
    return f"{export['batch_id']}-{export['first']}-{export['last']}.{suffix}"
