"""Routes of guides for operators: guides, roles, the binding policy, transfers."""

from __future__ import annotations

from chalicelib.guides import local_stage, presenting, service, staff, transfers, ways
from chalicelib.guides.shapes import (
    BindingPolicy,
    Guide,
    History,
    NewGuide,
    NewTransfer,
    OperatorBinding,
    Staff,
    StaffRole,
    Transfer,
    TransferDetail,
)
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Api, Listed, Listing
from chalicelib.wechat import connect

api = Api(__name__)


@api.post(
    "/admin/guides",
    allow=ADMIN,
    creates="guide",
    status=201,
    errors=("not_found", "already_exists", "conflict", "refused", "upstream_unavailable"),
)
def create_guide(body: NewGuide, new_id: str, now: Millis) -> Guide:
    """Make a guide with a WeCom contact way and a badge."""
    service.create_guide(new_id, name=body.name, userid=body.userid, store_id=body.store_id, now=now)
    try:
        return presenting.guide(ways.open_contact_way(new_id, connect.wecom(), now))
    except ways.UnknownStaff:
        if not local_stage.add_staff(body.userid, body.name):
            raise
    return presenting.guide(ways.open_contact_way(new_id, connect.wecom(), now))


@api.get("/admin/guides", allow=ADMIN, errors=("invalid_cursor",))
def list_guides(query: Listing) -> Listed[Guide]:
    """List guides."""
    page = service.list_guides(query.limit, query.cursor)
    return Listed([presenting.guide(row) for row in page.items], page.cursor)


@api.get("/admin/binding-policy", allow=ADMIN)
def get_binding_policy() -> BindingPolicy:
    """When a guide may take over a customer."""
    policy = service.get_policy()
    return BindingPolicy(policy.kind, policy.days, policy.groups)


@api.put("/admin/binding-policy", allow=ADMIN, errors=("invalid_parameter",))
def put_binding_policy(body: BindingPolicy) -> BindingPolicy:
    """Change when a guide may take over a customer, from now on."""
    policy = service.set_policy(body.kind, body.days, body.groups)
    return BindingPolicy(policy.kind, policy.days, policy.groups)


@api.put("/admin/staff/{userid}", allow=ADMIN, errors=("not_found",))
def put_staff_role(userid: str, body: StaffRole) -> Staff:
    """Say what a staff member may do, from their next login on; a manager also in which stores, from now on."""
    row = staff.set_role(userid, body.role, body.store_ids)
    return Staff(userid, row["role"], row.get("guide_id"), row["stores"])


@api.put("/admin/members/{member_id}/guide", allow=ADMIN, errors=("not_found", "conflict"))
def put_member_guide(member_id: str, body: OperatorBinding, now: Millis) -> History:
    """Give a member to a guide, whatever the binding policy; the past stays."""
    service.assign(member_id, body.guide_id, now)
    return presenting.history(member_id, now)


@api.get("/admin/members/{member_id}/bindings", allow=ADMIN, errors=("not_found",))
def get_bindings(member_id: str, now: Millis) -> History:
    """Who was a member's guide since when and why, as dated intervals."""
    return presenting.history(member_id, now)


@api.post(
    "/admin/guides/{guide_id}/transfer",
    allow=ADMIN,
    creates="transfer",
    status=202,
    errors=("not_found", "refused"),
)
def transfer_customers(guide_id: str, body: NewTransfer, new_id: str, now: Millis) -> Transfer:
    """Hand customers to a colleague: bindings move when WeCom has given a customer over, within 24 hours."""
    job = transfers.start(
        new_id,
        guide_id=guide_id,
        to_guide_id=body.to_guide_id,
        member_ids=body.member_ids,
        resigned=body.resigned,
        now=now,
    )
    return presenting.transfer(new_id, job)


@api.get("/admin/guides/{guide_id}/transfers/{transfer_id}", allow=ADMIN, errors=("not_found", "invalid_cursor"))
def get_transfer(guide_id: str, transfer_id: str, query: Listing) -> TransferDetail:
    """How a transfer stands, customer by customer."""
    job = transfers.get(guide_id, transfer_id)
    rows, cursor = transfers.customers(transfer_id, query.limit, query.cursor)
    return presenting.transfer_detail(transfer_id, job, rows, cursor)
