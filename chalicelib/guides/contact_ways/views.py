"""Contact ways as the routes answer them."""

from __future__ import annotations

from chalicelib.guides.contact_ways import schemas, service
from chalicelib.kernel.clock import to_rfc3339
from chalicelib.runtime.dynamo import Item


def contact_way(row: Item) -> schemas.ContactWay:
    """A shared code."""
    turns, backups = service.turns_of(row["turns"]), service.turns_of(row["backups"])
    behind = set(row.get("applied") or ())
    return schemas.ContactWay(
        contact_way_id=row["sk"],
        name=row["name"],
        store_id=row["store_id"],
        place=row["place"],
        channel_id=row["channel_id"],
        guides=[schemas.WayGuide(turn.guide_id, turn.daily_cap, list(turn.hours)) for turn in turns],
        backups=[turn.guide_id for turn in backups],
        on_duty=sorted({turn.guide_id for turn in (*turns, *backups) if turn.userid in behind}),
        qr_code=row.get("qr_code"),
        created_at=to_rfc3339(row["created_at"]),
    )
