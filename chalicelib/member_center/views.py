"""The member's own page: the profile, and whose customer the member is."""

from __future__ import annotations

from chalicelib.guides.bindings import service as bindings
from chalicelib.kernel.clock import Millis
from chalicelib.members import service as members
from chalicelib.members.schemas import Me
from chalicelib.members.views import me
from chalicelib.runtime.auth import Caller
from chalicelib.runtime.dynamo import Item


def me_now(profile: Item, caller: Caller, now: Millis) -> Me:
    """The person behind a profile, all profiles united, with the guide of now."""
    binding = bindings.binding_as_of(members.person_of(profile), now)
    return me(members.united(profile), binding.guide_id if binding else None, caller.openid)
