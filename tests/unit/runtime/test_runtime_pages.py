"""Pages: every fact escaped, the style sheet let in by its hash."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from chalicelib.runtime import pages

EVIL = "<script>alert(1)</script>"
STYLE = "body{font:16px/1.5 system-ui}"


def test_every_fact_is_escaped() -> None:
    text = pages.environment().from_string("<p>{{ fact }}</p>").render(fact=EVIL)

    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_the_style_sheet_that_stands_in_the_page_is_the_one_its_headers_let_in() -> None:
    text = pages.render("runtime/http/pages/page.html", STYLE)
    (style,) = re.findall("<style>(.*)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()

    assert style == STYLE
    assert f"style-src 'sha256-{digest}'" in pages.headers(STYLE)["Content-Security-Policy"]
    assert "<script" not in text


def test_nothing_is_let_in_that_is_not_named() -> None:
    closed = pages.headers("")["Content-Security-Policy"]
    opened = pages.headers("", images="https:", forms="'self'")["Content-Security-Policy"]

    assert closed.startswith("default-src 'none'; style-src 'sha256-")
    assert closed.endswith("; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
    assert "img-src" not in closed
    assert "; img-src https:; form-action 'self'; " in opened
