"""GS1 Digital Links, the resolver's description and verification files over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.runtime.settings import settings
from tests.api.test_codes import GTIN, JSON, Shop, shop

__all__ = ["shop"]

FULL = f"0{GTIN}"


@pytest.fixture
def code(shop: Shop) -> str:
    _, (line, *_) = shop.mint()
    return line["code"]


def test_every_form_leads_to_the_same_row(http: Any, code: str) -> None:
    paths = [
        f"/c/{code}",
        f"/01/{FULL}/21/{code}",
        f"/01/{GTIN}/21/{code}/",
        f"/01/{FULL}/22/A%2F1/21/{code}",
        f"/01/{FULL}/10/L%261/21/{code.lower()}?17=261231&foo=bar",
        f"/01/{FULL}/22/V/10/LOT/21/{code}",
        f"/01/{FULL}/235/{code}",
        f"/01/{FULL}/21/%{ord(code[0]):X}{code[1:]}",
    ]

    counts = [http.get(path, headers=JSON).json_body["scan_count"] for path in paths]

    assert counts == list(range(1, len(paths) + 1))


def test_a_link_that_breaks_the_standard_is_unknown(http: Any, code: str) -> None:
    for path in (
        f"/01/{GTIN[:-1]}3/21/{code}",
        f"/01/{FULL}/10/{'L' * 21}/21/{code}",
        f"/01/{FULL}/22/%E7%A0%81/21/{code}",
        f"/01/06901234567885/21/{code}",
    ):
        answer = http.get(path, headers=JSON)
        assert (answer.status_code, answer.json_body["verdict"]) == (404, "unknown"), path
    assert http.get(f"/c/{code}", headers=JSON).json_body["scan_count"] == 1


def test_qualifiers_in_a_wrong_order_are_no_route(http: Any, code: str) -> None:
    assert http.get(f"/01/{FULL}/10/L/22/V/21/{code}", headers=JSON).status_code in (403, 404)


def test_head_is_answered_on_every_form_and_counts_nothing(http: Any, code: str) -> None:
    forms = [f"/c/{code}", f"/01/{FULL}/21/{code}", f"/01/{FULL}/22/V/10/L/21/{code}", f"/01/{FULL}/235/{code}"]

    answers = [http.request("HEAD", path) for path in [*forms, f"/01/{FULL}"]]

    assert [(answer.status_code, answer.body) for answer in answers] == [(200, b"")] * 5
    assert 'rel="linkset"' in answers[1].headers["Link"]
    assert http.get(f"/c/{code}", headers=JSON).json_body["verdict"] == "first_scan"


def test_a_linkset_is_served_and_not_counted(http: Any, code: str) -> None:
    path = f"/01/{GTIN}/22/V/21/{code}"

    asked = [
        http.get(path, headers={"Accept": "application/linkset+json"}),
        http.get(f"{path}?linkType=linkset", headers={}),
        http.get(f"{path}?linkType=all", headers={}),
    ]

    for answer in asked:
        assert answer.headers["Content-Type"] == "application/linkset+json"
        (entry,) = json.loads(answer.body)["linkset"]
        assert entry["anchor"].endswith(f"/01/{FULL}/22/V/21/{code}")
        assert entry["https://ref.gs1.org/voc/defaultLink"][0]["href"].endswith(f"/c/{code}")
    assert http.get(path, headers=JSON).json_body["scan_count"] == 1


def test_a_link_type_leads_to_the_brands_page(http: Any, shop: Shop, code: str) -> None:
    links = [{"type": "gs1:hasRetailers", "url": "https://shop.example.com/t", "title": "哪里买"}]
    changed = http.put(
        f"/admin/products/{shop.product_id}",
        headers=shop.headers,
        body=json.dumps({"name": "龙井", "sku": "T-1", "gtin": GTIN, "content": {"links": links}}).encode(),
    )
    assert changed.status_code == 200, changed.body

    sent_on = http.get(f"/01/{FULL}/21/{code}?linkType=gs1:hasRetailers", headers={})
    own = http.get(f"/01/{FULL}/21/{code}?linkType=gs1:pip", headers={})

    assert (sent_on.status_code, sent_on.headers["Location"]) == (307, "https://shop.example.com/t")
    assert (own.status_code, own.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_link_without_a_serial_shows_the_article(http: Any, shop: Shop, code: str) -> None:
    for path in (f"/01/{GTIN}", f"/01/{FULL}/22/V", f"/01/{FULL}/10/L", f"/01/{FULL}/22/V/10/L"):
        answer = http.get(path, headers=JSON)
        assert answer.status_code == 200
        assert answer.json_body["product"]["gtin"] == GTIN
    page = http.get(f"/01/{GTIN}", headers={"Accept": "text/html"})
    assert "可查询真伪" in page.body.decode()
    assert http.get("/01/96385074", headers=JSON).status_code == 404


def test_the_resolver_describes_itself(http: Any, stack: str) -> None:
    described = http.get("/.well-known/gs1resolver").json_body

    assert described["supportedPrimaryKeys"] == ["01"]
    assert described["resolverRoot"].startswith("http")


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIYU_VERIFICATION_FILES", "MP_verify_AbC123.txt:AbC123, WW_verify_xyz.txt:xyz")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def test_verification_files_come_from_the_settings(http: Any, verified: None) -> None:
    served = http.get("/MP_verify_AbC123.txt")

    assert (served.status_code, served.body) == (200, b"AbC123")
    assert served.headers["Content-Type"].startswith("text/plain")
    assert http.get("/WW_verify_xyz.txt").body == b"xyz"
    assert http.get("/MP_verify_other.txt").status_code == 404
    assert http.get("/robots").status_code == 404
