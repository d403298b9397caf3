"""Bringing existing members in (会员导入): a CSV of any length, in parts that are resumed where they stopped.

Starting cuts the file into parts of whole lines; each part is an event on a queue. A worker notes every hundred lines
what became of them, so after a crash at most a hundred are looked at again, and looking again changes nothing: a
member bears the line that made it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from chalicelib.brand import service as brand
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.members import service
from chalicelib.members.identity import tables as identity_tables
from chalicelib.members.identity.resolve import identity_key, recognise
from chalicelib.members.identity.tables import Owner
from chalicelib.members.imports import files, rules, tables
from chalicelib.members.imports.rules import Refused, Row
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.observability import count

BATCH: Final = 100
THREADS: Final = 8
WORKS_FOR: Final = 20.0
"""Seconds after which a worker hands the rest of its part to a next event."""
MOST_BYTES: Final = 512 << 20
_REASONS: Final = {"conflict": "several_members", "not_found": "erased", "already_exists": "account_of_another"}


class Progress(NamedTuple):
    """How an import stands; `done` = `created` + `known` + `refused` lines of `rows`."""

    state: str
    rows: int
    done: int
    created: int
    known: int
    refused: int
    why: str | None


def create(import_id: str, channel_id: str | None, now: Millis) -> str:
    """A new import; the link to upload its CSV to. 404 for an unknown channel."""
    if channel_id:
        brand.get_channel(channel_id)
    tables.create(import_id, {"created_at": now, **({"channel_id": channel_id} if channel_id else {})})
    return files.upload_link(import_id)


def start(import_id: str) -> Progress:
    """Begin, once the CSV is uploaded; beginning again changes nothing. 404, 409 before the upload, 413 too large."""
    row = _found(import_id)
    if row["st"] == "waiting":
        size = files.size(import_id)
        if not size:
            raise SiyuError("conflict", "Upload the CSV to upload_url first.")
        if size > MOST_BYTES:
            raise SiyuError("too_large", f"A file can have at most {MOST_BYTES >> 20} MB. Split it.")
        tables.step(import_id, "waiting", "planning")
    return progress(import_id)


def progress(import_id: str) -> Progress:
    """How far an import is: the sum of its parts."""
    row, parts = _found(import_id), list(tables.parts(import_id))
    done, new, known, bad = (sum(part.get(name, 0) for part in parts) for name in ("d", "new", "known", "bad"))
    is_over = row["st"] == "running" and row.get("fin", 0) == row["parts"]
    return Progress("done" if is_over else row["st"], row.get("lines", 0), done, new, known, bad, row.get("why"))


def plan(import_id: str) -> None:
    """Cut the file into parts; each part's birth is the event that gets it worked on. May be repeated."""
    if _found(import_id)["st"] != "planning":
        return
    lines = files.lines(import_id)
    try:
        header = next(lines, b"")
        rules.read_header(header)
    except Refused as refused:
        tables.step(import_id, "planning", "refused", why=refused.reason)
        files.delete(import_id)
        return
    number = total = 0
    for number, part in enumerate(rules.parts_of(lines, len(header)), start=1):
        tables.put_part(import_id, number, part)
        total += part.lines
    tables.step(import_id, "planning", "running", parts=number, lines=total)


def work(import_id: str, number: int, now: Millis, *, clock: Callable[[], float] = time.monotonic) -> bool:
    """Go on with a part; False when there is more to do for a next event."""
    part, row = tables.find_part(import_id, number), _found(import_id)
    if part is None:
        raise not_found("import", import_id)
    if part["d"] < part["n"]:
        until = clock() + WORKS_FOR
        names = rules.read_header(next(files.lines(import_id)))
        lines = files.stretch(import_id, part["f"], part["t"])
        batch = _Batch(import_id, row.get("channel_id") or "", names, now)
        while part["d"] < part["n"]:
            if clock() > until:
                return False
            chosen = lines[part["d"] : part["d"] + BATCH]
            part = tables.advance(part, len(chosen), *batch.take(chosen, part["l"] + part["d"]))
    tables.close_part(part)
    if progress(import_id).state == "done":
        files.delete(import_id)
        count("ImportDone")
    return True


def refused(import_id: str, limit: int, cursor: str | None) -> Page:
    """A page of the lines that were not imported, in the file's order."""
    _found(import_id)
    return tables.refused_page(import_id, limit, cursor)


class _Batch:
    """Some lines at once: who they are is asked in one call, they are written by several threads."""

    def __init__(self, import_id: str, channel_id: str, names: Sequence[str], now: Millis) -> None:
        self.import_id, self.channel_id, self.names, self.now = import_id, channel_id, names, now
        self.channels: dict[str, bool] = {}

    def take(self, lines: Sequence[bytes], first: int) -> tuple[int, int, int]:
        """(created, known, refused) of some lines, the first of which has that number."""
        bad: list[tuple[int, str, str]] = []
        rows: list[tuple[int, Row]] = []
        for line, text in enumerate(lines, start=first):
            try:
                rows.append((line, self._read(text)))
            except Refused as refused:
                bad.append((line, refused.reason, refused.column))
        keys = sorted({identity_key(*pair) for _, row in rows for pair in row.identities.items()})
        known = identity_tables.owners(keys)
        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = list(pool.map(lambda found: self._write(found[0], found[1], known), rows))
        bad += [(line, why, "") for (line, _), why in zip(rows, outcomes, strict=True) if why not in ("new", "known")]
        tables.put_refused(self.import_id, bad)
        return outcomes.count("new"), outcomes.count("known"), len(bad)

    def _read(self, text: bytes) -> Row:
        row = rules.read_row(text, self.names, self.now)
        if row.channel_id and not self._is_channel(row.channel_id):
            raise Refused("unknown_channel", "channel_id")
        return row

    def _write(self, line: int, row: Row, known: dict[str, Owner]) -> str:
        """`new`, `known`, or why the row is refused."""
        trace = f"{self.import_id}:{line}"
        try:
            person = recognise(
                row.identities,
                channel_id=row.channel_id or self.channel_id or None,
                origin="import",
                origin_key=trace,
                now=row.joined_at or self.now,
                known=known,
                by_hand=True,
            )
            if row.account:
                system, _, account = row.account.partition(":")
                service.link_account(person.member_id, system, account, self.now)
        except SiyuError as error:
            return _REASONS.get(error.code, error.code)
        return "new" if person.is_new or person.profile.get("origin_key") == trace else "known"

    def _is_channel(self, channel_id: str) -> bool:
        if channel_id not in self.channels:
            try:
                brand.get_channel(channel_id)
            except SiyuError:
                self.channels[channel_id] = False
            else:
                self.channels[channel_id] = True
        return self.channels[channel_id]


def _found(import_id: str) -> Item:
    row = tables.find(import_id)
    if row is None:
        raise not_found("import", import_id)
    return row
