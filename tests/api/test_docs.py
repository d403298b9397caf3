"""/docs and what it loads, as API Gateway calls them."""

from __future__ import annotations

import re
from typing import Any

ANY = {"Accept": "*/*", "Accept-Encoding": "gzip"}


def test_the_page_of_the_local_stage_knows_the_operators_token(http: Any, admin: dict[str, str]) -> None:
    page = http.get("/docs")

    assert page.status_code == 200
    assert f'data-token="{admin["Authorization"].removeprefix("Bearer ")}"' in page.body.decode()
    assert page.headers["Cache-Control"] == "no-store"


def test_the_page_loads_scripts_and_style_sheets_of_their_types(http: Any) -> None:
    loaded = re.findall(r'"(docs/[^"]+)"', http.get("/docs").body.decode())
    answers = {name: http.get(f"/{name}", headers=ANY) for name in loaded}

    assert len(answers) == 4
    for name, answer in answers.items():
        kind = "javascript" if name.endswith(".js") else "css"
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, f"text/{kind}; charset=utf-8")
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.body.startswith(b"\x1f\x8b")


def test_a_file_that_the_page_does_not_load_is_unknown(http: Any) -> None:
    for name in ("docs.html", "LICENSE", "..%2Fpages%2Fdocs.css", "swagger-ui.css"):
        answer = http.get(f"/docs/{name}", headers=ANY)

        assert (answer.status_code, answer.json_body["error"]["code"]) == (404, "not_found")
