"""Use cases of campaigns: make one, steer it."""

from __future__ import annotations

import msgspec

from chalicelib.campaigns import repository, rules, tables, validation
from chalicelib.campaigns.rules import Campaign, Spec
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.runtime.dynamo import Page


def create_campaign(campaign_id: str, spec: Spec, now: Millis) -> tuple[Campaign, list[str]]:
    """A new campaign, not yet published, and what its maker should know about platforms' rules."""
    validation.check(spec, now)
    row = tables.create(
        campaign_id,
        {"st": rules.DRAFT, "version": 1, "made_at": now, "spec": msgspec.json.encode(spec).decode()},
    )
    made = repository.of_row(row)
    return made, validation.warnings(made.spec, now)


def step_campaign(campaign_id: str, step: str, now: Millis) -> Campaign:
    """Publish, pause, resume or end; the same step again is the same state. 409 `conflict` from another state."""
    sources, target = rules.STEPS[step]
    if step == "publish":
        # Before the step: acts are looked for in every campaign that is listed, whatever its state is.
        tables.add_live(get_campaign(campaign_id, now).campaign_id)
    outcome = tables.step(campaign_id, sources, target, now if target == rules.ENDED else None)
    if not outcome.item:
        raise not_found("campaign", campaign_id)
    if not outcome.done and outcome.item["st"] != target:
        raise SiyuError("conflict", f"A campaign that is {outcome.item['st']} cannot {step}.")
    stepped = repository.of_row(outcome.item)
    repository.remember(stepped, now)
    return stepped


def get_campaign(campaign_id: str, now: Millis) -> Campaign:
    """A campaign; 404 when there is none."""
    return repository.campaign(campaign_id, now)


def list_campaigns(limit: int, cursor: str | None) -> Page:
    """A page of rows; `repository.of_row` reads one."""
    return tables.list_page(limit, cursor)
