"""What the routes of imports take and answer."""

from __future__ import annotations

from chalicelib.runtime.http import Answer, Body


class NewImport(Body):
    """Existing members to bring in; `channel_id` is theirs unless a row names another."""

    channel_id: str | None = None


class Upload(Answer):
    """PUT the CSV to `upload_url` within an hour, then POST …/start.

    The first line names the columns: unionid, openid, external_userid, phone (one of these at least), account
    (`<system>:<id>`), channel_id, joined_at. A row is one line.
    """

    import_id: str
    upload_url: str


class Import(Answer):
    """How an import stands: `waiting`, `planning`, `running`, `done` or `refused`."""

    import_id: str
    state: str
    rows: int
    done: int
    created: int
    known: int
    refused: int
    reason: str | None


class RefusedRow(Answer):
    """A line of the file that was not imported, and why."""

    line: int
    reason: str
    column: str | None
