"""A scan over HTTP: who asks, is it counted, and in which form the answer is wanted."""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Final, NamedTuple

import msgspec
from chalice.app import Response

from chalicelib.codes import answers, rules, service
from chalicelib.codes.join_links import join_url
from chalicelib.codes.shapes import ScanAnswer, ScanQuery
from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.http import JSON, SAFE_HEADERS, Request
from chalicelib.runtime.observability import count
from chalicelib.runtime.settings import settings

DEVICE_COOKIE: Final = "siyu_device"
_COOKIE_SECONDS: Final = 24 * 3600
_VARY: Final = {"Vary": "Accept, Cookie", **SAFE_HEADERS}


class Asked(NamedTuple):
    """The text of the code, and the GTIN of the link that it stood in."""

    text: str
    gtin: str | None = None


def serve(asked: Asked, query: ScanQuery, request: Request, now: Millis) -> Response:
    """Count the scan unless a program asks, and answer as page or JSON; 404 in the same form for an unknown code."""
    device = query.device_id or _cookie(request)
    new_device = "" if device else secrets.token_urlsafe(16)
    wants_json = JSON in request.headers.get("accept", "")
    if rules.looks_automatic(request.headers):
        return _present(service.peek(asked.text, now, gtin=asked.gtin), wants_json, "", now)
    # A JSON client without device_id has no cookie jar: every request is a visit of its own.
    visit = service.Visit(
        query.visit_id or ids.new_id("visit", now), device or ("" if wants_json else new_device), query.city
    )
    scan = service.scan(asked.text, visit, now, gtin=asked.gtin)
    count("Scans", verdict=scan.verdict)
    return _present(scan, wants_json, new_device, now)


def as_json(scan: service.Scan, now: Millis) -> Response:
    """The JSON form; 404 for an unknown code."""
    body = msgspec.json.encode(public_answer(scan, now)).decode()
    return Response(body, {"Content-Type": JSON, **_VARY}, _status(scan.verdict))


def look(asked: Asked, now: Millis) -> Response:
    """HEAD: 200 or 404, without a body, not counted."""
    scan = service.peek(asked.text, now, gtin=asked.gtin)
    return Response("", {"Content-Type": JSON, **_VARY}, _status(scan.verdict))


def public_answer(scan: service.Scan, now: Millis) -> ScanAnswer:
    """The answer with the link into the mini program."""
    if scan.product is None:
        return answers.scan_answer(scan, None)
    from chalicelib.wechat.connect import mini_program

    return answers.scan_answer(scan, join_url(scan.product["sk"], scan.scan_id, now, mini_program))


def _present(scan: service.Scan, wants_json: bool, new_device: str, now: Millis) -> Response:
    if wants_json:
        return as_json(scan, now)
    from chalicelib.codes import page

    headers: dict[str, str | list[str]] = {**_VARY, **page.HEADERS}
    if new_device:
        headers["Set-Cookie"] = _set_cookie(new_device)
    return Response(page.render(public_answer(scan, now)), headers, _status(scan.verdict))


def _status(verdict: rules.Verdict) -> int:
    return 404 if verdict == "unknown" else 200


def _cookie(request: Request) -> str:
    try:
        jar = SimpleCookie(request.headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[DEVICE_COOKIE].value[:128] if DEVICE_COOKIE in jar else ""


def _set_cookie(device: str) -> str:
    # For a day: it tells a refresh from a second scan and nothing else.
    secure = "; Secure" if settings().public_url.startswith("https://") else ""
    return f"{DEVICE_COOKIE}={device}; Max-Age={_COOKIE_SECONDS}; Path=/; HttpOnly; SameSite=Lax{secure}"
