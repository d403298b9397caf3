"""The counted act (行为): a genuine scan, a guide added, a purchase; done before joining or after it, and undone.

Other areas tell of it by events; what was told is kept under the participant's id, whether they joined yet or not,
so that the order of joining and acting does not matter.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from chalicelib.campaigns import repository, rules
from chalicelib.campaigns.actions import revocation, tables
from chalicelib.campaigns.participants import names as participant_names
from chalicelib.campaigns.participants import tables as participant_tables
from chalicelib.campaigns.rules import Campaign
from chalicelib.kernel.clock import Millis
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.events.queues import Event

Kind = Literal["scan", "add_guide", "purchase"]


class QualifyingAction(NamedTuple):
    """An act of a member or its undoing, as another area tells of it. `key`: a code, a guide, an order."""

    kind: Kind
    member_id: str
    key: str
    at: Millis
    is_done: bool


def action_of(event: Event) -> QualifyingAction | None:
    """What an event means to campaigns; None for one that is no act, such as a refund of a part."""
    told = event.data
    match event.type:
        case "scan.genuine" | "code.claimed":
            return QualifyingAction("scan", told["member_id"], told["code"], event.at, True)
        case "contact.changed":
            return QualifyingAction("add_guide", told["member_id"], told["guide_id"], event.at, told["followed"])
        case "order.frozen" if told.get("member_id") and told["amount_fen"] > 0:
            return QualifyingAction("purchase", told["member_id"], _order_key(told), told["paid_at"], True)
        case "order.refunded" if told.get("member_id") and told["rest_fen"] == 0:
            return QualifyingAction("purchase", told["member_id"], _order_key(told), told["recorded_at"], False)
    return None


def handle(action: QualifyingAction, now: Millis) -> None:
    """Count an act, or its undoing, in every campaign that it matters to. Told again, nothing changes."""
    profile = None
    for campaign in repository.live(now):
        if not _matters(campaign, action):
            continue
        profile = profile or members.find(action.member_id)
        if profile is None:
            return
        for participant_id in _participants(campaign, profile):
            if action.is_done:
                _do(campaign, participant_id, action, now)
            else:
                _undo(campaign, participant_id, action, now)


def catch_up(campaign: Campaign, participant: Item, now: Millis) -> Item:
    """Count what somebody did before joining; the participant as it is then."""
    if campaign.spec.act == "join" or "acted_at" in participant:
        return participant
    found = tables.find_act(participant["pk"])
    if found is None or "at" not in found:
        return participant
    return _apply(campaign, participant["pk"], found, now) or participant


def _matters(campaign: Campaign, action: QualifyingAction) -> bool:
    spec = campaign.spec
    if action.is_done:
        return spec.act == action.kind and rules.is_inside(spec, action.at)
    if spec.act == action.kind:
        return True
    # Deleting the guide is leaving the brand, whatever the act was; only what still waits is lost by it.
    return action.kind == "add_guide" and spec.act in ("join", "scan") and spec.waiting_hours > 0


def _participants(campaign: Campaign, profile: Item) -> list[str]:
    """The person's participants; the one that they would become when they have not joined."""
    found = [participant_names.participant_id(campaign.campaign_id, member_id) for member_id in members.ids_of(profile)]
    joined = participant_tables.find_participants(found) if len(found) > 1 else {}
    return sorted(joined) or found[:1]


def _do(campaign: Campaign, participant_id: str, action: QualifyingAction, now: Millis) -> None:
    if action.kind == "scan" and not tables.claim_code(campaign.campaign_id, action.key, participant_id):
        return
    found = tables.save_act(participant_id, action.key, action.at)
    if found.get("k") == action.key:
        _apply(campaign, participant_id, found, now)


def _undo(campaign: Campaign, participant_id: str, action: QualifyingAction, now: Millis) -> None:
    if campaign.spec.act != action.kind:
        revocation.leave(campaign, participant_id, action.at, now)
        return
    found = tables.undo_act(participant_id, action.key, action.at)
    if found.get("k") == action.key:
        _apply(campaign, participant_id, found, now)


def _apply(campaign: Campaign, participant_id: str, found: Item, now: Millis) -> Item | None:
    """Bring what was told of an act to its participant, when there is one."""
    item = None
    if "at" in found:
        item = tables.act(participant_id, found["at"]).item or None
    if item and "lt" in found:
        revocation.leave(campaign, participant_id, max(found["lt"], found["at"]), now)
        item = participant_tables.find_participant(participant_id, strong=True)
    return item


def _order_key(told: Item) -> str:
    return f"{told['shop_id']}:{told['order_id']}"
