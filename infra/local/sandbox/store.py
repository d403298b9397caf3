"""The sandbox's state: one SQLite file, one connection, one writer at a time."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS people(
  external_userid TEXT PRIMARY KEY, unionid TEXT NOT NULL UNIQUE, phone TEXT NOT NULL, name TEXT NOT NULL,
  corp_knows INTEGER NOT NULL, oa_openid TEXT);
CREATE INDEX IF NOT EXISTS people_by_phone ON people(phone);
CREATE TABLE IF NOT EXISTS openids(
  openid TEXT PRIMARY KEY, external_userid TEXT NOT NULL, subscriptions INTEGER NOT NULL, app_knows INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS openids_by_person ON openids(external_userid);
CREATE TABLE IF NOT EXISTS codes(
  code TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, created_at REAL NOT NULL, used_at REAL);
CREATE INDEX IF NOT EXISTS codes_by_subject ON codes(kind, subject, used_at);
CREATE TABLE IF NOT EXISTS tokens(
  token TEXT PRIMARY KEY, kind TEXT NOT NULL, issued_at REAL NOT NULL, expires_at REAL NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS forced_refreshes(at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS links(
  link_id TEXT PRIMARY KEY, path TEXT NOT NULL, query TEXT NOT NULL, env_version TEXT NOT NULL,
  expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS staff(
  userid TEXT PRIMARY KEY, name TEXT NOT NULL, active INTEGER NOT NULL, real_name INTEGER NOT NULL,
  own_welcome INTEGER NOT NULL, resigned_at REAL);
CREATE TABLE IF NOT EXISTS contact_ways(
  config_id TEXT PRIMARY KEY, content TEXT NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS contacts(
  external_userid TEXT NOT NULL, userid TEXT NOT NULL, state TEXT NOT NULL, add_way INTEGER NOT NULL,
  created_at REAL NOT NULL, one_way INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(external_userid, userid));
CREATE INDEX IF NOT EXISTS contacts_by_staff ON contacts(userid, external_userid);
CREATE TABLE IF NOT EXISTS welcome_codes(
  code TEXT PRIMARY KEY, external_userid TEXT NOT NULL, userid TEXT NOT NULL, created_at REAL NOT NULL,
  used_at REAL);
CREATE TABLE IF NOT EXISTS messages(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, openid TEXT, external_userid TEXT, userid TEXT, msgid TEXT,
  content TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tag_groups(group_id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, position INTEGER,
  created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tags(
  tag_id TEXT PRIMARY KEY, group_id TEXT NOT NULL, name TEXT NOT NULL, position INTEGER,
  created_at REAL NOT NULL, UNIQUE(group_id, name));
CREATE TABLE IF NOT EXISTS contact_tags(
  external_userid TEXT NOT NULL, userid TEXT NOT NULL, tag_id TEXT NOT NULL,
  PRIMARY KEY(external_userid, userid, tag_id));
CREATE TABLE IF NOT EXISTS mass(
  msgid TEXT PRIMARY KEY, content TEXT NOT NULL, created_at REAL NOT NULL, cancelled INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS mass_targets(
  msgid TEXT NOT NULL, userid TEXT NOT NULL, external_userid TEXT NOT NULL, status INTEGER NOT NULL DEFAULT 0,
  sent_at REAL, PRIMARY KEY(msgid, userid, external_userid));
CREATE INDEX IF NOT EXISTS mass_by_customer ON mass_targets(external_userid, status, sent_at);
CREATE TABLE IF NOT EXISTS handovers(
  id INTEGER PRIMARY KEY, external_userid TEXT NOT NULL, handover_userid TEXT NOT NULL,
  takeover_userid TEXT NOT NULL, resigned INTEGER NOT NULL, status INTEGER NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS groups(
  chat_id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, created_at REAL NOT NULL,
  version INTEGER NOT NULL DEFAULT 1, dismissed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS group_members(
  chat_id TEXT NOT NULL, external_userid TEXT NOT NULL, state TEXT NOT NULL, joined_at REAL NOT NULL,
  PRIMARY KEY(chat_id, external_userid));
CREATE TABLE IF NOT EXISTS transfers(
  out_bill_no TEXT PRIMARY KEY, transfer_bill_no TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL,
  openid TEXT NOT NULL, amount_fen INTEGER NOT NULL, remark TEXT NOT NULL, user_name TEXT NOT NULL,
  notify_url TEXT NOT NULL, package_info TEXT NOT NULL, state TEXT NOT NULL, fail_reason TEXT NOT NULL,
  created_at REAL NOT NULL, updated_at REAL NOT NULL, notification_id TEXT NOT NULL, moves_at REAL,
  forgotten INTEGER NOT NULL DEFAULT 0, notify_at REAL, notified INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS transfers_by_notice ON transfers(notify_at) WHERE notify_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS transfers_by_state ON transfers(state, updated_at);
CREATE TABLE IF NOT EXISTS create_requests(out_bill_no TEXT PRIMARY KEY, requests INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS ledger(
  out_bill_no TEXT PRIMARY KEY, openid TEXT NOT NULL, amount_fen INTEGER NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS faults(
  id INTEGER PRIMARY KEY, path TEXT NOT NULL, mode TEXT NOT NULL, times INTEGER NOT NULL, errcode TEXT,
  seconds REAL);
CREATE TABLE IF NOT EXISTS calls(
  id INTEGER PRIMARY KEY, host TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, at REAL NOT NULL,
  status INTEGER, result, fault TEXT);
"""

# Counts up whenever a table changes its shape.
_VERSION = 5

# Where the callbacks go belongs to the machine, not to the data.
_KEPT_ON_RESET = ("settings",)

Row = sqlite3.Row


class OutdatedState(Exception):
    """The state on disk has tables of another shape."""


class Store:
    """Rows of the sandbox. Every method may be called from any thread."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(directory / "sandbox.sqlite3", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        # NORMAL loses nothing when the process is killed; only a power cut may lose the last moments.
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
        self._check_version(directory)
        self._db.executescript(f"{_SCHEMA} PRAGMA user_version={_VERSION};")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one at a time; an inner transaction joins the outer one."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._end("ROLLBACK")
                raise
            self._end("COMMIT")

    def all(self, sql: str, *values: Any) -> list[Row]:
        """Every row that the statement gives."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> Row | None:
        """The first row, or None."""
        rows = self.all(sql, *values)
        return rows[0] if rows else None

    def run(self, sql: str, *values: Any) -> int:
        """Execute a change; the number of rows it touched."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def number(self, sql: str, *values: Any) -> int:
        """The single number of a COUNT or SUM; NULL counts as 0."""
        row = self.one(sql, *values)
        return int(row[0] or 0) if row else 0

    def reset(self) -> None:
        """Empty every table but the settings."""
        with self.transaction():
            for row in self.all("SELECT name FROM sqlite_master WHERE type = 'table'"):
                if row["name"] not in _KEPT_ON_RESET:
                    self._db.execute(f'DELETE FROM "{row["name"]}"')  # noqa: S608 - names come from the schema

    def setting(self, name: str) -> str | None:
        """A setting's value, or None."""
        row = self.one("SELECT value FROM settings WHERE name = ?", name)
        return str(row["value"]) if row else None

    def set_setting(self, name: str, value: str) -> None:
        """Write a setting."""
        self.run("INSERT OR REPLACE INTO settings VALUES(?, ?)", name, value)

    def unset(self, name: str) -> None:
        """Forget a setting."""
        self.run("DELETE FROM settings WHERE name = ?", name)

    def close(self) -> None:
        """Close the file; what was committed stays."""
        with self._lock:
            self._db.close()

    def _check_version(self, directory: Path) -> None:
        written = self.number("PRAGMA user_version")
        if written != _VERSION and self.number("SELECT count(*) FROM sqlite_master"):
            self.close()
            raise OutdatedState(f"{directory} was written by another version of the sandbox: remove it (make reset)")

    def _end(self, verb: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._db.execute(verb)
