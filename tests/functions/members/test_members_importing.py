"""Existing members are brought in: whole, once, resumed after a kill, with a word on every refused row."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.kernel import clock, ids
from chalicelib.kernel.errors import SiyuError
from chalicelib.members import service
from chalicelib.members.imports import service as imports
from chalicelib.runtime.aws import client
from tests.exports_world import bucket as bucket
from tests.sizes import size

Upload = Callable[[str], str]


@pytest.fixture
def upload(stack: str, bucket: str) -> Upload:
    """Make an import and upload its CSV by the link; its id."""

    def put(csv: str) -> str:
        import_id = ids.new_id("import", clock.now())
        link = imports.create(import_id, None, clock.now())
        urllib.request.urlopen(urllib.request.Request(link, method="PUT", data=csv.encode()), timeout=30).close()
        return import_id

    return put


def run(import_id: str, **more: Any) -> Any:
    """What the queue does with a started import."""
    from chalicelib.members.imports import tables as import_tables

    imports.start(import_id)
    imports.plan(import_id)
    for part in list(import_tables.parts(import_id)):
        while not imports.work(import_id, int(part["sk"].removeprefix("P#")), clock.now(), **more):
            pass
    return imports.progress(import_id)


def refusals(import_id: str) -> dict[int, tuple[str, str | None]]:
    found, cursor = {}, None
    while True:
        rows, cursor = imports.refused(import_id, 200, cursor)
        found |= {int(row["sk"].removeprefix("X#")): (row["why"], row.get("column")) for row in rows}
        if cursor is None:
            return found


def unique() -> str:
    return f"{time.time_ns():x}"


def test_rows_become_members_with_a_channel(upload: Upload, bucket: str) -> None:
    tag, phone = unique(), f"138{time.time_ns() % 10**8:08d}"
    import_id = upload(f"phone,unionid,account,joined_at\n{phone},u{tag},card:{tag},2020-01-02T03:04:05Z\n")

    found = run(import_id)

    member_id = service.member_of("unionid", f"u{tag}")
    assert member_id
    profile = service.current(member_id)
    assert (found.state, found.rows, found.done, found.created) == ("done", 1, 1, 1)
    assert (profile["channel_id"], profile["origin"], profile["created_at"]) == ("import", "import", 1577934245000)
    assert service.member_of("phone", phone) == member_id == service.member_of("account", f"card:{tag}")
    assert service.phone_of(profile) == phone
    assert "phone_verified_at" not in profile
    assert client("s3").list_objects_v2(Bucket=bucket, Prefix=f"imports/{import_id}")["KeyCount"] == 0


def test_every_refused_row_is_reported_and_says_why(upload: Upload) -> None:
    tag = unique()
    known = service.recognise({"unionid": f"k{tag}"}, channel_id=None, origin="scan", now=clock.now())
    other = service.recognise({"openid": f"o{tag}"}, channel_id=None, origin="scan", now=clock.now())
    service.link_account(other.member_id, "card", tag, clock.now())
    rows = [
        f",u{tag},,,",
        f"123,,,,{tag}",
        f",k{tag},o{tag},,",
        f",k{tag},,card:{tag},",
        ",,,card:1,",
        f",n{tag},,,chn_none",
        '"broken',
        f",k{tag},,,",
    ]
    import_id = upload("phone,unionid,openid,account,channel_id\r\n" + "\r\n".join(rows) + "\r\n")

    found = run(import_id)

    assert refusals(import_id) == {
        3: ("bad_phone", "phone"),
        4: ("several_members", None),
        5: ("account_of_another", None),
        6: ("no_identity", None),
        7: ("unknown_channel", "channel_id"),
        8: ("unreadable", None),
    }
    assert (found.created, found.known, found.refused, found.done) == (1, 1, 6, 8)
    assert service.member_of("unionid", f"k{tag}") == known.member_id
    assert service.find(other.member_id) is not None


@pytest.mark.parametrize("header", ["name,phone", "phone,phone", "channel_id", ""])
def test_a_file_that_is_no_import_is_refused_as_a_whole(upload: Upload, header: str) -> None:
    import_id = upload(f"{header}\n1,2\n")

    found = run(import_id)

    assert (found.state, found.why, found.rows) == ("refused", "bad_header", 0)


def test_an_import_does_not_bring_back_who_was_erased(upload: Upload) -> None:
    from chalicelib.members.identity import erase as erasures

    tag = unique()
    gone = service.recognise({"openid": f"g{tag}"}, channel_id=None, origin="scan", now=clock.now() - 5)
    erasures.ask(gone.member_id, clock.now() - 2)

    import_id = upload(f"openid\ng{tag}\n")
    run(import_id)

    assert refusals(import_id) == {2: ("erased", None)}
    assert service.member_of("openid", f"g{tag}") is None


def test_it_is_not_begun_before_the_upload(stack: str, bucket: str) -> None:
    import_id = ids.new_id("import", clock.now())
    imports.create(import_id, None, clock.now())

    with pytest.raises(SiyuError, match="Upload"):
        imports.start(import_id)


@contextmanager
def killed_after(writes: int) -> Iterator[None]:
    """The process dies in the middle: no write after that many reaches the table."""
    left = [writes]

    def die(model: Any, **_: Any) -> None:
        if model.name in ("PutItem", "UpdateItem", "TransactWriteItems"):
            left[0] -= 1
            if left[0] < 0:
                raise SystemExit("the process dies here")

    events = client("dynamodb").meta.events
    events.register("before-call.dynamodb", die)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb", die)


@pytest.mark.soak
def test_many_rows_with_a_kill_in_the_middle_resume_and_report(upload: Upload) -> None:
    quantity = size(500, soak=5_000)
    block = int(unique()[-8:], 16) % 1_000
    wrong = [number for number in range(quantity) if number % 100 == 7]
    rows = ["123" if number % 100 == 7 else f"139{block:03d}{number:05d}" for number in range(quantity)]
    import_id = upload("phone\n" + "\n".join(rows))

    with pytest.raises(SystemExit), killed_after(quantity * 3 // 5):
        run(import_id)
    half = imports.progress(import_id)
    found = run(import_id)

    assert 0 < half.done < quantity
    assert half.state == "running"
    assert (found.state, found.rows, found.done, found.refused) == ("done", quantity, quantity, len(wrong))
    assert found.created == quantity - len(wrong)
    assert sorted(refusals(import_id)) == [number + 2 for number in wrong]
    assert service.member_of("phone", rows[-1])


def test_two_workers_on_one_part_count_each_line_once(upload: Upload) -> None:
    from concurrent.futures import ThreadPoolExecutor

    tag = unique()
    import_id = upload("openid\n" + "\n".join(f"w{tag}{number}" for number in range(300)))
    imports.start(import_id)
    imports.plan(import_id)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: imports.work(import_id, 1, clock.now()), range(2)))

    found = imports.progress(import_id)
    assert (found.state, found.done, found.created, found.known) == ("done", 300, 300, 0)


def test_the_function_cuts_the_file_and_works_on_its_parts(upload: Upload) -> None:
    from chalicelib.members import events
    from chalicelib.members import models as member_models
    from chalicelib.members.imports import tables as import_tables
    from chalicelib.runtime import dynamo
    from chalicelib.runtime.events.functions import Change
    from functions.members_import import members_import
    from tests.world import delivery

    tag = unique()
    import_id = upload("openid\n" + "\n".join(f"f{tag}{number}" for number in range(3)))
    imports.start(import_id)
    row = dynamo.get(member_models.Import, f"IMPORT#{import_id}", "IMPORT") or {}
    (started,) = events.events_of(Change("e1", {**row, "st": "waiting"}, row, "1", 5))
    members_import(delivery(started.type, **started.data), None)
    part = next(import_tables.parts(import_id))
    (told,) = events.events_of(Change("e2", {}, part, "2", 5))
    for _ in range(2):
        members_import(delivery(told.type, **told.data), None)

    assert imports.progress(import_id).created == 3
    assert list(events.events_of(Change("e3", part, {**part, "d": 3}, "3", 5))) == []
