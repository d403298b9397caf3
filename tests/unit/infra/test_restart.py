"""The saved state of the local engine, before it is loaded again."""

from __future__ import annotations

import json
from pathlib import Path

from infra.local.restart import forget_stream_positions


def test_stream_readers_begin_again_and_the_rest_stays(tmp_path: Path) -> None:
    positions = {"__account_region_scoped__": True, "data": {"a": 45}}
    saved = {"__ministack_format__": 1, "payload": {"dynamodb_stream_positions": positions, "esms": {"data": {"a": 1}}}}
    (tmp_path / "lambda.json").write_text(json.dumps(saved))

    forget_stream_positions(tmp_path)

    loaded = json.loads((tmp_path / "lambda.json").read_text())
    assert loaded["payload"]["dynamodb_stream_positions"] == {"__account_region_scoped__": True, "data": {}}
    assert loaded["payload"]["esms"] == {"data": {"a": 1}}


def test_a_first_start_has_nothing_to_forget(tmp_path: Path) -> None:
    forget_stream_positions(tmp_path)

    assert list(tmp_path.iterdir()) == []
