"""Payouts as members see them."""

from __future__ import annotations

from chalicelib.kernel.clock import to_rfc3339
from chalicelib.payouts import service
from chalicelib.payouts.schemas import Packet
from chalicelib.runtime.dynamo import Item


def packet_view(row: Item) -> Packet:
    standing = service.standing_of(row)
    return Packet(
        packet_id=row["src_id"] if row["src_id"].startswith("pkt_") else row["sk"],
        source=row["src"],
        amount_fen=row["amount_fen"],
        state=standing.state,
        package_info=standing.package_info,
        confirm_before=to_rfc3339(standing.confirm_before) if standing.confirm_before else None,
        created_at=to_rfc3339(row["made_at"]),
        needs_name=standing.needs_name,
    )
