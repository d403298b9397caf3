"""/docs: the OpenAPI document as one page, without a script and without a call to anywhere."""

from __future__ import annotations

from typing import Any

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{{ doc.info.title }} API</title>
<style>
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
summary{cursor:pointer;padding:.4rem 0}code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{overflow:auto;padding:.5rem;border:1px solid #8884;border-radius:.3rem}
.method{display:inline-block;min-width:4.5rem;font-weight:700}
table{border-collapse:collapse}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}
</style></head><body>
<h1>{{ doc.info.title }} <small>{{ doc.info.version }}</small></h1>
<p>{{ doc.info.description }} Machine-readable: <a href="openapi.json">openapi.json</a>.</p>
{% for tag, operations in groups %}
<h2>{{ tag }}</h2>
{% for path, method, op in operations %}
<details><summary><span class="method">{{ method|upper }}</span> <code>{{ path }}</code> {{ op.summary }}</summary>
<p>{{ op.description or "Public." }}</p>
{% if op.parameters %}<table><tr><th>Parameter</th><th>In</th><th>Needed</th><th>Schema</th></tr>
{% for p in op.parameters %}<tr><td><code>{{ p.name }}</code></td><td>{{ p["in"] }}</td>
<td>{{ "yes" if p.required else "no" }}</td><td><code>{{ p.schema|tojson }}</code></td></tr>{% endfor %}</table>
{% endif %}
{% if op.requestBody %}<h4>Body</h4><pre>{{ shape(op.requestBody)|tojson(indent=2) }}</pre>{% endif %}
<h4>Answers</h4><table>{% for status, answer in op.responses.items() %}
<tr><td>{{ status }}</td><td>{{ answer.description }}</td></tr>{% endfor %}</table>
{% set good = shape(op.responses.values()|first) %}{% if good %}<pre>{{ good|tojson(indent=2) }}</pre>{% endif %}
</details>
{% endfor %}{% endfor %}
</body></html>"""


def render(document: dict[str, Any]) -> str:
    """The page for an OpenAPI document."""
    from jinja2 import Environment

    schemas = document["components"]["schemas"]

    def shape(holder: dict[str, Any]) -> Any:
        media: list[dict[str, Any]] = list(holder.get("content", {}).values())
        schema = media[0].get("schema", {}) if media else {}
        return schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)

    groups: dict[str, list[tuple[str, str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append((path, method, operation))
    page = Environment(autoescape=True).from_string(_PAGE)
    return page.render(doc=document, groups=sorted(groups.items()), shape=shape)
