"""HTTP contract of the brand's master data."""

from __future__ import annotations

import json
from typing import Any


def test_a_product_that_was_added_can_be_read(http: Any, admin: dict[str, str]) -> None:
    created = http.post("/admin/products", headers=admin, body=b'{"name": "\xe9\xbe\x99\xe4\xba\x95", "sku": "T-1"}')

    found = http.get(f"/admin/products/{created.json_body['product_id']}", headers=admin)

    assert created.status_code == 201
    assert found.json_body == created.json_body


def test_one_idempotency_key_makes_one_product(http: Any, admin: dict[str, str]) -> None:
    headers = {**admin, "Idempotency-Key": "spring-tea"}
    body = json.dumps({"name": "Spring tea", "sku": "T-2"}).encode()

    first = http.post("/admin/products", headers=headers, body=body)
    second = http.post("/admin/products", headers=headers, body=body)
    other = http.post("/admin/products", headers=headers, body=body.replace(b"T-2", b"T-3"))

    assert first.json_body == second.json_body
    assert other.status_code == 409
    assert other.json_body["error"]["code"] == "idempotency_conflict"


def test_a_gtin_with_a_wrong_check_digit_is_refused(http: Any, admin: dict[str, str]) -> None:
    refused = http.post("/admin/products", headers=admin, body=b'{"name":"a","sku":"b","gtin":"6901234567891"}')

    assert refused.status_code == 400
    assert refused.json_body["error"]["param"] == "gtin"


def test_a_shops_secret_is_shown_once(http: Any, admin: dict[str, str]) -> None:
    created = http.post("/admin/shops", headers=admin, body=b'{"name": "Mall"}')

    listed = http.get("/admin/shops", headers=admin)

    assert len(created.json_body["secret"]) >= 40
    assert all(shop["secret"] is None for shop in listed.json_body["items"])


def test_lists_are_paged(http: Any, admin: dict[str, str]) -> None:
    for place in range(3):
        http.post("/admin/channels", headers=admin, body=json.dumps({"name": f"c{place}"}).encode())

    first = http.get("/admin/channels?limit=2", headers=admin)
    rest = http.get(f"/admin/channels?limit=200&cursor={first.json_body['next_cursor']}", headers=admin)

    assert len(first.json_body["items"]) == 2
    ids = [row["channel_id"] for row in first.json_body["items"] + rest.json_body["items"]]
    assert len(set(ids)) == len(ids) >= 3
