"""The route by which operators say what staff may do."""

from __future__ import annotations

from chalicelib.guides.staff import service
from chalicelib.guides.staff.schemas import Staff, StaffRole
from chalicelib.kernel.text import read
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Api

api = Api(__name__)


@api.put("/admin/staff/{userid}", allow=ADMIN, errors=("not_found", "invalid_parameter"))
def put_staff_role(userid: str, body: StaffRole) -> Staff:
    """Say what a staff member may do, from their next login on; a manager also in which stores, from now on."""
    userid = read("userid", userid, param="userid")
    row = service.set_role(userid, body.role, body.store_ids)
    return Staff(userid, row["role"], row.get("guide_id"), row["stores"])
