"""Somebody reads the API's documentation: on the deployed stack, in a real browser."""

from __future__ import annotations

from typing import Any


def test_the_documentation_is_shown_with_its_style_and_opens_an_operation(phone: Any, deployed: dict[str, Any]) -> None:
    phone.goto(f"{deployed['api_url']}/docs")
    phone.locator("summary", has_text="/healthz").click()

    assert phone.locator("details[open]").inner_text().count("Whether the API answers.") > 0
    # The style sheet is let in by its hash: without it a method would be as light as the rest.
    assert phone.evaluate("getComputedStyle(document.querySelector('.method')).fontWeight") == "700"
    assert phone.locator("script").count() == 0
