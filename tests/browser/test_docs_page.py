"""Somebody reads the API's documentation and tries a route: on the deployed stack, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def desk(browser: Any, deployed: dict[str, Any]) -> Iterator[Any]:
    """/docs on a desk's screen; `desk.troubles` is what the browser complained of."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.troubles = []
    page.on("console", lambda message: message.type in ("error", "warning") and page.troubles.append(message.text))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("requestfailed", lambda request: page.troubles.append(f"{request.url} {request.failure}"))
    page.on(
        "request",
        lambda request: (
            request.url.startswith((deployed["api_url"], "data:")) or page.troubles.append(f"asked {request.url}")
        ),
    )
    page.goto(f"{deployed['api_url']}/docs")
    yield page
    context.close()


def test_the_documentation_is_drawn_under_its_policy(desk: Any, screenshots: Path) -> None:
    operation = _found(desk, "/healthz")
    operation.click()
    operation.get_by_text("Whether the API answers.").first.wait_for()
    desk.screenshot(path=screenshots / "docs.png")

    assert desk.get_by_text("OAS 3.1").is_visible()
    # The style sheet was let in: without it an operation has no border.
    assert operation.evaluate("element => getComputedStyle(element).borderTopStyle") == "solid"
    assert desk.troubles == []


def test_a_route_of_operators_is_tried_without_entering_a_token(desk: Any, deployed: dict[str, Any]) -> None:
    operation = _found(desk, "/admin/shops").and_(desk.locator(".opblock-get"))
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    with desk.expect_response(f"{deployed['api_url']}/admin/shops*") as answer:
        operation.get_by_role("button", name="Execute").click()

    assert answer.value.status == 200
    operation.locator(".live-responses-table").get_by_text("小程序商城").first.wait_for()
    assert desk.troubles == []


def _found(desk: Any, path: str) -> Any:
    """The operations that the filter leaves: those that are not in sight are not drawn."""
    desk.get_by_placeholder("Filter by tag or path").fill(path)
    return desk.locator(".opblock").filter(has_text=path)
