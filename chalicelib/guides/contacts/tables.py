"""The conditional writes on contacts and callbacks: all of them may come twice and in any order."""

from __future__ import annotations

import secrets
from typing import Final, NamedTuple

from chalicelib.guides.models import (
    Contact,
    Loss,
    Mark,
    UnknownEvent,
)
from chalicelib.kernel.clock import DAY, Millis
from chalicelib.kernel.text import userid_key
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome

MARK_LIFETIME: Final = 2 * DAY


KEPT_LIFETIME: Final = 30 * DAY


class ContactState(NamedTuple):
    """How a member and a customer stand: `relation` since the second `at`, by the event with the digest `by`."""

    relation: str
    at: int
    by: str


def put_relation(contact: str, userid: str, external_userid: str, found: ContactState) -> Outcome:
    """The state as a newer event says it. Settles events out of order: an older one changes nothing.

    Not done: `item` has the state as it stands, which may be this very event's from an earlier delivery.
    """
    return dynamo.update(
        Contact,
        f"CONTACT#{contact}",
        userid_key(userid),
        "SET rel = :rel, ct = :ct, #by = :by, xu = :xu",
        condition="attribute_not_exists(ct) OR ct < :ct",
        names={"#by": "by"},
        values={":rel": found.relation, ":ct": found.at, ":by": found.by, ":xu": external_userid},
        returns="ALL_NEW",
    )


def put_truth(contact: str, userid: str, found: ContactState) -> Item:
    """What WeCom itself says, when two events have the same second; a newer event's state stands."""
    return dynamo.update(
        Contact,
        f"CONTACT#{contact}",
        userid_key(userid),
        "SET rel = :rel, #by = :by",
        condition="ct = :ct",
        names={"#by": "by"},
        values={":rel": found.relation, ":ct": found.at, ":by": found.by},
        returns="ALL_NEW",
    ).item


def relation(contact: str, userid: str) -> Item | None:
    """How the two stand: 0.5 RRU."""
    return dynamo.get(Contact, f"CONTACT#{contact}", userid_key(userid))


def external_userid(contact: str, userid: str) -> str | None:
    """WeCom's id of a customer, which its calls need; None when the member never had the customer."""
    found = relation(contact, userid)
    return str(found["xu"]) if found else None


def state_of(item: Item) -> ContactState:
    """A contact's row as a value."""
    return ContactState(item["rel"], item["ct"], item["by"])


def is_marked(digest: str) -> bool:
    """Whether this callback is on the queue already: 0.5 RRU."""
    return dynamo.get(Mark, f"SEEN#{digest}", "SEEN") is not None


def mark(digest: str, now: Millis) -> bool:
    """True for the one who greets. Settles two deliveries of one callback at the same instant."""
    # The same write that boto3 sent twice meets its own trace.
    by = secrets.token_hex(8)
    row = {"pk": f"SEEN#{digest}", "sk": "SEEN", "by": by, "expires": (now + MARK_LIFETIME) // 1000}
    outcome = dynamo.put_once(Mark, row)
    return outcome.done or outcome.item.get("by") == by


def put_loss(contact: str, userid: str, at: int, relation: str, moved: bool) -> Item:
    """A loss as it stands: written now, or by an earlier delivery."""
    row = {"pk": f"LOST#{contact}", "sk": _loss_sk(userid, at), "rel": relation, "moved": moved}
    outcome = dynamo.put_once(Loss, row)
    return row if outcome.done else outcome.item


def losses(contact: str, userid: str) -> list[Item]:
    """Every time the member lost the customer: 0.5 RRU."""
    return list(dynamo.every(Loss, f"LOST#{contact}", prefix=f"{userid_key(userid)}#"))


def mark_alerted(contact: str, userid: str, at: int) -> None:
    """The guide was told of the loss."""
    dynamo.update(Loss, f"LOST#{contact}", _loss_sk(userid, at), "SET told = :yes", values={":yes": True})


def save_event(digest: str, fields: dict[str, str], now: Millis) -> None:
    """Keep a callback that is not understood, for a month: it may name a customer."""
    import msgspec

    text = msgspec.json.encode(fields).decode()
    row = {"pk": f"KEPT#{digest}", "sk": "KEPT", "fields": text, "expires": (now + KEPT_LIFETIME) // 1000}
    dynamo.put_once(UnknownEvent, row)


def _loss_sk(userid: str, at: int) -> str:
    return f"{userid_key(userid)}#{at:011d}"
