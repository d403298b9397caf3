"""Ledger entries as the routes answer them."""

from __future__ import annotations

import msgspec

from chalicelib.attribution import queries, rules, schemas
from chalicelib.kernel.clock import to_rfc3339
from chalicelib.runtime.dynamo import Item


def why_of(reason: rules.Reason) -> schemas.Why:
    return schemas.Why(**msgspec.structs.asdict(reason))


def ledger_line(row: Item) -> schemas.LedgerLine:
    entry = queries.entry_of(row)
    why = [why_of(reason) for reason in entry.why]
    recorded_at = to_rfc3339(row["recorded_at"])
    return schemas.LedgerLine(
        entry.payee, entry.amount_fen, row["cause"], row["shop_id"], row["order_id"], recorded_at, why
    )
