"""Routes about the API itself: is it alive, what can it do."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec
from chalice.app import Response

from chalicelib.kernel.errors import not_found
from chalicelib.runtime.http import SAFE_HEADERS, Answer, Api, Request, Route
from chalicelib.runtime.settings import settings

api = Api(__name__)
BINARY_TYPES = ("text/javascript", "text/css")
"""What is answered as bytes, beside Chalice's own list of pictures and archives: compressed once, sent as it is."""
_described: list[Route] = []


def describe_routes(routes: Iterable[Route]) -> None:
    """Say which routes /openapi.json and /docs describe: the composition knows them all."""
    _described[:] = routes


class Health(Answer):
    """Alive, and which stage answers."""

    status: str
    stage: str


@api.get("/healthz")
def healthz() -> Health:
    """Whether the API answers."""
    return Health("ok", settings().stage)


@api.get("/openapi.json")
def openapi_json() -> Response:
    """This API, described in OpenAPI 3.1."""
    return Response(_document(), {"Content-Type": "application/json", **SAFE_HEADERS})


@api.get("/docs", content_type="text/html")
def docs() -> Response:
    """This API, to read and to try out."""
    from chalicelib.runtime.http import docs_page

    return Response(docs_page.render(settings().stage), {**docs_page.HEADERS, **SAFE_HEADERS})


@api.get("/docs/{asset}", content_type="text/javascript", errors=("not_found",))
def docs_asset(asset: str, request: Request) -> Response:
    """A script or style sheet of /docs."""
    from chalicelib.runtime.http import docs_page

    found = docs_page.assets().get(asset)
    if found is None:
        raise not_found("asset", asset)
    return found.response(request.headers.get("accept-encoding", ""))


@lru_cache(maxsize=1)
def _document() -> str:
    from chalicelib.runtime.http.openapi import describe

    served = [route for route in _described if route.is_served_on(settings().stage)]
    return msgspec.json.encode(describe(served, settings().public_url)).decode()
