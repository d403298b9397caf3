"""A CSV of existing members from upload to report, as the functions work on it: for measuring."""

from __future__ import annotations

import os
import time
import urllib.request
from typing import Any, NamedTuple

BUCKET = "siyu-bulk-imports"
REFUSED_EVERY = 500


class Imported(NamedTuple):
    """What came of an import. `as_expected`: every row is a member or stands in the report."""

    rows: int
    seconds: float
    as_expected: bool

    @property
    def rows_a_second(self) -> float:
        return self.rows / self.seconds


def import_rows(rows: int) -> Imported:
    """Import so many phones, one of five hundred of them no phone, with a single worker."""
    from chalicelib.kernel import clock
    from chalicelib.members.imports import service as imports
    from chalicelib.members.imports import tables as import_tables

    import_id = _upload(rows)
    began = time.monotonic()
    imports.start(import_id)
    imports.plan(import_id)
    for part in list(import_tables.parts(import_id)):
        while not imports.work(import_id, int(part["sk"].removeprefix("P#")), clock.now()):
            pass
    found: Any = imports.progress(import_id)
    wrong = rows // REFUSED_EVERY
    expected = ("done", rows, rows, wrong, rows - wrong)
    told = (found.state, found.rows, found.done, found.refused, found.created)
    return Imported(rows, time.monotonic() - began, told == expected)


def _upload(rows: int) -> str:
    from chalicelib.kernel import clock, ids
    from chalicelib.members.imports import service as imports
    from chalicelib.runtime.aws import client
    from chalicelib.runtime.settings import settings

    client("s3").create_bucket(Bucket=BUCKET)
    os.environ["SIYU_EXPORTS_BUCKET"] = BUCKET
    settings.cache_clear()
    import_id = ids.new_id("import", clock.now())
    block = time.time_ns() // 1_000_000 % 100
    phones = ("123" if number % REFUSED_EVERY == 7 else f"139{block:02d}{number:06d}" for number in range(rows))
    body = ("phone\n" + "\n".join(phones)).encode()
    link = imports.create(import_id, None, clock.now())
    urllib.request.urlopen(urllib.request.Request(link, method="PUT", data=body), timeout=60).close()
    return import_id
