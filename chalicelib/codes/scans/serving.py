"""A scan over HTTP: who asks, is it counted, and in which form the answer is wanted."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote

import msgspec
from chalice.app import Response

from chalicelib.brand import service as brand
from chalicelib.codes.format import gs1
from chalicelib.codes.links import linksets
from chalicelib.codes.links.join_links import join_url
from chalicelib.codes.scans import rules, service, views
from chalicelib.codes.scans.guard import guard
from chalicelib.codes.scans.schemas import ArticleAnswer, ScanAnswer, ScanQuery
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.text import read
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import JSON, SAFE_HEADERS, Request
from chalicelib.runtime.observability import count
from chalicelib.runtime.settings import settings

DEVICE_COOKIE: Final = "siyu_device"
FORM: Final = "application/x-www-form-urlencoded"
_LONGEST_CITY: Final = 32
_LONGEST_DEVICE: Final = 128
_COOKIE_SECONDS: Final = 24 * 3600
_VARY: Final = {"Vary": "Accept, Cookie", **SAFE_HEADERS}
_HTML: Final = "text/html; charset=utf-8"


class Asked(NamedTuple):
    """The text of the code, and the Digital Link that it stood in."""

    text: str
    link: gs1.DigitalLink | None = None

    @property
    def gtin(self) -> str | None:
        """What the link says the article is."""
        return self.link.gtin if self.link else None

    @property
    def anchor(self) -> str:
        """The address that names the item."""
        base = settings().public_url
        return gs1.uri(base, self.link) if self.link else f"{base}/c/{quote(self.text, safe='')}"


def serve(asked: Asked, query: ScanQuery, request: Request, now: Millis) -> Response:
    """Count the scan unless a program asks, and answer as page or JSON; 404 in the same form for an unknown code."""
    accept = request.headers.get("accept", "")
    if query.link_type or linksets.wants_linkset("", accept):
        elsewhere = _by_link_type(asked, query.link_type, accept, now)
        if elsewhere is not None:
            return elsewhere
    wants_json = JSON in accept
    if rules.is_automatic(request.headers):
        return _present(asked, service.peek(asked.text, now, gtin=asked.gtin), wants_json, "", now)
    # A program without device_id has no cookie jar: every request is a visit of its own, unless it names the visit.
    device = (query.device_id[:_LONGEST_DEVICE] if wants_json else "") or _cookie(request)
    new_device = "" if device or wants_json else secrets.token_urlsafe(16)
    visit = service.Visit(service.visit_id_of(query.visit_id if wants_json else None, now), device or new_device)
    scan = guarded(device, now, lambda: service.scan(asked.text, visit, now, gtin=asked.gtin))
    return _present(asked, scan, wants_json, new_device, now)


def tell_city(code: str, request: Request, now: Millis) -> Response:
    """Take the form of a page and lead back to the page, also when there was nothing to record."""
    sent_as = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent_as != FORM:
        raise SiyuError("unsupported_media_type", f"Send the body as {FORM}.")
    form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    city = read("city", form.get("city", ""), param="city", least=1)
    if len(city) > _LONGEST_CITY:
        raise SiyuError("invalid_parameter", f"A city has at most {_LONGEST_CITY} characters.", param="city")
    service.tell_city(code, form.get("visit", ""), city, now)
    return Response("", {"Location": page_url(code), "Content-Type": _HTML, **SAFE_HEADERS}, 303)


def page_url(code: str) -> str:
    """The address of the page of a code, as it is printed."""
    return f"{settings().public_url}/c/{quote(code, safe='')}"


def guarded(device: str, now: Millis, scan: Callable[[], service.Scan]) -> service.Scan:
    """Do a scan, and count it; 429 `too_many_requests` for a device that guesses codes."""
    if guard.is_guessing(device, now):
        count("ForgedCodesThrottled")
        raise SiyuError("too_many_requests", "Too many unknown codes. Wait a minute, then scan the printed code.")
    found = scan()
    if found.verdict == "unknown":
        guard.note_forged(device, now)
        count("ForgedCodes")
    count("Scans", verdict=found.verdict)
    return found


def as_json(scan: service.Scan, now: Millis) -> Response:
    """The JSON form; 404 for an unknown code."""
    body = msgspec.json.encode(public_answer(scan, now)).decode()
    return Response(body, {"Content-Type": JSON, **_VARY}, _status(scan.verdict))


def peek(asked: Asked, request: Request, now: Millis) -> Response:
    """HEAD: 200 or 404, without a body, not counted."""
    scan = service.peek(asked.text, now, gtin=asked.gtin)
    kind = JSON if JSON in request.headers.get("accept", "") else _HTML
    return Response("", {"Content-Type": kind, **_VARY, **_linkset_of(asked)}, _status(scan.verdict))


def serve_article(
    link: gs1.DigitalLink, query: ScanQuery, request: Request, now: Millis, *, body: bool = True
) -> Response:
    """A Digital Link without a serial: the article's page, nothing to verify, nothing counted; 404 for none."""
    accept = request.headers.get("accept", "")
    product = brand.product_of_gtin(link.gtin)
    status = 200 if product else 404
    asked = Asked("", link)
    if product and (query.link_type or linksets.wants_linkset("", accept)):
        elsewhere = _elsewhere(asked, asked.anchor, product, query.link_type, accept, now)
        if elsewhere is not None:
            return elsewhere
    join = _join_url(product, None, now) if product else None
    answer = ArticleAnswer(link.gtin, views.public_product(product) if product else None, join)
    headers: dict[str, str | list[str]] = {**_VARY, **_linkset_of(asked)}
    if JSON in accept:
        return Response(msgspec.json.encode(answer).decode() if body else "", {"Content-Type": JSON, **headers}, status)
    from chalicelib.codes.pages import scan_page

    return Response(scan_page.render_article(answer) if body else "", {**headers, **scan_page.HEADERS}, status)


def public_answer(scan: service.Scan, now: Millis) -> ScanAnswer:
    """The answer with the link into the mini program."""
    if scan.product is None:
        return views.scan_answer(scan, None)
    return views.scan_answer(scan, _join_url(scan.product, scan.scan_id, now))


def _present(asked: Asked, scan: service.Scan, wants_json: bool, new_device: str, now: Millis) -> Response:
    if wants_json:
        return as_json(scan, now)
    from chalicelib.codes.pages import scan_page

    headers: dict[str, str | list[str]] = {**_VARY, **scan_page.HEADERS}
    if scan.located is not None:
        headers |= _linkset_of(asked)
    if new_device:
        headers["Set-Cookie"] = _set_cookie(new_device)
    told_to = f"{page_url(scan.code)}/city"
    body = scan_page.render(
        public_answer(scan, now), visit=service.visit_token(scan, now), city_url=told_to, city=scan.city
    )
    return Response(body, headers, _status(scan.verdict))


def _by_link_type(asked: Asked, link_type: str, accept: str, now: Millis) -> Response | None:
    """The linkset, or the way to another link of a genuine code; None when our own page is the answer."""
    scan = service.peek(asked.text, now, gtin=asked.gtin)
    if scan.product is None:
        return None
    return _elsewhere(asked, page_url(scan.code), scan.product, link_type, accept, now)


def _elsewhere(asked: Asked, page: str, product: Item, link_type: str, accept: str, now: Millis) -> Response | None:
    links = linksets.links_of(page, product, _join_url(product, None, now))
    if linksets.wants_linkset(link_type, accept):
        body = msgspec.json.encode(linksets.document(asked.anchor, product, links)).decode()
        return Response(body, {"Content-Type": linksets.MEDIA_TYPE, **_VARY})
    target = linksets.target_of(link_type, links)
    return Response("", {"Location": target, "Content-Type": _HTML, **_VARY}, 307) if target else None


def _linkset_of(asked: Asked) -> dict[str, str]:
    return {"Link": f'<{asked.anchor}?linkType=linkset>; rel="linkset"; type="{linksets.MEDIA_TYPE}"'}


def _join_url(product: Item, scan_id: str | None, now: Millis) -> str | None:
    from chalicelib.wechat.connect import mini_program

    return join_url(product["sk"], scan_id, now, mini_program)


def _status(verdict: rules.Verdict) -> int:
    return 404 if verdict == "unknown" else 200


def _cookie(request: Request) -> str:
    try:
        jar = SimpleCookie(request.headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[DEVICE_COOKIE].value[:_LONGEST_DEVICE] if DEVICE_COOKIE in jar else ""


def _set_cookie(device: str) -> str:
    # For a day: it tells a refresh from a second scan and nothing else.
    secure = "; Secure" if settings().public_url.startswith("https://") else ""
    return f"{DEVICE_COOKIE}={device}; Max-Age={_COOKIE_SECONDS}; Path=/; HttpOnly; SameSite=Lax{secure}"
