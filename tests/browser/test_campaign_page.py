"""A customer opens a campaign's page and poster: on the deployed stack, in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests


@pytest.fixture(scope="module")
def campaign(deployed: dict[str, Any]) -> dict[str, str]:
    """A running campaign and the poster of somebody who joined it."""
    api = deployed["api_url"]
    operator = requests.Session()
    operator.headers["Authorization"] = f"Bearer {deployed['admin_token']}"
    now = datetime.now(UTC)
    body = {
        "name": "明前龙井开园节会员红包",
        "starts_at": (now - timedelta(minutes=1)).isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(),
        "pot": {"total_fen": 2_000_000, "shares": 5_000, "split": "lucky", "min_fen": 30},
        "reward_for": ["invitee", "inviter"],
        "tiers": [{"invites": 3, "reward": "draw"}, {"invites": 10, "reward": "gift", "gift": "明前龙井 50g 一罐"}],
        "max_draws_per_member": 3,
        "max_fen_per_member_per_day": 60_000,
        "waiting_hours": 24,
        "organiser": "某某茶业有限公司",
        "contact": "400-000-0000",
        "terms": "一、每个微信号视为一位参与者。\n二、主办方员工不参与本活动。",
    }
    made = operator.post(f"{api}/admin/campaigns", json=body, timeout=60).json()
    operator.post(f"{api}/admin/campaigns/{made['campaign_id']}/publish", json={}, timeout=60)
    poster = _joined(deployed, made["campaign_id"])["poster_url"]
    return {"url": f"{api}/campaigns/{made['campaign_id']}", "poster": poster}


def _joined(deployed: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    control = f"{deployed['sandbox_url']}/_control"
    customer = requests.post(f"{control}/customers", json={}, timeout=60).json()
    code = requests.post(f"{control}/js-codes", json={"openid": customer["openid"]}, timeout=60).json()["js_code"]
    api = deployed["api_url"]
    token = requests.post(f"{api}/auth/mini-program", json={"js_code": code}, timeout=60).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    joined = requests.post(f"{api}/campaigns/{campaign_id}/join", json={}, headers=headers, timeout=60)
    return dict(joined.json())


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_page_publishes_what_a_promotion_must(
    phone: Any, campaign: dict[str, str], screenshots: Path, colours: str
) -> None:
    phone.emulate_media(color_scheme=colours)
    phone.goto(campaign["url"])
    text = phone.inner_text("body")
    phone.screenshot(path=screenshots / f"campaign-{colours}.png", full_page=True)

    for shown in ("20000.00 元", "5000 份", "0.30 元", "100%", "某某茶业有限公司", "400-000-0000", "一罐", "进行中"):
        assert shown in text
    assert "分享" not in text


def test_the_page_needs_no_script_and_fits_a_phone(phone: Any, campaign: dict[str, str]) -> None:
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))

    phone.goto(campaign["url"])

    assert phone.locator("script").count() == 0
    assert all(url.startswith("http://127.0.0.1") for url in asked)
    assert phone.evaluate("document.documentElement.lang") == "zh-CN"
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    # The style sheet is let in by its hash: without it the header would have no colour.
    assert phone.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor") != "rgba(0, 0, 0, 0)"


def test_every_part_has_a_name_and_a_heading(phone: Any, campaign: dict[str, str]) -> None:
    phone.goto(campaign["url"])

    assert phone.locator("h1").count() == 1
    for section in phone.locator("section").all():
        named = section.get_attribute("aria-labelledby")
        assert section.locator(f"h2#{named}").count() == 1
    assert phone.locator("label[for=done]").count() == phone.locator("progress#done").count() == 1


def test_the_poster_is_a_picture_with_the_inviters_code(
    phone: Any, campaign: dict[str, str], screenshots: Path
) -> None:
    answer = requests.get(campaign["poster"], timeout=60)
    (screenshots / "poster.png").write_bytes(answer.content)
    phone.goto(campaign["poster"])

    assert answer.headers["Content-Type"] == "image/png"
    assert phone.evaluate("document.images[0].naturalWidth") == 600
