"""What an operator did, for the audit trail: who, when, by which route, on which ids, and nothing personal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from chalicelib.kernel.clock import Millis
from chalicelib.runtime.auth import Caller

WATCHED: Final = frozenset({"admin", "manager"})
_MOST_IDS: Final = 20
_LONGEST: Final = 64
# Ours only: an order's id or a staff member's note is the sender's own text.
_OURS: Final = re.compile(r"[a-z]{3}_[0-9A-Z]{26}")


class AuditRecord(msgspec.Struct, frozen=True):
    """One action that took effect. `ids`: those of the path, then ours in body and answer, 20 at most."""

    at: Millis
    who: str
    role: str
    method: str
    route: str
    ids: list[str]
    request_id: str


def audit_record_of(
    caller: Caller, method: str, route: str, path: dict[str, str], parts: tuple[Any, ...], request_id: str, now: Millis
) -> AuditRecord:
    """The audit record of a request; `parts`: body and answer, whose fields named `…_id` and `…_ids` are looked at."""
    found = [value[:_LONGEST] for value in path.values()]
    found += [each for part in parts for each in _ids_in(part)]
    return AuditRecord(now, caller.id, caller.role, method, route, list(dict.fromkeys(found))[:_MOST_IDS], request_id)


def _ids_in(part: Any) -> Iterator[str]:
    if not isinstance(part, msgspec.Struct):
        return
    for name in part.__struct_fields__:
        value = getattr(part, name)
        if name.endswith("_id") and _is_ours(value):
            yield value
        elif name.endswith("_ids") and isinstance(value, list):
            yield from (each for each in value if _is_ours(each))


def _is_ours(value: Any) -> bool:
    return isinstance(value, str) and _OURS.fullmatch(value) is not None
