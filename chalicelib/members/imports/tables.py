"""The rows of an import: itself, its parts with how far each is, and the rows that were refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalicelib.members.identity.merge_tables import change
from chalicelib.members.imports.rules import Part
from chalicelib.members.models import Import, ImportPart, RefusedRow
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Page


def import_key(import_id: str) -> str:
    """pk of all of an import."""
    return f"IMPORT#{import_id}"


def create(import_id: str, fields: Item) -> Item:
    """An import, or what an earlier try with the id wrote."""
    item = {"pk": import_key(import_id), "sk": "IMPORT", "st": "waiting", **fields}
    outcome = dynamo.put_once(Import, item)
    return item if outcome.done else outcome.item


def find(import_id: str) -> Item | None:
    """An import, read strongly."""
    return dynamo.get(Import, import_key(import_id), "IMPORT", strong=True)


def step(import_id: str, source: str, target: str, **facts: str | int) -> Item:
    """Take an import on; the row as it stands. Settles two starts, or two planners: one takes it on."""
    sets = "".join(f", #{name} = :{name}" for name in facts)
    return dynamo.update(
        Import,
        import_key(import_id),
        "IMPORT",
        f"SET st = :to{sets}",
        condition="st = :from",
        names={f"#{name}": name for name in facts},
        values={":to": target, ":from": source, **{f":{name}": value for name, value in facts.items()}},
        returns="ALL_NEW",
    ).item


def put_part(import_id: str, number: int, part: Part) -> None:
    """A part; a planner that comes again writes the same."""
    fields = {"f": part.start, "t": part.end, "l": part.first_line, "n": part.lines, "d": 0}
    dynamo.put_once(ImportPart, {"pk": import_key(import_id), "sk": part_key(number), **fields})


def part_key(number: int) -> str:
    """sk of a part."""
    return f"P#{number:06d}"


def find_part(import_id: str, number: int) -> Item | None:
    """A part, read strongly."""
    return dynamo.get(ImportPart, import_key(import_id), part_key(number), strong=True)


def parts(import_id: str) -> Iterator[Item]:
    """Every part."""
    return dynamo.every(ImportPart, import_key(import_id), prefix="P#", strong=True)


def advance(part: Item, lines: int, new: int, known: int, bad: int) -> Item:
    """Note that the next `lines` lines are done. Settles two workers on one part: each line is counted once."""
    return dynamo.update(
        ImportPart,
        part["pk"],
        part["sk"],
        "SET d = :next ADD #new :new, known :known, bad :bad",
        condition="d = :seen",
        names={"#new": "new"},
        values={":seen": part["d"], ":next": part["d"] + lines, ":new": new, ":known": known, ":bad": bad},
        returns="ALL_NEW",
    ).item


def close_part(part: Item) -> None:
    """Count a part that is done, once."""
    dynamo.transact(
        [
            change(part["pk"], part["sk"], "SET fin = :yes", "d = n AND attribute_not_exists(fin)", {":yes": 1}),
            change(part["pk"], "IMPORT", "ADD fin :one", "attribute_exists(pk)", {":one": 1}),
        ]
    )


def put_refused(import_id: str, refused: Sequence[tuple[int, str, str]]) -> None:
    """Lines that were not imported: number, reason, column. The same line twice is one row."""
    for line, why, column in refused:
        sk = f"X#{line:09d}"
        dynamo.put_once(RefusedRow, {"pk": import_key(import_id), "sk": sk, "why": why, "column": column or None})


def refused_page(import_id: str, limit: int, cursor: str | None) -> Page:
    """Refused lines in the file's order."""
    return dynamo.page(RefusedRow, import_key(import_id), prefix="X#", limit=limit, cursor=cursor)
