"""What a line of an import says, however a spreadsheet has written it."""

from __future__ import annotations

import pytest

from chalicelib.members.imports import rules

NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    "header", ["phone,account", "\ufeffPhone , account\r\n", '\ufeff"phone",\u200baccount', "ｐｈｏｎｅ,account"]
)
def test_a_header_is_read_however_it_was_exported(header: str) -> None:
    assert rules.read_header(header.encode()) == ["phone", "account"]


@pytest.mark.parametrize(
    "line",
    [
        "13800138000,tmall:A-1",
        "１３８００１３８０００,tmall:A－1",
        "\u202d138\u00a00013\u00a08000\u202c,\u200btmall:A—1\u3000",
        '"138-0013-8000",tmall:A‑1\r\n',
    ],
)
def test_a_row_is_read_however_it_was_exported(line: str) -> None:
    row = rules.read_row(line.encode(), ["phone", "account"], NOW)

    assert (row.identities, row.account) == ({"phone": "13800138000"}, "tmall:A-1")
