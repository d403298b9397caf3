"""Routes of transfers, for operators."""

from __future__ import annotations

from chalicelib.guides.transfers import service, views
from chalicelib.guides.transfers.schemas import NewTransfer, Transfer, TransferDetail
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Api, Listing

api = Api(__name__)


@api.post(
    "/admin/guides/{guide_id}/transfer",
    allow=ADMIN,
    creates="transfer",
    status=202,
    errors=("not_found", "refused"),
)
def transfer_customers(guide_id: str, body: NewTransfer, new_id: str, now: Millis) -> Transfer:
    """Hand customers to a colleague: bindings move when WeCom has given a customer over, within 24 hours."""
    job = service.start(
        new_id,
        guide_id=guide_id,
        to_guide_id=body.to_guide_id,
        member_ids=body.member_ids,
        resigned=body.resigned,
        now=now,
    )
    return views.transfer(new_id, job)


@api.get("/admin/guides/{guide_id}/transfers/{transfer_id}", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def get_transfer(guide_id: str, transfer_id: str, query: Listing) -> TransferDetail:
    """How a transfer stands, customer by customer."""
    job = service.get(guide_id, transfer_id)
    rows, cursor = service.customers(transfer_id, query.limit, query.cursor)
    return views.transfer_detail(transfer_id, job, rows, cursor)
