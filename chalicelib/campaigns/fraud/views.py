"""Participants under review as operators see them."""

from __future__ import annotations

from chalicelib.campaigns.fraud import reviews
from chalicelib.campaigns.fraud.schemas import Reviewed
from chalicelib.kernel.clock import to_rfc3339


def reviewed(one: reviews.Open) -> Reviewed:
    return Reviewed(one.participant_id, one.rule, one.inputs, to_rfc3339(one.since))
