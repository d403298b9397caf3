"""Faults that were asked for: the next n calls below a path go wrong in a given way."""

from .errors import ControlRefusal
from .store import Row, Store

NOT_EXECUTED = ("http_500", "errcode", "timeout_before")
MODES = (*NOT_EXECUTED, "timeout_after", "slow")

_HOLD_SECONDS = 6.0
_SLOW_SECONDS = 2.0


def add(store: Store, path: str, mode: str, times: int, errcode: str | None, seconds: float | None) -> None:
    """Faults are taken in the order in which they were added."""
    if not path.startswith("/") or path.startswith("/_control"):
        raise ControlRefusal("path: a prefix of an API path, beginning with / (controls have no faults)")
    if mode not in MODES:
        raise ControlRefusal(f"mode: one of {', '.join(MODES)}")
    store.run(
        "INSERT INTO faults(path, mode, times, errcode, seconds) VALUES(?, ?, ?, ?, ?)",
        path, mode, times, errcode, seconds,
    )  # fmt: skip


def take(store: Store, path: str) -> Row | None:
    """The first fault that still waits for this path, one time less now."""
    with store.transaction():
        fault = store.one(
            "SELECT * FROM faults WHERE times > 0 AND substr(?, 1, length(path)) = path ORDER BY id LIMIT 1", path
        )
        if fault:
            store.run("UPDATE faults SET times = times - 1 WHERE id = ?", fault["id"])
    return fault


def seconds(fault: Row) -> float:
    """How long this fault holds the call."""
    default = _SLOW_SECONDS if fault["mode"] == "slow" else _HOLD_SECONDS
    return float(default if fault["seconds"] is None else fault["seconds"])


def clear(store: Store) -> int:
    """Remove all; how many were still waiting."""
    waiting = store.number("SELECT count(*) FROM faults WHERE times > 0")
    store.run("DELETE FROM faults")
    return waiting
