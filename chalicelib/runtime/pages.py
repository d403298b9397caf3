"""Pages for people: the Jinja2 templates and style sheets in the `pages/` folders of packages.

A file is named by its place under chalicelib, such as `codes/pages/scan.html`, also in `{% extends %}` and
`{% include %}`. No page has a script, and each has one style sheet, which stands in it.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jinja2 import Environment

ROOT: Final = Path(__file__).parent.parent


def read_style(name: str, *, joined: bool = False) -> str:
    """Read a style sheet as it stands in its page; `joined`: without line breaks, for a page that is sent often."""
    text = (ROOT / name).read_text("utf-8")
    return text.replace("\n", "") if joined else f"\n{text}"


def headers(style: str, *, images: str = "", forms: str = "'none'") -> dict[str, str]:
    """Return the headers of a page with this style sheet; `images` and `forms`: where they may come from and go to."""
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = [
        "default-src 'none'",
        # Named by its hash: injected markup could bring neither style nor script nor a frame.
        f"style-src 'sha256-{digest}'",
        *([f"img-src {images}"] if images else []),
        f"form-action {forms}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "X-Frame-Options": "DENY",
    }


def render(template: str, style: str, **facts: Any) -> str:
    """Render a page with its style sheet, every fact escaped. The first page of a container imports Jinja2."""
    from markupsafe import Markup

    return environment().get_template(template).render(style=Markup(style), **facts)  # noqa: S704 - a file of ours


@lru_cache
def environment() -> Environment:
    """What the templates share: every fact is escaped, a tag's own line leaves none."""
    from jinja2 import Environment, FileSystemLoader

    return Environment(
        loader=FileSystemLoader(ROOT), autoescape=True, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
