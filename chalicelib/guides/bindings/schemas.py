"""What the routes of bindings take and answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chalicelib.guides.bindings.rules import PolicyKind
from chalicelib.guides.schemas import Id
from chalicelib.runtime.http import Answer, Body


class BindingPolicy(Body):
    """When a guide may take over a customer who has one; `groups`: joining a guide's group counts as a claim."""

    kind: PolicyKind
    days: Annotated[int, Meta(ge=0, le=3650)] = 0
    groups: bool = False


class OperatorBinding(Body):
    """Whose a member shall be from now on."""

    guide_id: Id


class BindingInterval(Answer):
    """A member's guide from one moment up to another (null: until further notice), and how that came."""

    guide_id: str
    store_id: str | None
    reason: str
    from_at: str
    to_at: str | None


class History(Answer):
    """Who was a member's guide, oldest first; `guide_id` is the guide of now."""

    member_id: str
    guide_id: str | None
    bindings: list[BindingInterval]
