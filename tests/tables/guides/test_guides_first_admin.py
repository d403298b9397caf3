"""The first administrator of a new stage."""

from __future__ import annotations

import pytest

from chalicelib.kernel import clock
from infra import first_admin


def test_the_first_admin_can_log_in_and_is_in_the_trail(stack: str) -> None:
    from chalicelib.brand.audit import service as audit
    from chalicelib.guides.staff import tables as staff_tables

    first_admin.make_admin("the-first", clock.now())

    row = staff_tables.staff("the-first")
    deeds, _ = audit.page(None, 200, None, clock.now())
    assert row is not None
    assert row["role"] == "admin"
    assert ["the-first"] in [deed["ids"] for deed in deeds]


def test_a_stage_without_a_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert first_admin.main("nowhere", "zhangsan") == 1
    assert "nowhere.json is missing" in capsys.readouterr().out


def test_the_stack_is_the_stages_own() -> None:
    chosen = {"stack": "siyu-prod", "region": "ap-southeast-1", "parameters": {"PublicUrl": "https://siyu.example.com"}}

    assert first_admin.environment("prod", chosen) == {
        "SIYU_STAGE": "prod",
        "SIYU_STACK": "siyu-prod",
        "SIYU_QUEUE_URL_BASE": "-",
        "SIYU_PUBLIC_URL": "https://siyu.example.com",
        "AWS_DEFAULT_REGION": "ap-southeast-1",
    }
