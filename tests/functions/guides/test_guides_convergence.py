"""Contact events, shuffled and repeated (a thousand in `make soak`), end as the ordered, single ones."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.functions.guides.conftest import records
from tests.sizes import size

CHANGES = (
    "add_external_contact",
    "add_external_contact",
    "add_half_external_contact",
    "edit_external_contact",
    "del_follow_user",
    "del_external_contact",
)
BEGIN = 1_700_000_000
CUSTOMERS, EVENTS, REPEATS = size(3, soak=8), size(40, soak=200), size(2, soak=5)


def story(rng: random.Random, guides: list[dict[str, Any]]) -> list[tuple[int, str, int, int]]:
    """(customer, change, guide, second): no two of one guide and customer in the same second."""
    chosen = rng.sample(range(BEGIN, BEGIN + 10_000), EVENTS)
    return [
        (rng.randrange(CUSTOMERS), rng.choice(CHANGES), rng.randrange(len(guides)), second) for second in sorted(chosen)
    ]


def callbacks(
    events: list[tuple[int, str, int, int]], guides: list[dict[str, Any]], customers: list[dict[str, str]]
) -> list[str]:
    told = []
    for customer, change, guide, second in events:
        fields = {
            "Event": "change_external_contact",
            "ChangeType": change,
            "UserID": guides[guide]["userid"],
            "ExternalUserID": customers[customer]["external_userid"],
            "CreateTime": str(second),
        }
        digest = f"{change}-{fields['UserID']}-{fields['ExternalUserID']}-{second}"
        data = {"fields": fields, "digest": digest}
        told.append(json.dumps({"event_id": digest, "type": "wecom.callback", "at": 1, "data": data}))
    return told


def end_of(customers: list[dict[str, str]], guides: list[dict[str, Any]]) -> list[Any]:
    """What events decide: relations, whose each customer was at every moment, lists and timelines."""
    from chalicelib.guides.bindings import rules as binding_rules
    from chalicelib.guides.bindings import service as bindings
    from chalicelib.guides.contacts import keys
    from chalicelib.guides.contacts import tables as contact_tables
    from chalicelib.guides.rosters import tables as rosters_tables
    from chalicelib.members import service as members

    found: list[Any] = []
    for customer in customers:
        member_id = members.member_of("external_userid", customer["external_userid"])
        if member_id is None:
            found.append(None)
            continue
        contact = keys.contact_key(customer["external_userid"])
        rows = [contact_tables.relation(contact, guide["userid"]) for guide in guides]
        lists = [rosters_tables.roster_row(guide["sk"], member_id) or {} for guide in guides]
        timeline = members.newest_of_timeline(members.current(member_id), 200)
        found.append(
            (
                [row and (row["rel"], row["ct"]) for row in rows],
                [(row.get("followed"), row.get("fct")) for row in lists],
                [(row.guide_id, row.at) for row in binding_rules.intervals(bindings.history(member_id))],
                sorted((row["kind"], row["at"]) for row in timeline if row["kind"] != "joined"),
            )
        )
    return found


@pytest.mark.soak
def test_shuffled_and_repeated_events_end_as_the_ordered_ones(sandbox: Any, new_guide: Any) -> None:
    from functions.guides_contacts import guides_contacts

    rng, guides = random.Random(1), [new_guide() for _ in range(3)]
    events = story(rng, guides)
    crowds = [[sandbox.customer() for _ in range(CUSTOMERS)] for _ in range(2)]
    shuffled = events * REPEATS
    rng.shuffle(shuffled)

    def deliver(told: list[str]) -> list[Any]:
        return list(guides_contacts(records(told), None)["batchItemFailures"])

    assert deliver(callbacks(events, guides, crowds[0])) == []
    told = callbacks(shuffled, guides, crowds[1])
    with ThreadPoolExecutor(3) as workers:
        failed = list(workers.map(deliver, (told[start : start + 10] for start in range(0, len(told), 10))))

    assert len(told) == EVENTS * REPEATS
    assert not any(failed)
    assert end_of(crowds[1], guides) == end_of(crowds[0], guides)
