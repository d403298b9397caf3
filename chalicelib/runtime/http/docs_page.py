"""/docs: the OpenAPI document drawn by swagger-ui, which infra/docs_viewer.py has put into assets/.

The page's policy lets in scripts and styles of the API's own origin only, so nothing stands in the page itself: what
its script needs to know are attributes.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
from chalice.app import Response

from chalicelib.runtime import pages
from chalicelib.runtime.secrets import app_secrets

_SOURCES: Final = {
    "swagger-ui.css": "assets/swagger-ui.css.gz",
    "docs.css": "pages/docs.css",
    "swagger-ui-bundle.js": "assets/swagger-ui-bundle.js.gz",
    "docs.js": "pages/docs.js",
}
"""What the page loads, in this order, and where it stands."""

_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


class Asset(msgspec.Struct, frozen=True):
    """A file that the page loads. Its name follows from its content, so that it can be kept for ever."""

    name: str
    content_type: str
    compressed: bytes

    def response(self, accepted_encodings: str) -> Response:
        """The file as it lies here, or unpacked for a caller that cannot."""
        headers: dict[str, Any] = {
            "Content-Type": self.content_type,
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if "gzip" in accepted_encodings:
            return Response(self.compressed, {**headers, "Content-Encoding": "gzip"})
        return Response(gzip.decompress(self.compressed), headers)


def render(stage: str) -> str:
    """The page. On the local stage it knows the operator's token, so that every route can be tried at once."""
    return (
        pages.environment()
        .get_template("runtime/http/pages/docs.html")
        .render(files=list(assets()), token=_local_token(stage))
    )


def _local_token(stage: str) -> str:
    return app_secrets().admin_token if stage == "local" else ""


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Every file of the page by its name, in the order in which the page loads them."""
    return {asset.name: asset for asset in (_read(name, source) for name, source in _SOURCES.items())}


def _read(name: str, source: str) -> Asset:
    content = (Path(__file__).parent / source).read_bytes()
    compressed = content if source.endswith(".gz") else gzip.compress(content, mtime=0)
    stem, suffix = name.rsplit(".", 1)
    return Asset(f"{stem}.{sha256(compressed).hexdigest()[:12]}.{suffix}", _TYPES[f".{suffix}"], compressed)
