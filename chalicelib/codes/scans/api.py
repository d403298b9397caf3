"""The route by which members scan. Those that need no token stand in `public_api`."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.codes.scans import service
from chalicelib.codes.scans.schemas import ScanBody
from chalicelib.codes.scans.serving import as_json, guarded
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.text import read
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.http import JSON, Api, Own

api = Api(__name__)


@api.post(
    "/scans",
    allow=MEMBER,
    errors=("too_many_requests",),
    own=(Own(404, "A code that was never minted, in the same shape.", (JSON,)),),
)
def scan_as_member(body: ScanBody, caller: Caller, now: Millis) -> Response:
    """Scan inside the mini program: the member is known at once. An unknown code is 404 in the same shape."""
    visit = service.Visit(
        service.visit_id_of(body.visit_id, now), body.device_id, read("city", body.city, param="city"), caller.id
    )
    return as_json(guarded(body.device_id or caller.id, now, lambda: service.scan(body.code, visit, now)), now)
