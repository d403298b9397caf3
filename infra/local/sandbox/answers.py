"""How answers are written: JSON, times, PNG and small pages."""

import json
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Response

_BEIJING = timezone(timedelta(hours=8))


def json_response(content: Any, status: int = 200) -> Response:
    """UTF-8 JSON."""
    return Response(json.dumps(content, ensure_ascii=False), status, mimetype="application/json")


def ok(**fields: Any) -> Response:
    """A success of the mini program and WeCom hosts."""
    return json_response({"errcode": 0, "errmsg": "ok", **fields})


def rfc3339(seconds: float) -> str:
    """UTC, with `Z`: the sandbox's own controls."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def beijing_time(seconds: float) -> str:
    """RFC 3339 with +08:00, as WeChat Pay writes it."""
    return datetime.fromtimestamp(seconds, _BEIJING).isoformat(timespec="seconds")


def qr_png(text: str, width: int) -> Response:
    """A QR code as PNG, at least `width` pixels wide."""
    import segno

    code = segno.make(text, error="m", micro=False)
    modules = code.symbol_size()[0]
    out = BytesIO()
    code.save(out, kind="png", scale=max(1, -(-width // modules)))
    return Response(out.getvalue(), mimetype="image/png")


def page(title: str, lines: dict[str, str], status: int = 200) -> Response:
    """A small page: a title and named values."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd><code>{escape(value)}</code></dd>" for name, value in lines.items())
    html = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><h1>{escape(title)}</h1><dl>{rows}</dl></html>"
    )
    return Response(html, status, mimetype="text/html")
