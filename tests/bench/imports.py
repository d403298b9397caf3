"""How long `import app` takes beside `import boto3, chalice`: fresh interpreters, taken in turn."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from statistics import median

ROUNDS = 5
OURS = "import app"
FLOOR = "import boto3, chalice"


def import_ratio() -> float:
    """The median of the first by the median of the second, in CPU time of interpreters that find all byte code made."""
    with tempfile.TemporaryDirectory(prefix="siyu-bytecode-") as cache:
        for statement in (OURS, FLOOR):
            _cpu_seconds(statement, cache)
        pairs = [(_cpu_seconds(OURS, cache), _cpu_seconds(FLOOR, cache)) for _ in range(ROUNDS)]
    ours, floor = zip(*pairs, strict=True)
    return float(round(median(ours) / median(floor), 2))


def _cpu_seconds(statement: str, cache: str) -> float:
    # Whether the caller's environment has byte code written or not must not matter.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    code = f"import time; start = time.process_time(); {statement}; print(time.process_time() - start)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**environment, "PYTHONPYCACHEPREFIX": cache},
    )
    return float(done.stdout)
