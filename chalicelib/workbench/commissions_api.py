"""The route by which guides see what they earned."""

from __future__ import annotations

from chalicelib.attribution import queries as attribution_queries
from chalicelib.attribution import schemas
from chalicelib.attribution.views import ledger_line
from chalicelib.kernel.clock import Millis, shanghai_month
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.auth import STAFF, Caller
from chalicelib.runtime.http import Api, Listed

api = Api(__name__)


@api.get("/guides/me/commissions", allow=STAFF)
def list_commissions(query: schemas.MonthOfLedger, caller: Caller, now: Millis) -> Listed[schemas.LedgerLine]:
    """What the guide earned in a month, each entry with its reasons."""
    if not caller.guide_id:
        raise SiyuError("wrong_role", "This account is not a guide, so it has no commissions.")
    rows, cursor = attribution_queries.commissions(
        caller.guide_id, query.month or shanghai_month(now), query.limit, query.cursor
    )
    return Listed([ledger_line(row) for row in rows], cursor)
