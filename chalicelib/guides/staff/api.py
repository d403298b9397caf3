"""The route by which staff log in."""

from __future__ import annotations

from chalicelib.guides.staff import service
from chalicelib.guides.staff.schemas import OAuthCode, StaffToken
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import Caller, Role, issue_token
from chalicelib.runtime.http import Api
from chalicelib.wechat import connect

api = Api(__name__)


@api.post("/auth/wecom", errors=("invalid_token", "wrong_role", "upstream_unavailable"))
def log_in_staff(body: OAuthCode, now: Millis) -> StaffToken:
    """Log in from WeCom; the role is read anew each time."""
    found = service.staff_of_code(body.code, connect.wecom())
    role: Role = found["role"]
    guide_id = found.get("guide_id")
    token, expires_in = issue_token(Caller(role, found["userid"], guide_id=guide_id or ""), now)
    return StaffToken(token, expires_in, role, guide_id)
