"""Exports on real tables and a real bucket: whole, continued, taken over, delivered twice."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from itertools import count
from typing import Any

import pypdfium2
import pytest

from chalicelib.kernel import ids
from chalicelib.kernel.clock import MINUTE, SECOND, Millis
from chalicelib.kernel.errors import SiyuError
from tests.codes_world import mint, now, product
from tests.exports_world import Export, bucket, export, fetch

__all__ = ["bucket", "export", "mint", "now", "product"]

Mint = Callable[..., Any]


def file_of(done: Any) -> bytes:
    from chalicelib.codes.exports import service as exports

    answer = fetch(exports.link(done))
    assert answer.status_code == 200
    return answer.content


def asked(batch: Any, kind: str, now: Millis) -> str:
    from chalicelib.codes.exports import service as exports

    return exports.ask(ids.new_id("export", now), batch["batch_id"], kind, None, by="test", now=now)["export_id"]


def state_of(export_id: str) -> Any:
    from chalicelib.codes.exports import tables as export_tables

    return export_tables.find(export_id, strong=True)


def waiting_messages() -> list[str]:
    from chalicelib.runtime.aws import client
    from chalicelib.runtime.events.queues import queue_url, read_event

    url = queue_url("codes-exports")
    got = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in got:
        client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [read_event(message["Body"]).data["export_id"] for message in got]


def test_a_whole_batch_as_one_file(mint: Mint, export: Export) -> None:
    batch, codes = mint(1_200, box_size=100)

    done = export(batch)

    rows = list(csv.DictReader(io.StringIO(file_of(done).decode(), newline="")))
    assert [row["code"] for row in rows] == codes
    assert (rows[-1]["seq"], rows[-1]["box"]) == ("1199", "12")
    assert (done["state"], done["seen"]) == ("done", 1_200)


def test_labels_of_a_range(mint: Mint, export: Export) -> None:
    batch, codes = mint(60)

    archive = zipfile.ZipFile(io.BytesIO(file_of(export(batch, "labels_zip", (10, 19)))))
    sheet = pypdfium2.PdfDocument(file_of(export(batch, "labels_pdf", (10, 40))))

    assert [name[9:29] for name in archive.namelist()] == codes[10:20]
    assert archive.testzip() is None
    assert len(sheet) == 2


@pytest.mark.parametrize("kind", ["csv", "labels_zip", "labels_pdf"])
def test_a_file_made_over_many_invocations_equals_one_made_at_once(
    mint: Mint, export: Export, now: Millis, kind: str
) -> None:
    from chalicelib.codes.exports import handlers as export_handlers
    from chalicelib.codes.exports import service as exports

    batch, _ = mint(3_000 if kind == "csv" else 60)
    whole = file_of(export(batch, kind))
    export_id, turns = asked(batch, kind, now), 0
    waiting_messages()

    while state_of(export_id)["state"] != "done":
        # The clock jumps over the budget with every look: one part an invocation.
        ticks = count(now + turns * MINUTE, 5 * SECOND)
        export_handlers.work(export_id, f"worker-{turns}", ticks.__next__, budget=11 * SECOND, part_bytes=5_000)
        turns += 1
        if state_of(export_id)["state"] != "done":
            assert waiting_messages() == [export_id]

    assert turns > 2
    assert file_of(exports.get(batch["batch_id"], export_id, now)) == whole


def test_a_dead_workers_export_is_taken_over_and_it_can_not_come_back(
    mint: Mint, bucket: str, export: Export, now: Millis
) -> None:
    from chalicelib.codes.exports import handlers as export_handlers
    from chalicelib.codes.exports import service as exports
    from chalicelib.codes.exports import tables as export_tables

    batch, codes = mint(10)
    export_id = asked(batch, "csv", now)
    dead = export_tables.lease(export_id, "dead", now).item

    export_handlers.work(export_id, "early", lambda: now + 59 * SECOND)
    assert state_of(export_id)["lease"] == "dead"
    export_handlers.work(export_id, "heir", lambda: now + 61 * SECOND)

    assert state_of(export_id)["state"] == "done"
    with pytest.raises(export_tables.LeaseLost):
        export_tables.advance(dead, 1, 1, now)
    export_tables.end(dead, "failed", now)
    assert len(file_of(exports.get(batch["batch_id"], export_id, now)).split(b"\r\n")) == len(codes) + 2


def test_a_message_that_comes_twice_or_too_late_changes_nothing(mint: Mint, export: Export, now: Millis) -> None:
    from chalicelib.codes.exports import handlers as export_handlers

    batch, _ = mint(10)
    done = export(batch)
    waiting_messages()

    export_handlers.work(done["export_id"], "again", lambda: now)

    assert state_of(done["export_id"]) == done
    assert waiting_messages() == []


def test_a_worker_that_died_between_file_and_row_leaves_a_file(mint: Mint, bucket: str, now: Millis) -> None:
    from chalicelib.codes.exports import handlers as export_handlers
    from chalicelib.codes.exports import store as export_store
    from chalicelib.codes.exports import tables as export_tables
    from chalicelib.codes.models import Export as Row
    from chalicelib.runtime import dynamo

    batch, _ = mint(10)
    export_id = asked(batch, "csv", now)
    export_handlers.work(export_id, "first", lambda: now)
    dynamo.update(
        Row, f"X#{export_id}", "X", "SET #state = :running", names={"#state": "state"}, values={":running": "running"}
    )

    export_handlers.work(export_id, "second", lambda: now)
    assert state_of(export_id)["state"] == "done"

    lost = asked(batch, "csv", now)
    row = export_tables.begin(export_tables.lease(lost, "third", now).item, "no-such-upload")
    with pytest.raises(export_store.UploadMissing):
        export_store.complete(row)
    export_handlers.work(lost, "third", lambda: now)
    assert state_of(lost)["state"] == "failed"


def test_a_fault_leaves_the_export_to_the_next_delivery(
    mint: Mint, bucket: str, now: Millis, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ClientError

    from chalicelib.codes.exports import handlers as export_handlers
    from chalicelib.runtime.settings import settings

    batch, _ = mint(10)
    export_id = asked(batch, "csv", now)
    monkeypatch.setenv("SIYU_EXPORTS_BUCKET", "no-such-bucket")
    settings.cache_clear()
    with pytest.raises(ClientError):
        export_handlers.work(export_id, "first", lambda: now)
    monkeypatch.setenv("SIYU_EXPORTS_BUCKET", bucket)
    settings.cache_clear()

    export_handlers.work(export_id, "second", lambda: now)

    assert state_of(export_id)["state"] == "done"


def test_memory_is_bounded_by_the_part(mint: Mint, bucket: str, now: Millis) -> None:
    from chalicelib.codes.batches import tables as batch_tables
    from chalicelib.codes.exports import files as export_files
    from chalicelib.codes.exports import handlers as export_handlers

    batch, _ = mint(1)
    batch = {**batch, "quantity": 2_000_000}
    row = {"kind": "csv", "parts": 1, "kept_bytes": 0, "kept_codes": 0, "first": 0, "last": 1_999_999}
    assert batch_tables.get_header(batch["number"])
    kept: list[int] = []

    tracemalloc.start()
    for piece in export_files.FORMATS["csv"]().pieces(export_handlers._lines(row, batch), 0, 0):
        kept.append(len(piece.data))
        if sum(kept) > 5 * 2**20:
            break
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 4 * 2**20


def test_what_can_not_be_exported_is_refused(mint: Mint, now: Millis) -> None:
    from chalicelib.codes.exports import service as exports

    batch, _ = mint(10)
    facts: Any = {"by": "test", "now": now}

    for batch_id, kind, part, status in (
        ("bat_none", "csv", None, 404),
        (batch["batch_id"], "csv", (10, 11), 400),
        (batch["batch_id"], "csv", (5, 4), 400),
    ):
        with pytest.raises(SiyuError) as refused:
            exports.ask("exp_x", batch_id, kind, part, **facts)
        assert refused.value.status == status


def test_too_many_labels_are_refused_and_an_old_file_is_expired(mint: Mint, export: Export, now: Millis) -> None:
    from chalicelib.codes.batches import service as batches
    from chalicelib.codes.exports import service as exports

    facts: Any = {"product_id": mint()[0]["product_id"], "box_size": None, "channel_id": None, "prizes": []}
    large = batches.mint(ids.new_id("batch", now), quantity=10_000_000, active=True, by="test", now=now, **facts)
    done = export(mint()[0])

    with pytest.raises(SiyuError):
        exports.ask("exp_y", large["batch_id"], "labels_pdf", None, by="test", now=now)
    later = exports.get(done["batch_id"], done["export_id"], done["ended_at"] + exports.KEPT)

    assert (later["state"], exports.link(later)) == ("expired", None)
    with pytest.raises(SiyuError):
        exports.get("bat_other", done["export_id"], now)
