"""`make bench`: what each operation costs, measured on a local AWS of its own, beside what it may cost.

`python -m tests.bench [--strict] [operation …]`: `--strict` ends with status 1 when anything is over its budget,
named operations alone are measured when there are any. Ends with status 2 when an operation could not be measured.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TextIO

from tests import bulk_import
from tests.bench import imports, report
from tests.bench.measuring import Figures, measure
from tests.world import World, running_world

Notes = dict[str, float]

IMPORTED_ROWS = 2_000
RESULT = Path("build/bench.json")
SETTINGS = {
    # As in production: what is cached for 30 s there is cached here, and business metrics are written.
    "SIYU_CACHE_SECONDS": "30",
    "SIYU_SETTLING_SECONDS": "600",
    "SIYU_PUSH_MEDIA_RATE": "1000000",
    "POWERTOOLS_METRICS_DISABLED": "false",
    "POWERTOOLS_LOG_LEVEL": "ERROR",
}


def main() -> int:
    """Measure, print, write; the exit status."""
    wanted = _arguments()
    started = time.monotonic()
    tell = sys.stdout
    ratio = imports.import_ratio()
    with (
        tempfile.TemporaryDirectory(prefix="siyu-bench-") as state,
        open(os.devnull, "w") as silence,
        # What siyu writes to standard output, logs and metrics, is part of the work but not of the report.
        contextlib.redirect_stdout(silence),
        running_world(Path(state), **SETTINGS) as world,
    ):
        measured, notes, failed = _measure_all(world, wanted.operations, tell)
        rows_a_second = None if wanted.operations else round(bulk_import.import_rows(IMPORTED_ROWS).rows_a_second)
    over = [key for key, found in measured.items() if report.verdict(key, found, notes[key]) != "ok"]
    over += ["import"] if ratio > report.IMPORT_RATIO else []
    print(f"  import app is {ratio} × import boto3, chalice (budget {report.IMPORT_RATIO})", file=tell)
    if rows_a_second:
        print(f"  an import of members takes in {rows_a_second} rows a second with one worker", file=tell)
    report.write(RESULT, measured, notes, {"import_ratio": ratio, "import_rows_a_second": rows_a_second})
    print(f"  {len(over)} over budget, {len(failed)} failed, {time.monotonic() - started:.0f} s → {RESULT}", file=tell)
    if failed:
        return 2
    return 1 if over and wanted.strict else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="What each operation costs.")
    parser.add_argument("--strict", action="store_true", help="fail when anything is over its budget")
    parser.add_argument("operations", nargs="*", help="measure these alone")
    return parser.parse_args()


def _measure_all(
    world: World, wanted: list[str], tell: TextIO
) -> tuple[dict[str, Figures], dict[str, Notes], list[str]]:
    measured: dict[str, Figures] = {}
    notes: dict[str, Notes] = {}
    failed: list[str] = []
    print(report.head(), file=tell, flush=True)
    for key in wanted or report.BUDGETS:
        try:
            measured[key], notes[key] = _measure(key, world)
        except Exception:
            failed.append(key)
            print(f"  {key} could not be measured:\n{traceback.format_exc()}", file=tell, flush=True)
        else:
            print(report.line(key, measured[key], notes[key]), file=tell, flush=True)
    return measured, notes, failed


def _measure(key: str, world: World) -> tuple[Figures, Notes]:
    # Imported here: what they import reads the settings that the world has made.
    from tests.bench.operations import OPERATIONS
    from tests.bench.push import measure_push

    if key == "push_per_recipient":
        return measure_push(world)
    return measure(OPERATIONS[key](world)), {}


if __name__ == "__main__":
    sys.exit(main())
