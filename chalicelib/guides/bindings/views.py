"""Bindings as the routes answer them."""

from __future__ import annotations

from chalicelib.guides.bindings import rules, schemas, service
from chalicelib.kernel.clock import Millis, to_rfc3339, to_rfc3339_or_none


def history(member_id: str, now: Millis) -> schemas.History:
    """A member's bindings as intervals, oldest first; each ends when the next begins."""
    rows = service.history(member_id)
    ends = [*(row.at for row in rows), None][1:]
    in_force = rules.in_force(rows, now)
    return schemas.History(
        member_id=member_id,
        guide_id=in_force.guide_id if in_force else None,
        bindings=[
            schemas.BindingInterval(
                guide_id=row.guide_id,
                store_id=row.store_id,
                reason=row.reason,
                from_at=to_rfc3339(row.at),
                to_at=to_rfc3339_or_none(end),
            )
            for row, end in zip(rows, ends, strict=True)
        ],
    )
