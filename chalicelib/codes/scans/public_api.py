"""Routes that need no token: what customers and their phones open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from chalice.app import Response

from chalicelib.codes.format import gs1
from chalicelib.codes.links import linksets, verification
from chalicelib.codes.scans import serving
from chalicelib.codes.scans.schemas import ScanQuery
from chalicelib.codes.scans.serving import Asked, peek, serve, serve_article
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import not_found
from chalicelib.runtime.http import JSON, SAFE_HEADERS, Api, Own, Request
from chalicelib.runtime.settings import settings

api = Api(__name__)

HTML: Final = "text/html"
_FORMS: Final = (HTML, JSON)
_UNKNOWN: Final = Own(404, "A code that was never minted; page and JSON say so.", _FORMS)
_SCANNED: Final = (
    Own(
        200,
        "The page, or JSON for those that accept it; a linkset when it is asked for.",
        (*_FORMS, linksets.MEDIA_TYPE),
    ),
    Own(307, "Another link of the item, by its `linkType`.", (HTML,)),
    _UNKNOWN,
)
_SEEN: Final = (Own(200, "It exists; no body.", _FORMS), _UNKNOWN)


@api.get("/c/{code}", content_type=HTML, errors=("too_many_requests",), own=_SCANNED)
def open_code(code: str, query: ScanQuery, request: Request, now: Millis) -> Response:
    """Is it genuine: the page for browsers, JSON for `Accept: application/json`."""
    return serve(Asked(code), query, request, now)


@api.typed_route("HEAD", "/c/{code}", content_type=HTML, own=_SEEN)
def look_at_code(code: str, request: Request, now: Millis) -> Response:
    """Whether the code exists; not counted."""
    return peek(Asked(code), request, now)


@api.post(
    "/c/{code}/city",
    status=303,
    content_type=HTML,
    errors=("invalid_parameter", "unsupported_media_type", "too_large"),
    own=(Own(303, "Back to the page, also when there was nothing to record.", (HTML,)),),
)
def tell_city(code: str, request: Request, now: Millis) -> Response:
    """The form on the page of a code: `visit` is the page's token, `city` what the customer agreed to tell."""
    return serving.tell_city(code, request, now)


@api.get("/.well-known/gs1resolver")
def describe_resolver() -> Response:
    """What this GS1 resolver can do."""
    body = msgspec.json.encode(linksets.description(settings().public_url)).decode()
    return Response(body, {"Content-Type": JSON, **SAFE_HEADERS})


@api.get("/{file}", content_type="text/plain", errors=("not_found",))
def get_verification_file(file: str) -> Response:
    """The file by which WeChat or WeCom checks that a domain is the brand's (`MP_verify_….txt`)."""
    content = verification.content_of(file, settings().verification_files)
    if content is None:
        raise not_found("file", file)
    return Response(content, {"Content-Type": "text/plain; charset=utf-8", **SAFE_HEADERS})


def _opening(form: str) -> Callable[..., Response]:
    def open_link(path: dict[str, str], query: ScanQuery, request: Request, now: Millis) -> Response:
        """The same by a GS1 Digital Link; without a serial the article is shown. `linkType` leads elsewhere."""
        link = gs1.read(path, request.query)
        if link is None or link.serial is not None:
            return serve(_asked(link), query, request, now)
        return serve_article(link, query, request, now)

    open_link.__name__ = f"open_digital_link_by_{form}"
    return open_link


def _peeking(form: str) -> Callable[..., Response]:
    def look_at_link(path: dict[str, str], request: Request, now: Millis) -> Response:
        """Whether a GS1 Digital Link leads anywhere; not counted."""
        link = gs1.read(path, request.query)
        if link is None or link.serial is not None:
            return peek(_asked(link), request, now)
        return serve_article(link, ScanQuery(), request, now, body=False)

    look_at_link.__name__ = f"look_at_digital_link_by_{form}"
    return look_at_link


def _asked(link: gs1.DigitalLink | None) -> Asked:
    # A link that breaks the standard names nothing, like a code that was never minted.
    return Asked(link.serial or "", link) if link else Asked("")


for _form, _path in gs1.FORMS.items():
    api.get(_path, content_type=HTML, errors=("too_many_requests",), own=_SCANNED)(_opening(_form))
    api.typed_route("HEAD", _path, content_type=HTML, own=_SEEN)(_peeking(_form))
