"""Reading the rows of an import: what a line of the CSV says, and why one is refused. Pure functions of values."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from chalicelib.kernel.clock import Millis, from_rfc3339
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.privacy import canonical_phone
from chalicelib.kernel.text import read

IDENTITIES: Final = ("unionid", "openid", "external_userid", "phone")
COLUMNS: Final = (*IDENTITIES, "account", "channel_id", "joined_at")
ROWS_A_PART: Final = 2_000
LONGEST_LINE: Final = 4_096
_BOM: Final = "\ufeff"
_WECHAT_ID: Final = re.compile(r"[0-9A-Za-z_-]{6,64}")
_ACCOUNT: Final = re.compile(r"[a-z][a-z0-9_]{0,31}:.{1,64}")


class Refused(Exception):
    """A row that is not imported: `reason` is a code, `column` the one at fault. No value of the row is kept."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column


class Row(NamedTuple):
    """What a line says of a member."""

    identities: dict[str, str]
    account: str
    channel_id: str
    joined_at: Millis | None


class Part(NamedTuple):
    """A stretch of whole lines: bytes [start, end), the number of the first line, how many there are."""

    start: int
    end: int
    first_line: int
    lines: int


def read_header(line: bytes) -> list[str]:
    """The columns of a file; `Refused` for a file that cannot be an import."""
    names = [name.lower() for name in _cells(line)]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or len(set(names)) < len(names) or not set(names) & set(IDENTITIES):
        raise Refused("bad_header")
    return names


def read_row(line: bytes, names: Sequence[str], now: Millis) -> Row:
    """A line as a row; `Refused` for one that says nothing, or something that cannot be."""
    cells = _cells(line)
    if len(cells) != len(names):
        raise Refused("wrong_number_of_columns")
    said = dict(zip(names, cells, strict=True))
    identities = {kind: _identity(kind, said[kind]) for kind in IDENTITIES if said.get(kind)}
    if not identities:
        raise Refused("no_identity")
    account = said.get("account", "")
    if account and not _ACCOUNT.fullmatch(account):
        raise Refused("bad_account", "account")
    return Row(identities, account, said.get("channel_id", ""), _joined(said.get("joined_at", ""), now))


def parts_of(lines: Iterator[bytes], header_bytes: int) -> Iterator[Part]:
    """Cut the lines behind the header into parts of `ROWS_A_PART`. The header is line 1."""
    start = end = header_bytes
    first, number = 2, 0
    for line in lines:
        end += len(line)
        number += 1
        if number == ROWS_A_PART:
            yield Part(start, end, first, number)
            start, first, number = end, first + number, 0
    if number:
        yield Part(start, end, first, number)


def _cells(line: bytes) -> list[str]:
    if len(line) > LONGEST_LINE:
        raise Refused("line_too_long")
    try:
        cells = next(csv.reader([line.decode().removeprefix(_BOM).rstrip("\r\n")], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused("unreadable") from error
    return [read("reference", cell) for cell in cells]


def _identity(kind: str, value: str) -> str:
    if kind != "phone":
        if not _WECHAT_ID.fullmatch(value):
            raise Refused("bad_identity", kind)
        return value
    try:
        return canonical_phone(value)
    except SiyuError as error:
        raise Refused("bad_phone", kind) from error


def _joined(text: str, now: Millis) -> Millis | None:
    if not text:
        return None
    try:
        moment = from_rfc3339(text, "joined_at")
    except SiyuError as error:
        raise Refused("bad_time", "joined_at") from error
    if moment > now:
        raise Refused("bad_time", "joined_at")
    return moment
