"""Pages: put together once, every fact escaped, the style sheet let in by its hash."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jinja2 import TemplateNotFound
from markupsafe import Markup

from chalicelib.runtime import pages
from chalicelib.runtime.http import docs_page
from chalicelib.runtime.templates import environment_of, load

EVIL = "<script>alert(1)</script>"
FILES = {
    "page.html": """<style>{{ style }}</style>
{% block top %}no top{% endblock %}
{% block main %}{% endblock %}
end
""",
    "area.html": """before
{% extends "page.html" %}
{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}
{% block main %}
{% for name in names %}
{% include "part.html" +%}
{% endfor %}
{% block inner %}of the area{% endblock +%}
{% block kept %}kept{% endblock %}
{% endblock %}
this is not shown
""",
    "part.html": "{% set hidden = 1 %}{{ hidden }}{{ bold(name) }}\n",
    "item.html": """{% extends "area.html" %}
{% macro twice(text) %}{{ text }}{{ text }}{% endmacro %}
{% block top %}{{ twice(names[0]) }}{% endblock %}
{% block inner %}{% if names %}
inner {{ bold(names[0]) }} {{ hidden }}
{% endif %}{% endblock %}
""",
    "lost.html": '{% include "nowhere.html" %}',
}
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", ["page.html", "area.html", "item.html"])
@pytest.mark.parametrize("names", [[], ["龙井"], ["龙井", EVIL]], ids=["no one", "one", "two"])
def test_a_page_put_together_is_what_jinja2_makes_of_it(folder: Path, name: str, names: list[str]) -> None:
    style = "p{color:red}"
    expected = environment_of(folder).get_template(name).render(style=Markup(style), names=names)

    assert load(folder, name, style).render(names=names) == expected


def test_a_childs_block_comes_in_place_of_its_parents(folder: Path) -> None:
    text = load(folder, "item.html", "").render(names=["龙井"])

    assert "inner <b>龙井</b>" in text
    assert "of the area" not in text
    assert "no top" not in text
    assert "kept" in text


def test_every_fact_is_escaped(folder: Path) -> None:
    text = load(folder, "item.html", "").render(names=[EVIL])

    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_a_part_that_is_missing_is_found_out_when_the_page_is_loaded(folder: Path) -> None:
    with pytest.raises(TemplateNotFound, match=r"nowhere\.html"):
        load(folder, "lost.html", "")


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
