"""/docs: the OpenAPI document as one page, without a script and without a call to anywhere."""

from __future__ import annotations

from typing import Any, Final

from chalicelib.runtime import pages

_STYLE: Final = pages.read_style("runtime/http/pages/docs.css")
HEADERS: Final = pages.headers(_STYLE)


def render(document: dict[str, Any]) -> str:
    """The page for an OpenAPI document."""
    schemas = document["components"]["schemas"]

    def shape(holder: dict[str, Any]) -> Any:
        media: list[dict[str, Any]] = list(holder.get("content", {}).values())
        schema = media[0].get("schema", {}) if media else {}
        return schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)

    groups: dict[str, list[tuple[str, str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append((path, method, operation))
    return pages.render(
        "runtime/http/pages/docs.html", _STYLE, doc=document, groups=sorted(groups.items()), shape=shape
    )
