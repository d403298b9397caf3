"""A customer scans with a phone: the page on the deployed stack, in a real browser."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.waiting import waited

PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600"><rect width="800" height="600" fill="#cfe0c3"/>'
    '<circle cx="400" cy="300" r="180" fill="#7fa66a"/></svg>'
)
STORY = {
    "title": "明前龙井 · 一芽一叶",
    "subtitle": "清明前采摘，手工炒制",
    "pictures": [{"url": "https://pictures.example.com/tin.svg", "alt": "一罐龙井茶"}],
    "sections": [
        {"heading": "产地", "text": "西湖龙井村，群体种老茶树。"},
        {
            "heading": "冲泡",
            "text": "水温 85 ℃，静置 2 分钟。",
            "picture": {"url": "https://pictures.example.com/cup.svg", "alt": "玻璃杯中舒展的茶叶"},
        },
    ],
    "video": {"url": "https://video.example.com/1", "title": "看一看炒茶"},
}


@pytest.fixture(scope="module")
def lines(deployed: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Active items, one for each that asks."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {deployed['admin_token']}"
    api = deployed["api_url"]
    product = session.post(
        f"{api}/admin/products",
        json={"name": "明前龙井 50g", "sku": "LJ", "gtin": "6901234567892", "content": STORY},
        timeout=60,
    ).json()
    batch = session.post(
        f"{api}/admin/code-batches",
        json={"product_id": product["product_id"], "quantity": 40, "active": True},
        timeout=60,
    ).json()
    listed = session.get(f"{api}/admin/code-batches/{batch['batch_id']}/codes?limit=40", timeout=60)
    listed.encoding = "utf-8"
    return iter(csv.DictReader(io.StringIO(listed.text)))


@pytest.fixture
def code_url(lines: Iterator[dict[str, str]]) -> str:
    """The address printed on an item that nobody has scanned."""
    return next(lines)["url"]


@pytest.fixture
def phone_with_pictures(phone: Any) -> Any:
    """A phone that finds the product's pictures, which stand elsewhere."""
    phone.route(
        "https://pictures.example.com/**",
        lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"),
    )
    return phone


def test_the_first_scan_and_the_repeat_are_told_apart(
    phone_with_pictures: Any, code_url: str, screenshots: Path
) -> None:
    phone = phone_with_pictures
    phone.goto(code_url)
    first = phone.inner_text("main")
    phone.screenshot(path=screenshots / "scan-first.png", full_page=True)
    phone.reload()
    refreshed = phone.inner_text("h1")
    phone.context.clear_cookies()
    phone.goto(code_url)
    repeat = phone.inner_text("main")
    phone.screenshot(path=screenshots / "scan-repeat.png", full_page=True)

    assert "首次" in first
    assert "您是第一位查询的顾客" in first
    assert "明前龙井" in first
    assert refreshed == "正品"
    assert "此前已被查询过" in repeat


def test_the_join_link_leads_into_the_mini_program(phone: Any, code_url: str, deployed: dict[str, Any]) -> None:
    phone.goto(code_url)
    target = phone.get_by_role("link", name="打开小程序").get_attribute("href")
    reached: list[str] = []
    phone.route("**/*", lambda route: (reached.append(route.request.url), route.fulfill(body="ok")))

    phone.get_by_role("link", name="打开小程序").click()
    phone.wait_for_url(target)

    assert "scan_id" in target
    assert reached[0] == target


def test_the_page_needs_no_script_and_asks_nobody_but_for_pictures(phone_with_pictures: Any, code_url: str) -> None:
    phone = phone_with_pictures
    asked: list[str] = []
    complaints: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.on("console", lambda message: complaints.append(message.text))

    phone.goto(code_url)

    assert phone.locator("script").count() == 0
    assert all(url.startswith(("http://127.0.0.1", "https://pictures.example.com/")) for url in asked)
    assert phone.evaluate("document.documentElement.lang") == "zh-CN"
    assert phone.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") == "20px"
    assert not [text for text in complaints if "Content Security Policy" in text]


def test_the_page_can_be_heard(phone: Any, code_url: str) -> None:
    phone.goto(code_url)

    heard = phone.locator("body").aria_snapshot()

    for said in ("banner", "main", "contentinfo", 'heading "正品" [level=1]', 'img "一罐龙井茶"', 'link "打开小程序"'):
        assert said in heard, heard


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_in_both_themes(
    phone_with_pictures: Any, code_url: str, screenshots: Path, scheme: str, width: int
) -> None:
    phone = phone_with_pictures
    phone.set_viewport_size({"width": width, "height": 740})
    phone.emulate_media(color_scheme=scheme)

    phone.goto(code_url)

    phone.screenshot(path=screenshots / f"scan-{scheme}-{width}.png", full_page=True)
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert phone.evaluate("Math.min(...[...document.querySelectorAll('.act')].map(e => e.offsetHeight)) >= 44")


def test_the_city_is_told_by_those_who_agree(
    phone: Any, lines: Iterator[dict[str, str]], deployed: dict[str, Any], screenshots: Path
) -> None:
    line = next(lines)
    phone.goto(line["url"])
    # Told before the visit itself is on record, a city waits for its event's second delivery, minutes later.
    assert _story_with(deployed, line["code"], lambda found: found["history"])["history"]
    phone.get_by_text("告知所在城市").click()
    phone.get_by_label("所在城市").first.fill("成都")
    phone.get_by_role("checkbox").check()

    phone.get_by_role("button", name="同意并提交").click()

    phone.get_by_text("已按您的同意记录").wait_for()
    phone.screenshot(path=screenshots / "scan-consent.png", full_page=True)
    assert phone.inner_text("h1") == "正品"
    story = _story_with(deployed, line["code"], lambda found: any(row["city"] for row in found["history"]))
    assert (story["scan_count"], [row["city"] for row in story["history"]]) == (1, ["成都"])


def test_a_digital_link_shows_the_same_item(phone: Any, lines: Iterator[dict[str, str]]) -> None:
    line = next(lines)
    phone.goto(line["url"])

    answer = phone.goto(f"{line['gs1_url']}/?17=261231")

    assert answer.status == 200
    assert line["code"] in phone.inner_text("main")


def test_a_forged_code_is_told_plainly(phone: Any, deployed: dict[str, Any], screenshots: Path) -> None:
    answer = phone.goto(f"{deployed['api_url']}/c/00000000000000000000")

    phone.screenshot(path=screenshots / "scan-unknown.png", full_page=True)
    assert answer.status == 404
    assert "未查到此码" in phone.inner_text("h1")


def _story_with(deployed: dict[str, Any], code: str, complete: Any) -> dict[str, Any]:
    """The story of a code once the consumers of its events have told what is waited for."""
    headers = {"Authorization": f"Bearer {deployed['admin_token']}"}
    url = f"{deployed['api_url']}/admin/codes/{code}"
    return waited(lambda: requests.get(url, headers=headers, timeout=60).json(), complete)
