"""Counting what became of a push: every page once, in order, however often it was delivered."""

from __future__ import annotations

from collections import Counter
from itertools import takewhile

from chalicelib.kernel.clock import Millis
from chalicelib.pushes import rules
from chalicelib.pushes import tables as pushes_tables
from chalicelib.pushes.delivery import tables
from chalicelib.runtime.dynamo import Item


def fold(push_id: str, now: Millis) -> None:
    """Add the finished pages behind the folded ones to the push's counts, and end the push after the last one.

    Whoever finishes a page calls this after writing it down, so the last one folds all that is left.
    """
    while True:
        run = pushes_tables.get_run(push_id)
        rows = tables.next_progress(push_id, run["f"])
        ended = [row for _, row in takewhile(_is_next, enumerate(rows, run["f"] + 1))]
        if not ended:
            finish_if_over(push_id, run)
            return
        counts = rules.counts_of(row["st"] for row in ended)
        folded = tables.fold(push_id, run["f"], run["f"] + len(ended), counts, now)
        # A page that ended since we looked is folded by its own worker, who looks after writing it down.
        if folded.done and len(ended) < tables.LOOK_AHEAD:
            finish_if_over(push_id, folded.item)
            return


def finish_if_over(push_id: str, run: Item) -> bool:
    """`done`, once the audience is complete and every page is folded; whether that is so."""
    over = bool(run["p"]) and run["f"] == run["n"]
    if over:
        pushes_tables.change_state(push_id, ["sending"], "done")
    return over


def counts(push_id: str, run: Item) -> Counter[str]:
    """Recipients by outcome: the folded pages and what the others have written down so far."""
    folded = Counter({letter: run.get(f"z{letter}", 0) for letter in rules.OUTCOMES})
    return folded + rules.counts_of(row["st"] for row in tables.every_progress(push_id, run["f"]))


def _is_next(numbered: tuple[int, Item]) -> bool:
    number, row = numbered
    return bool(row.get("done")) and row["sk"] == f"PROG#{tables.page_id_of(number)}"
