"""Files of codes on the deployed stack: stream, queue, function, bucket and link."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

import requests

from tests.waiting import waited


def ask(deployed: dict[str, Any], method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {deployed['admin_token']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body)
    answer = requests.request(method, f"{deployed['api_url']}{path}", headers=headers, data=data, timeout=60)
    assert answer.ok, answer.text
    return answer.json()


def test_operators_fetch_codes_and_labels(deployed: dict[str, Any]) -> None:
    product = ask(deployed, "POST", "/admin/products", {"name": "白茶", "sku": "BC-1", "gtin": "6901234567892"})
    wanted = {"product_id": product["product_id"], "quantity": 500, "box_size": 24, "active": True}
    path = f"/admin/code-batches/{ask(deployed, 'POST', '/admin/code-batches', wanted)['batch_id']}/exports"

    asked = [ask(deployed, "POST", path, body) for body in ({"kind": "csv"}, {"kind": "labels_zip", "to_box": 1})]
    files = [_fetched(deployed, f"{path}/{export['export_id']}") for export in asked]

    rows = list(csv.DictReader(io.StringIO(files[0].decode(), newline="")))
    assert len({row["code"] for row in rows}) == 500
    archive = zipfile.ZipFile(io.BytesIO(files[1]))
    assert [name[9:29] for name in archive.namelist()] == [row["code"] for row in rows[:24]]


def _fetched(deployed: dict[str, Any], path: str) -> bytes:
    export = waited(lambda: ask(deployed, "GET", path), lambda found: found["state"] == "done")
    assert export["state"] == "done", export
    answer = requests.get(export["url"], timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.content
