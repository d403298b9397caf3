"""A customer scans with a phone: the page on the deployed stack, in a real browser."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
import requests


@pytest.fixture(scope="module")
def code_url(deployed: dict[str, Any]) -> str:
    """The address printed on an active item."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {deployed['admin_token']}"
    api = deployed["api_url"]
    content = {"title": "明前龙井", "sections": [{"heading": "产地", "text": "西湖龙井村。"}]}
    product = session.post(
        f"{api}/admin/products", json={"name": "明前龙井 50g", "sku": "LJ", "content": content}, timeout=60
    ).json()
    batch = session.post(
        f"{api}/admin/code-batches",
        json={"product_id": product["product_id"], "quantity": 10, "active": True},
        timeout=60,
    ).json()
    listed = session.get(f"{api}/admin/code-batches/{batch['batch_id']}/codes?limit=1", timeout=60)
    listed.encoding = "utf-8"
    return next(csv.DictReader(io.StringIO(listed.text)))["url"]


def test_the_first_scan_and_the_repeat_are_told_apart(phone: Any, code_url: str, screenshots: Path) -> None:
    phone.goto(code_url)
    first = phone.inner_text("main")
    phone.screenshot(path=screenshots / "scan-first.png", full_page=True)
    phone.context.clear_cookies()
    phone.goto(code_url)
    repeat = phone.inner_text("main")
    phone.screenshot(path=screenshots / "scan-repeat.png", full_page=True)

    assert "第一位" in first
    assert "第一位" not in repeat
    assert "明前龙井" in first
    assert first != repeat


def test_the_page_needs_no_script_and_no_third_party(phone: Any, code_url: str) -> None:
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))

    phone.goto(code_url)

    assert phone.locator("script").count() == 0
    assert all(url.startswith("http://127.0.0.1") for url in asked)
    assert phone.evaluate("document.documentElement.lang") == "zh-CN"


def test_the_page_fits_a_phone(phone: Any, code_url: str) -> None:
    phone.goto(code_url)

    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert phone.locator("a[href]").count() >= 1
