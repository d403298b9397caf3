"""Asks the fraud rules about a participant, and keeps why somebody is under review."""

from __future__ import annotations

from typing import Final

import msgspec

from chalicelib.campaigns.fraud import rules, tables
from chalicelib.campaigns.fraud.rules import Facts
from chalicelib.campaigns.invites import tables as invite_tables
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import HOUR, Millis
from chalicelib.kernel.privacy import keyed_hash
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.observability import count, logger
from chalicelib.runtime.secrets import app_secrets

_TRACE_CHARACTERS: Final = 20
_ONLY_JOINING: Final = frozenset({"joined", "join"})


def traces(device_id: str | None, address: str, trusted: frozenset[str]) -> Item:
    """Keyed digests of where somebody joined from; none of an address of the stores' own networks."""
    shown = {"dev": device_id or "", "adr": "" if address in trusted else address}
    return {name: _digest(name, value) for name, value in shown.items() if value}


def check(campaign: Campaign, participant: Item, now: Millis) -> bool:
    """Ask the rules; whether the participant is under review now. Nothing that was paid is touched by it."""
    if "ruled" in participant:
        return False
    if "review" in participant or not campaign.spec.risk:
        return "review" in participant
    found = rules.finding_of(campaign.spec.risk, _facts(campaign, participant))
    if found is not None:
        review = msgspec.json.encode({"rule": found.rule, "inputs": found.inputs, "at": now}).decode()
        if tables.put_under_review(participant, review):
            logger().info("A participant is under review", participant_id=participant["pk"], rule=found.rule)
            count("ParticipantUnderReview", rule=found.rule)
    tables.mark_checked(participant["pk"], now)
    return found is not None


def _facts(campaign: Campaign, participant: Item) -> Facts:
    limits, participant_id = campaign.spec.risk, participant["pk"]
    mine = participant_names.short(participant_id)
    hour = f"{participant.get('adr', '')}#{participant['joined_at'] // HOUR}"
    inviter = invite_tables.inviter(participant_id) or {}
    profile = members.find(participant["member_id"])

    def seen(kind: str, digest: str | None) -> list[str]:
        return tables.see(campaign.campaign_id, kind, digest, mine) if digest else []

    return Facts(
        participant_id=mine,
        on_device=seen("dev", participant.get("dev")) if limits.get("per_device") else (),
        at_address=seen("adr", hour if "adr" in participant else None) if limits.get("per_address_per_hour") else (),
        same_identity=_same_identity(campaign, participant, profile) if profile and limits.get("same_person") else {},
        chain_joined_at=_chain(participant, limits.get("constant_gaps", 0)),
        invites=inviter.get("n", 0),
        left=inviter.get("leavings", 0),
        is_known_otherwise=profile is None or not limits.get("genuine_act") or _is_known(profile),
    )


def _same_identity(campaign: Campaign, participant: Item, profile: Item) -> dict[str, list[str]]:
    """Others of this campaign who have an identity of this person: profile keys, and where their money goes."""
    mine = participant_names.short(participant["pk"])
    # Keys read `ID#<kind>#<digest>`: the identity itself is not in them.
    keys = [(key.split("#")[1], key.split("#")[2]) for key in sorted(profile.get("ids", ()))]
    payee = participant.get("openid") or members.openid_of(profile["pk"].removeprefix("MBR#"))
    if payee:
        keys.append(("payee", _digest("payee", payee)))
    shared = {}
    for kind, digest in keys:
        others = set(tables.see(campaign.campaign_id, kind, digest, mine)) - {mine}
        if others:
            shared[kind] = sorted(others)
    return shared


def _chain(participant: Item, gaps: int) -> list[Millis]:
    """When the participant and those above them joined, as many as the rule needs; none from a trusted address."""
    found: list[Millis] = []
    link: Item | None = participant
    # Deeper than the rule looks, or too shallow for it: nothing is read.
    if participant["depth"] < gaps or "adr" not in participant:
        return found
    while link is not None and len(found) <= gaps:
        found.append(link["joined_at"])
        link = participant_tables.find_participant(link["parent_id"]) if "parent_id" in link else None
    return found


def _is_known(profile: Item) -> bool:
    rows = members.newest_of_timeline(profile, 10)
    return any(row["kind"] not in _ONLY_JOINING for row in rows) or profile["origin"] not in ("mini_program", "invite")


def _digest(kind: str, value: str) -> str:
    return keyed_hash(f"campaign {kind}:{value}", app_secrets().lookup_key)[:_TRACE_CHARACTERS]
