"""How long `import app` takes beside `import boto3, chalice`: fresh interpreters, taken in turn."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

ROUNDS = 5
OURS = "import app"
FLOOR = "import boto3, chalice"


def import_ratio() -> float:
    """The median of the first by the median of the second, in CPU time of the interpreters."""
    pairs = [(_cpu_seconds(OURS), _cpu_seconds(FLOOR)) for _ in range(ROUNDS)]
    ours, floor = zip(*pairs, strict=True)
    return float(round(median(ours) / median(floor), 2))


def _cpu_seconds(statement: str) -> float:
    code = f"import time; start = time.process_time(); {statement}; print(time.process_time() - start)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return float(done.stdout)


def warm_up() -> None:
    """Have the byte code of both written and in the file cache."""
    for statement in (OURS, FLOOR):
        _cpu_seconds(statement)
