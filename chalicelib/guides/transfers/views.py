"""Transfers as the routes answer them."""

from __future__ import annotations

from chalicelib.guides.transfers import schemas
from chalicelib.kernel.clock import to_rfc3339
from chalicelib.runtime.dynamo import Item


def transfer(transfer_id: str, job: Item) -> schemas.Transfer:
    """A transfer in numbers."""
    return schemas.Transfer(
        transfer_id=transfer_id,
        guide_id=job["src"],
        to_guide_id=job["dst"],
        resigned=job["resigned"],
        state="done" if job["ended"] else "waiting" if job["asked"] else "asking",
        waiting=int(job["counts"].get("waiting", 0)),
        done=int(job["counts"].get("done", 0)),
        failed=int(job["counts"].get("failed", 0)),
        created_at=to_rfc3339(job["created_at"]),
    )


def transfer_detail(transfer_id: str, job: Item, rows: list[Item], cursor: str | None) -> schemas.TransferDetail:
    """A transfer with a page of its customers."""
    items = [
        schemas.TransferredMember(row["m"], "waiting" if row["st"] == "asked" else row["st"], row.get("why"))
        for row in rows
    ]
    return schemas.TransferDetail(transfer=transfer(transfer_id, job), items=items, next_cursor=cursor)
