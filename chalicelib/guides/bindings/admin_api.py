"""Routes of bindings and their policy, for operators."""

from __future__ import annotations

from chalicelib.guides.bindings import service, views
from chalicelib.guides.bindings.schemas import BindingPolicy, History, OperatorBinding
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Api

api = Api(__name__)


@api.get("/admin/binding-policy", allow=ADMIN)
def get_binding_policy() -> BindingPolicy:
    """When a guide may take over a customer."""
    policy = service.get_policy()
    return BindingPolicy(policy.kind, policy.days, policy.groups)


@api.put("/admin/binding-policy", allow=ADMIN, errors=("invalid_parameter",))
def put_binding_policy(body: BindingPolicy, now: Millis) -> BindingPolicy:
    """Change when a guide may take over a customer, from now on."""
    policy = service.set_policy(body.kind, body.days, body.groups, now=now)
    return BindingPolicy(policy.kind, policy.days, policy.groups)


@api.put("/admin/members/{member_id}/guide", allow=ADMIN, errors=("not_found", "conflict"))
def put_member_guide(member_id: str, body: OperatorBinding, now: Millis) -> History:
    """Give a member to a guide, whatever the binding policy; the past stays."""
    service.assign(member_id, body.guide_id, now)
    return views.history(member_id, now)


@api.get("/admin/members/{member_id}/bindings", allow=ADMIN, errors=("not_found",))
def get_bindings(member_id: str, now: Millis) -> History:
    """Who was a member's guide since when and why, as dated intervals."""
    return views.history(member_id, now)
