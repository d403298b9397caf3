"""The clock and the jobs of the stages local and test, on the real engine; that other stages have neither."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app import app
from chalicelib.kernel import clock
from chalicelib.kernel.clock import HOUR, SECOND, from_rfc3339
from chalicelib.runtime import stage_clock
from chalicelib.runtime.auth import Caller, issue_token
from chalicelib.runtime.aws import client
from chalicelib.runtime.http import site
from chalicelib.runtime.settings import settings
from infra.build import runtime

ROUTES = [
    ("GET", "/_local/clock", None),
    ("PUT", "/_local/clock", {"offset_seconds": 60}),
    ("DELETE", "/_local/clock", None),
    ("POST", "/_local/jobs/payouts-reconcile", {}),
]
JOBS = """
def well(event, _context):
    assert event["source"] == "aws.events" and event["time"].endswith("Z"), event

def ill(_event, _context):
    raise ValueError("the pot is broken")
"""

Settings = Callable[..., None]


@pytest.fixture
def live_with(stack: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Live with other settings until the test ends, and with the machine's clock afterwards."""

    def change(**environment: str) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        site._document.cache_clear()

    assert stack
    yield change
    stage_clock.put(0)
    clock.live_later(None)
    settings.cache_clear()
    site._document.cache_clear()


@pytest.fixture
def jobs(stack: str) -> Iterator[str]:
    """Two functions in the local Lambda, as `SIYU_JOBS` names them: one that ends well and one that fails."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("jobs.py", JOBS)
    names = {name: f"{stack}-job-{name}" for name in ("well", "ill")}
    for name, function in names.items():
        client("lambda").create_function(
            FunctionName=function,
            Runtime=runtime(),
            Role="arn:aws:iam::000000000000:role/jobs",
            Handler=f"jobs.{name}",
            Code={"ZipFile": packed.getvalue()},
        )
    yield ",".join(f"{name}={function}" for name, function in names.items())
    for function in names.values():
        client("lambda").delete_function(FunctionName=function)


def ask(http: Any, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    return http.request(method, path, headers=headers, body=b"" if body is None else json.dumps(body).encode())


def test_the_clock_is_put_shown_and_put_back(http: Any, admin: dict[str, str], live_with: Settings) -> None:
    live_with(SIYU_CLOCK_CAN_MOVE="1")

    put = ask(http, "PUT", "/_local/clock", admin, {"offset_seconds": 90_000}).json_body
    shown = ask(http, "GET", "/_local/clock", admin).json_body
    later = clock.now() - time.time() * 1000
    back = ask(http, "DELETE", "/_local/clock", admin).json_body
    plain = clock.now() - time.time() * 1000

    assert [answer["offset_seconds"] for answer in (put, shown, back)] == [90_000, 90_000, 0]
    for told, hours in ((put, 25), (shown, 25), (back, 0)):
        assert abs(from_rfc3339(told["now"], "now") - time.time() * 1000 - hours * HOUR) < 60 * SECOND
    assert abs(later - 25 * HOUR) < 5 * SECOND
    assert abs(plain) < 5 * SECOND


def test_a_request_lives_in_the_stages_time(http: Any, admin: dict[str, str], live_with: Settings) -> None:
    live_with(SIYU_CLOCK_CAN_MOVE="1")
    token, _ = issue_token(Caller("admin", "li"), clock.now())
    of_staff = {**admin, "Authorization": f"Bearer {token}"}

    before = ask(http, "GET", "/admin/products", of_staff)
    ask(http, "PUT", "/_local/clock", admin, {"offset_seconds": 3600})
    after = ask(http, "GET", "/admin/products", of_staff)

    assert before.status_code == 200
    assert (after.status_code, after.json_body["error"]["code"]) == (401, "expired_token")


@pytest.mark.parametrize("offset", [-1, 1.5, "60", None, 10**18])
def test_a_wrong_offset_is_refused_and_changes_nothing(
    http: Any, admin: dict[str, str], live_with: Settings, offset: Any
) -> None:
    live_with()
    ask(http, "PUT", "/_local/clock", admin, {"offset_seconds": 60})

    answer = ask(http, "PUT", "/_local/clock", admin, {"offset_seconds": offset})

    assert (answer.status_code, answer.json_body["error"]["param"]) == (400, "offset_seconds")
    assert ask(http, "GET", "/_local/clock", admin).json_body["offset_seconds"] == 60


@pytest.mark.parametrize("stage", ["prod", "staging"])
@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_another_stage_answers_as_if_there_were_no_such_route(
    http: Any, admin: dict[str, str], live_with: Settings, stage: str, method: str, path: str, body: Any
) -> None:
    live_with(
        SIYU_STAGE=stage,
        SIYU_PUBLIC_URL="https://siyu.example.com",
        **{f"SIYU_{host}_URL": "" for host in ("WEIXIN", "WECOM", "PAY")},
    )

    for headers in (admin, {"Content-Type": "application/json"}):
        answer = ask(http, method, path, headers, body)
        assert (answer.status_code, answer.json_body["error"]["code"]) == (404, "not_found")
    assert stage_clock.read() == 0


@pytest.mark.parametrize(("stage", "described"), [("local", True), ("test", True), ("staging", False)])
def test_only_the_local_stages_describe_the_routes(http: Any, live_with: Settings, stage: str, described: bool) -> None:
    live_with(SIYU_STAGE=stage)

    paths = http.get("/openapi.json").json_body["paths"]

    assert "/healthz" in paths
    assert ("/_local/clock" in paths, "/_local/jobs/{name}" in paths) == (described, described)


def test_a_job_is_run_and_answered_at_its_end(http: Any, admin: dict[str, str], live_with: Settings, jobs: str) -> None:
    live_with(SIYU_JOBS=jobs)

    answer = ask(http, "POST", "/_local/jobs/well", admin, {})

    assert answer.status_code == 200, answer.body
    assert answer.json_body["ran"] is True
    assert 0 < answer.json_body["seconds"] < 30


def test_a_job_that_fails_is_answered_with_what_happened(
    http: Any, admin: dict[str, str], live_with: Settings, jobs: str
) -> None:
    live_with(SIYU_JOBS=jobs)

    answer = ask(http, "POST", "/_local/jobs/ill", admin, {})

    message = answer.json_body["error"]["message"]
    assert answer.status_code == 500
    assert message.startswith("ill failed: ")
    assert message.endswith("the pot is broken")


def test_a_job_whose_function_is_gone_is_a_failed_one(http: Any, admin: dict[str, str], live_with: Settings) -> None:
    live_with(SIYU_JOBS="lost=no-such-function")

    answer = ask(http, "POST", "/_local/jobs/lost", admin, {})

    assert answer.status_code == 500
    assert "lost gave no answer" in answer.json_body["error"]["message"]


def test_an_unknown_job_is_answered_with_the_names(http: Any, admin: dict[str, str], live_with: Settings) -> None:
    live_with(SIYU_JOBS="pushes-due=f,guides-due=g")

    error = ask(http, "POST", "/_local/jobs/no-such-job", admin, {})

    assert error.status_code == 404
    assert error.json_body["error"]["message"] == "No such job. There are guides-due, pushes-due."


def test_the_routes_are_served_by_the_application() -> None:
    assert {"/_local/clock", "/_local/jobs/{name}"} <= app.routes.keys()
