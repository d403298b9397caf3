"""HTTP contract of products and their content, and what guessers meet."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from chalicelib.codes.scans.guard import FORGED_A_MINUTE

JSON = {"Accept": "application/json"}
CONTENT = {
    "title": "明前龙井",
    "pictures": ["https://p.example.com/1.jpg"],
    "sections": [
        {"heading": "冲泡", "text": "85 度", "picture": {"url": "https://p.example.com/2.jpg", "alt": "茶杯"}}
    ],
    "video": {"url": "https://v.example.com/1", "title": "炒茶"},
}


def _put(http: Any, admin: dict[str, str], product_id: str, **facts: Any) -> Any:
    body = {"name": "龙井", "sku": "LJ", **facts}
    return http.put(f"/admin/products/{product_id}", headers=admin, body=json.dumps(body).encode())


@pytest.fixture
def product_id(http: Any, admin: dict[str, str]) -> str:
    body = {"name": "龙井", "sku": "LJ", "gtin": "6901234567892"}
    return str(http.post("/admin/products", headers=admin, body=json.dumps(body).encode()).json_body["product_id"])


def test_a_products_story_is_replaced_as_a_whole(http: Any, admin: dict[str, str], product_id: str) -> None:
    changed = _put(http, admin, product_id, content=CONTENT, gtin="6901234567892").json_body
    read = http.get(f"/admin/products/{product_id}", headers=admin).json_body
    emptied = _put(http, admin, product_id).json_body

    assert changed == read
    assert read["content"]["pictures"] == [{"url": "https://p.example.com/1.jpg", "alt": ""}]
    assert read["content"]["sections"][0]["picture"]["alt"] == "茶杯"
    assert (emptied["content"], emptied["gtin"], emptied["created_at"]) == ({}, None, read["created_at"])


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"content": {"pictures": [{"url": "http://p.example.com/1.jpg"}]}}, "invalid_body"),
        ({"content": {"sections": [{"heading": "a", "text": "b", "colour": "red"}]}}, "unknown_field"),
        ({"content": {"video": {"url": "javascript:alert(1)"}}}, "invalid_body"),
        ({"gtin": "6901234567893"}, "invalid_parameter"),
    ],
)
def test_content_that_can_not_be_shown_is_refused(
    http: Any, admin: dict[str, str], product_id: str, facts: dict[str, Any], code: str
) -> None:
    refused = _put(http, admin, product_id, **facts)

    assert (refused.status_code, refused.json_body["error"]["code"]) == (400, code)


def test_an_unknown_product_is_not_made_by_a_change(http: Any, admin: dict[str, str]) -> None:
    assert _put(http, admin, "prd_none").status_code == 404
    assert http.get("/admin/products/prd_none", headers=admin).status_code == 404


def test_a_device_that_guesses_codes_is_held_up_and_nobody_else(http: Any, stack: str) -> None:
    device = secrets.token_hex(8)
    statuses = [
        http.get(f"/c/{place:020d}?device_id={device}", headers=JSON).status_code
        for place in range(FORGED_A_MINUTE + 2)
    ]

    assert statuses == [404] * FORGED_A_MINUTE + [429, 429]
    assert http.get("/c/00000000000000000000?device_id=other", headers=JSON).status_code == 404
    assert http.get("/c/00000000000000000000", headers=JSON).status_code == 404


@pytest.mark.parametrize(
    "agent",
    [
        "Slackbot-LinkExpanding 1.0",
        "Mozilla/5.0 (compatible; Bytespider)",
        "TelegramBot (like TwitterBot)",
        "WhatsApp/2.2",
    ],
)
def test_previews_are_answered_and_not_counted(http: Any, admin: dict[str, str], product_id: str, agent: str) -> None:
    body = {"product_id": product_id, "quantity": 1, "active": True}
    batch = http.post("/admin/code-batches", headers=admin, body=json.dumps(body).encode()).json_body["batch_id"]
    text = http.get(f"/admin/code-batches/{batch}/codes", headers=admin).body.decode()
    code = text.splitlines()[1].split(",")[0]

    preview = http.get(f"/c/{code}", headers={"User-Agent": agent})
    headless = http.get(f"/c/{code}", headers={**JSON, "User-Agent": "Mozilla/5.0 HeadlessChrome/140.0"})

    assert (preview.status_code, "Set-Cookie" in preview.headers) == (200, False)
    assert (headless.json_body["verdict"], headless.json_body["scan_count"]) == ("first_scan", 1)
