"""What was measured beside what it may cost: the table, and build/bench.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.measuring import Figures


class Budget(NamedTuple):
    """The most an operation may take, and its floor in words. `per_kb`: WRU grow with the item's size."""

    wru: float
    rru: float
    floor: str
    per_kb: bool = False


BUDGETS = {
    "mint_1000_codes": Budget(2, 0, "0 per code"),
    "scan": Budget(1, 0.5, "1 / 0"),
    "scan_shared": Budget(1, 0, "1 / 0"),
    "login": Budget(4, 1, "3"),
    "join": Budget(1, 0.5, "1"),
    "draw": Budget(1, 0.5, "1 / 0.5"),
    "touch": Budget(1, 0, "1"),
    "order": Budget(1, 1.5, "1 / 0.5", per_kb=True),
    "refund": Budget(1, 0, "1", per_kb=True),
    "payout": Budget(6, 1, "4"),
    "push_per_recipient": Budget(1, 0.5, "1"),
}
PAGE_WRU = 12
"""Beside one per recipient, for a page of 500."""
CALLS_WECHAT = ("payout", "push_per_recipient")
"""No requests but work in the background, most of whose CPU goes into signing and sending to WeChat."""
CPU_RATIO = 2.0
IMPORT_RATIO = 1.5

HEAD = ("operation", "WRU", "budget", "RRU", "budget", "floor", "AWS calls", "CPU ms", "× bare", "")
ROW = "  {:<20} {:>7} {:>7} {:>6} {:>7} {:>11} {:>10} {:>8} {:>7}  {}"


def head() -> str:
    """The table's first line."""
    return ROW.format(*HEAD)


def line(key: str, found: Figures, notes: Mapping[str, float]) -> str:
    """One operation's line, and one more for what its page costs."""
    budget = BUDGETS[key]
    own = ROW.format(
        key,
        f"{found.wru:g}",
        f"{allowed_wru(budget, found):g}",
        f"{found.rru:g}",
        f"{budget.rru:g}",
        budget.floor,
        f"{found.aws_calls:g}",
        f"{found.cpu_ms:.1f}",
        f"{found.cpu_ratio_to_bare:.2f}",
        verdict(key, found, notes),
    )
    if "page_overhead_wru" not in notes:
        return own
    return f"""{own}
    beside the recipients: {_overhead("page", notes)} a page of {notes["recipients"]:g} (budget {PAGE_WRU} WRU), \
{_overhead("push", notes)} a push"""


def _overhead(of: str, notes: Mapping[str, float]) -> str:
    return f"{notes[f'{of}_overhead_wru']:g} WRU, {notes[f'{of}_overhead_rru']:g} RRU"


def verdict(key: str, found: Figures, notes: Mapping[str, float]) -> str:
    """`ok`, or what is over."""
    budget = BUDGETS[key]
    over = [
        name
        for name, is_over in (
            ("WRU", found.wru > allowed_wru(budget, found)),
            ("RRU", found.rru > budget.rru),
            ("page", notes.get("page_overhead_wru", 0) > PAGE_WRU),
            ("CPU", found.cpu_ratio_to_bare > CPU_RATIO and key not in CALLS_WECHAT),
        )
        if is_over
    ]
    return f"over: {', '.join(over)}" if over else "ok"


def allowed_wru(budget: Budget, found: Figures) -> float:
    """The budget for an item of this size."""
    return round(budget.wru * (max(1, ceil(found.item_wru)) if budget.per_kb else 1), 3)


def write(path: Path, measured: Mapping[str, Figures], notes: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
    """build/bench.json: what callers rely on, and beside it the worst of each and the notes.

    `whole`: figures of no single operation, such as `import_ratio`.
    """
    operations = {key: {**found._asdict(), **notes.get(key, {})} for key, found in measured.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"operations": operations, **whole}, indent=2) + "\n")
