"""The conditional writes on a push's pages: made once, worked on by one, folded in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from chalicelib.kernel.clock import Millis
from chalicelib.pushes import models as pushes_models
from chalicelib.pushes import rules
from chalicelib.pushes import tables as pushes_tables
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome

LOOK_AHEAD: Final = 100
"""Pages whose progress is read at once."""
_PROGRESS: Final = "PROG#"


def page_id_of(number: int) -> str:
    """`7` → `"00007"`, which sorts."""
    return f"{number:05d}"


def put_page(push_id: str, number: int, members: bytes, following: str | None) -> Item:
    """The page of that number: the first planner's stands, and with it where the next page begins."""
    item = {"pk": pushes_tables.push_key(push_id), "sk": f"PAGE#{page_id_of(number)}", "m": members, "next": following}
    outcome = dynamo.put_once(pushes_models.AudiencePage, item)
    return item if outcome.done else outcome.item


def get_page(push_id: str, page_id: str) -> Item | None:
    """A page of recipients."""
    return dynamo.get(pushes_models.AudiencePage, pushes_tables.push_key(push_id), f"PAGE#{page_id}")


def advance(push_id: str, run: Item, following: str | None, pages: int, members: int, now: Millis) -> Item:
    """Note a step of the plan; the run as it is then.

    Settles two planners: only the step from the page and cursor that it was made from is noted. `c` is absent at
    the start, so it is compared as it was read.
    """
    values: Item = {":n": run["n"], ":pages": run["n"] + pages, ":k": members, ":p": following is None, ":now": now}
    same = "c = :c" if run.get("c") else "attribute_not_exists(c)"
    if run.get("c"):
        values[":c"] = run["c"]
    if following is not None:
        values[":next"] = following
    outcome = dynamo.update(
        pushes_models.Run,
        pushes_tables.push_key(push_id),
        "RUN",
        f"SET n = :pages, p = :p, #at = :now{', c = :next' if following is not None else ''} ADD a :k",
        condition=f"n = :n AND p = :open AND {same}",
        names={"#at": "at"},
        values={**values, ":open": False},
        returns="ALL_NEW",
    )
    return outcome.item


def lease(push_id: str, page_id: str, token: str, size: int, now: Millis, until: Millis) -> Outcome:
    """Take a page for one worker. Settles workers on one page: one has it until its time is over or it lets go."""
    return dynamo.update(
        pushes_models.Progress,
        pushes_tables.push_key(push_id),
        f"PROG#{page_id}",
        "SET own = :token, #until = :until, st = if_not_exists(st, :blank), bad = if_not_exists(bad, :none)",
        condition="attribute_not_exists(done) AND (attribute_not_exists(own) OR own = :token OR #until <= :now)",
        names={"#until": "until"},
        values={
            ":token": token,
            ":until": until,
            ":now": now,
            ":blank": rules.PENDING * size,
            ":none": 0,
        },
        returns="ALL_NEW",
    )


def save(push_id: str, page_id: str, token: str, status: str, bad: int, now: Millis) -> bool:
    """Write a page's outcomes down and let go of it; it is done when nobody is pending.

    Settles a worker that was too slow: the lease is somebody else's then, and its outcomes are not written over.
    """
    over = rules.PENDING not in status
    outcome = dynamo.update(
        pushes_models.Progress,
        pushes_tables.push_key(push_id),
        f"PROG#{page_id}",
        f"SET st = :st, #until = :now, bad = :bad{', done = :over' if over else ''}",
        condition="own = :token AND attribute_not_exists(done)",
        names={"#until": "until"},
        values={":st": status, ":now": now, ":bad": bad, ":token": token, **({":over": True} if over else {})},
    )
    return outcome.done


def next_progress(push_id: str, page: int) -> list[Item]:
    """Progress of the next `LOOK_AHEAD` pages behind that number, in order (strong)."""
    pk, after = pushes_tables.push_key(push_id), _progress_sk(page)
    return dynamo.first(pushes_models.Progress, pk, LOOK_AHEAD, prefix=_PROGRESS, after=after, strong=True)


def every_progress(push_id: str, page: int) -> Iterator[Item]:
    """Progress of every page behind that number, in order (strong)."""
    pk, after = pushes_tables.push_key(push_id), _progress_sk(page)
    return dynamo.every(pushes_models.Progress, pk, prefix=_PROGRESS, after=after, strong=True)


def fold(push_id: str, seen: int, last: int, counts: Mapping[str, int], now: Millis) -> Outcome:
    """Add the outcomes of pages seen+1 … last to the push. Settles two workers: each page is added once, in order.

    The answer shows plan and counts as of one moment, so the later one of last fold and end of plan sees both.
    """
    adds = ", ".join(f"z{letter} :{letter}" for letter in counts)
    return dynamo.update(
        pushes_models.Run,
        pushes_tables.push_key(push_id),
        "RUN",
        f"SET f = :last, #at = :now ADD {adds}",
        condition="f = :seen",
        names={"#at": "at"},
        values={
            ":last": last,
            ":seen": seen,
            ":now": now,
            **{f":{letter}": number for letter, number in counts.items()},
        },
        returns="ALL_NEW",
    )


def _progress_sk(page: int) -> str:
    return f"{_PROGRESS}{page_id_of(page)}"
