"""What the local engine's saved state needs before it is loaded again."""

from __future__ import annotations

import json
from pathlib import Path


def forget_stream_positions(state: Path) -> None:
    """Let every stream reader begin at the streams' beginning again.

    ministack 1.5.33 saves how far each reader had come but not the records: after a restart a stream counts from
    zero, and a reader that stands at position 45 would pass over the next 45 changes. On AWS streams do not restart.
    """
    saved = state / "lambda.json"
    if not saved.exists():
        return
    content = json.loads(saved.read_text())
    positions = content.get("payload", {}).get("dynamodb_stream_positions")
    if isinstance(positions, dict) and positions.get("data"):
        positions["data"] = {}
        saved.write_text(json.dumps(content))
