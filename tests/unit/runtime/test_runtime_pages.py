"""Pages: every fact escaped, the style sheet let in by its hash."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

from chalicelib.runtime import pages
from chalicelib.runtime.http import docs_page

EVIL = "<script>alert(1)</script>"
DOCUMENT: dict[str, Any] = {
    "info": {"title": EVIL, "version": "1", "description": "What it does."},
    "components": {"schemas": {"Tea": {"type": "object"}}},
    "paths": {
        "/tea": {
            "get": {
                "tags": ["tea"],
                "summary": "Tea",
                "parameters": [{"name": "cups", "in": "query", "required": True, "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "description": "Tea.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tea"}}},
                    }
                },
            }
        }
    },
}


def test_every_fact_is_escaped() -> None:
    text = docs_page.render(DOCUMENT)

    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_the_style_sheet_that_stands_in_the_page_is_the_one_its_headers_let_in() -> None:
    text = docs_page.render(DOCUMENT)
    (style,) = re.findall("<style>(.*)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()

    assert "font:16px" in style
    assert f"style-src 'sha256-{digest}'" in docs_page.HEADERS["Content-Security-Policy"]
    assert "<script" not in text


def test_nothing_is_let_in_that_is_not_named() -> None:
    closed = pages.headers("")["Content-Security-Policy"]
    opened = pages.headers("", images="https:", forms="'self'")["Content-Security-Policy"]

    assert closed.startswith("default-src 'none'; style-src 'sha256-")
    assert closed.endswith("; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
    assert "img-src" not in closed
    assert "; img-src https:; form-action 'self'; " in opened
