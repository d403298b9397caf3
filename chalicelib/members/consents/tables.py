"""The writes and reads of consents."""

from __future__ import annotations

from chalicelib.kernel.clock import Millis
from chalicelib.members.consents import rules
from chalicelib.members.models import Consent, Profile
from chalicelib.members.tables import ALIVE, member_key
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item


def save_consent(member_id: str, purpose: str, granted: bool, version: str, at: Millis) -> dynamo.Outcome:
    """The answer as a row of its own and as the profile's state; not done when a newer answer stands.

    Settles two answers at once: the state is the one with the later moment, the rows keep both.
    """
    said = {"granted": granted, "version": version, "at": at}
    dynamo.put_once(Consent, {"pk": member_key(member_id), "sk": f"C#{purpose}#{at:015d}", **said})
    return dynamo.update(
        Profile,
        member_key(member_id),
        "PROFILE",
        "SET consents.#purpose = :said",
        condition=f"{ALIVE} AND (attribute_not_exists(consents.#purpose) AND size(consents) < :most"
        " OR consents.#purpose.#at <= :at)",
        names={"#purpose": purpose, "#at": "at"},
        values={":said": said, ":at": at, ":most": rules.MOST_PURPOSES},
        returns="ALL_NEW",
    )


def consents(member_id: str) -> list[Item]:
    """Every answer that a member gave, by purpose and moment."""
    return list(dynamo.every(Consent, member_key(member_id), prefix="C#", strong=True))
