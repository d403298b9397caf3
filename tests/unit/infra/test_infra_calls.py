from __future__ import annotations

from pathlib import Path

import pytest

from infra.build import ROOT
from infra.calls import dropped_cursors, strangers_to_dynamodb

TABLES = """
from chalicelib.runtime.dynamo import Page

def page(limit: int, cursor: str | None) -> Page:
    return [], None

def rows() -> list[int]:
    return []
"""
SERVICE = "from chalicelib.area.tables import page as listed\n"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    area = tmp_path / "chalicelib" / "area"
    area.mkdir(parents=True)
    (area / "tables.py").write_text(TABLES)
    (area / "service.py").write_text(SERVICE)
    return tmp_path


def found_in(house: Path, body: str) -> list[str]:
    head = "from chalicelib.area import service, tables\n\ndef use():\n"
    (house / "chalicelib" / "area" / "api.py").write_text(head + f"    {body}\n")
    return list(dropped_cursors(house))


@pytest.mark.parametrize(
    "body",
    [
        "rows = tables.page(9, None)",
        "rows = tables.page(9, None)[0]",
        "rows, _ = tables.page(9, None)",
        "rows, _cursor = tables.page(9, None)",
        "return [row for row in tables.page(9, None)]",
        "return service.listed(9, None)[0]",
        "tables.page(9, None)",
    ],
)
def test_a_page_whose_cursor_is_left_is_refused(house: Path, body: str) -> None:
    (problem,) = found_in(house, body)

    assert problem.startswith("chalicelib/area/api.py:4 ")


@pytest.mark.parametrize(
    "body",
    [
        "return tables.page(9, None)",
        "rows, cursor = tables.page(9, None)",
        "return service.listed(9, None) if service else tables.page(9, None)",
        "rows = tables.rows()",
    ],
)
def test_a_page_that_is_taken_whole_is_fine(house: Path, body: str) -> None:
    assert found_in(house, body) == []


def test_the_code_leaves_no_cursor() -> None:
    assert list(dropped_cursors(ROOT)) == []


@pytest.mark.parametrize("taken", ['client("dynamodb")', 'aws.client("dynamodb")', 'boto3.resource("dynamodb", "eu")'])
def test_the_client_is_for_one_package_alone(house: Path, taken: str) -> None:
    (house / "chalicelib" / "area" / "api.py").write_text(f"\nrows = {taken}.scan()\n")
    allowed = house / "chalicelib" / "runtime" / "dynamo"
    allowed.mkdir(parents=True)
    (allowed / "reads.py").write_text(f"rows = {taken}.scan()\n")

    (problem,) = strangers_to_dynamodb(house)

    assert problem.startswith("chalicelib/area/api.py:2 ")


def test_the_code_asks_for_no_client_elsewhere() -> None:
    assert list(strangers_to_dynamodb(ROOT)) == []
