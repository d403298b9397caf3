"""Whatever a client sends, the answer is one that /openapi.json describes: schemathesis, with a real brand's ids."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from app import ROUTES, app
from chalicelib.kernel import clock
from chalicelib.runtime.auth import Caller, issue_token
from chalicelib.runtime.aws import client as client_of
from chalicelib.runtime.http.openapi import describe
from chalicelib.runtime.settings import settings as read_settings
from infra.local import secret_values
from tests.exports_world import BUCKET
from tests.sizes import size
from tests.support import Sandbox, create_stack
from tests.world import World

HOST = "http://127.0.0.1"
EVERY = [route for api in ROUTES for route in api.routes.values()]
DOCUMENT = json.loads(msgspec.json.encode(describe(EVERY, HOST)))
OPERATIONS = [found.ok() for found in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()]
ALLOWED = {f"{route.method} {route.path}": route.allow for route in EVERY}
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = size(3, soak=75)


class Brand:
    """A brand in the middle of its business: what there is of everything, and who may ask."""

    def __init__(self, world: World) -> None:
        self.http = world.http
        batch = world.batch(4)
        codes = list(world.codes(4))
        campaign_id = world.campaign(10_000, 10)
        member_id, member = world.member(world.sandbox.customer())
        world.ask("POST", f"/campaigns/{campaign_id}/join", {}, member)
        packet = world.ask("POST", f"/campaigns/{campaign_id}/draw", {}, member)
        paid = world.paid_event(member_id)
        world.shop_event(paid)()
        staff, _ = issue_token(Caller("guide", world.guide["userid"], guide_id=world.guide["guide_id"]), clock.now())
        self.headers: dict[str, dict[str, str]] = {
            "admin": {"Authorization": world.admin["Authorization"]},
            "guide": {"Authorization": f"Bearer {staff}"},
            "member": {"Authorization": member["Authorization"]},
            "nobody": {},
        }
        self.ids = {
            "product_id": world.product["product_id"],
            "channel_id": world.channel_id,
            "shop_id": world.shop["shop_id"],
            "guide_id": world.guide["guide_id"],
            "to_guide_id": world.closing_guide["guide_id"],
            "closing_guide_id": world.closing_guide["guide_id"],
            "batch_id": batch["batch_id"],
            "code": codes[0],
            "serial": codes[1],
            "campaign_id": campaign_id,
            "member_id": member_id,
            "packet_id": packet["packet_id"],
            "order_id": paid["order_id"],
            "segment_id": world.made("/admin/segments", {"name": "所有人", "rule": EVERYBODY})["segment_id"],
        }

    def answer(self, sent: dict[str, Any]) -> Response:
        """Send a request as the gateway would hand it over."""
        request = requests.Request(**sent).prepare()
        url, began = urlsplit(str(request.url)), time.monotonic()
        path = f"{url.path}?{url.query}" if url.query else url.path
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        got = self.http.request(request.method, path, dict(request.headers), body)
        headers = {name.lower(): [str(value)] for name, value in got.headers.items()}
        return Response(got.status_code, headers, got.body, request, time.monotonic() - began, verify=False)


EVERYBODY = {"attribute": "channel_id", "op": "ne", "value": "chn_none"}


@pytest.fixture(scope="module")
def brand(engine: str, stack: str, sandbox: Sandbox, secrets_of_run: secret_values.Secrets) -> Iterator[Brand]:
    """In a stack of its own: any request may change policies, or pause the payouts of everybody."""
    from chalice.test import Client

    own = create_stack(secrets_of_run, f"{stack}-any")
    with Client(app) as client, pytest.MonkeyPatch.context() as changed:
        client_of("s3").create_bucket(Bucket=BUCKET)
        changed.setenv("SIYU_EXPORTS_BUCKET", BUCKET)
        changed.setenv("SIYU_STACK", own)
        changed.setenv("SIYU_QUEUE_URL_BASE", f"{engine}/000000000000/{own}-")
        read_settings.cache_clear()
        yield Brand(World(client.http, sandbox, secrets_of_run["app"]["admin_token"]))
    read_settings.cache_clear()


@pytest.mark.soak
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_any_request_gets_an_answer_that_is_described(operation: Any, brand: Brand) -> None:
    allowed = _allowed(operation)

    _ask(brand, operation.as_strategy(), allowed, [True])
    _ask(brand, _right_and_wrong(operation), [*allowed, *allowed, "nobody"], [True, False])


def _ask(brand: Brand, cases: st.SearchStrategy[Any], roles: list[str], about_real: list[bool]) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, role=st.sampled_from(roles), real=st.sampled_from(about_real))
    def ask(case: Any, role: str, real: bool) -> None:
        if real:
            _name_real_things(case, brand.ids)
        sent = case.as_transport_kwargs(base_url=HOST, headers=brand.headers[role])
        case.validate_response(brand.answer(sent), checks=CHECKS)

    ask()


def _right_and_wrong(operation: Any) -> st.SearchStrategy[Any]:
    """Requests that keep to the description, and where there is something to break ones that do not."""
    right = operation.as_strategy()
    if not operation.body and not operation.query:
        return right
    return st.one_of(right, right, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


def _allowed(operation: Any) -> list[str]:
    """Who may ask. Nobody asks to be erased: an erased member could not ask on."""
    allowed = [role for role in ALLOWED[operation.label] if role != "manager"]
    return allowed if allowed and operation.label != "DELETE /me" else ["nobody"]


def _name_real_things(case: Any, ids: dict[str, str]) -> None:
    """Put the brand's ids where the request names things of their kind."""
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place.update({name: ids[name] for name in place.keys() & ids.keys()})
