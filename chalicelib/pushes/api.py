"""The route by which members refuse pushes."""

from __future__ import annotations

from chalicelib.pushes import service
from chalicelib.pushes.rules import Purpose
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.http import Api, Body

api = Api(__name__)


class OptOut(Body):
    """What a member says about the pushes of a purpose."""

    purpose: Purpose
    opted_out: bool


@api.post("/me/pushes/opt-out", allow=MEMBER, status=204)
def opt_out_of_pushes(body: OptOut, caller: Caller) -> None:
    """Refuse the pushes of a purpose, or take that back."""
    service.opt_out(caller.id, body.purpose, body.opted_out)
