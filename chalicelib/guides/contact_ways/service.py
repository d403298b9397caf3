"""Contact ways (渠道活码): a guide's own code, and codes that several guides share. What is printed never changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import msgspec

from chalicelib.brand import service as brand
from chalicelib.guides import service as guides
from chalicelib.guides import tables as guide_tables
from chalicelib.guides.bindings import tables as binding_tables
from chalicelib.guides.contact_ways import tables, tokens
from chalicelib.guides.contact_ways.rules import MOST_PER_DAY, Turn, on_duty
from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis, shanghai_day
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.observability import count, logger
from chalicelib.runtime.secrets import app_secrets

if TYPE_CHECKING:
    from chalicelib.wechat.wecom import WeCom

_TRIES: Final = 3


class UnknownStaff(SiyuError):
    """422 `refused`: WeCom does not know the userid."""


def open_contact_way(guide_id: str, wecom: WeCom, now: Millis) -> Item:
    """The guide with a contact way (渠道活码), made in WeCom unless there is one: its printed picture is for ever.

    409 `conflict` while another try is at it; 422 `refused` when WeCom says no (41054: not activated, no real name).
    After a lost answer the next try waits out a lease of 30 s and may leave an unused way behind in WeCom.
    """
    leased = guide_tables.lease_way(guide_id, now)
    if not leased.done:
        if leased.item.get("config_id"):
            return leased.item
        raise SiyuError("conflict", "This guide's contact way is being made. Repeat the request in 30 seconds.")
    guide = leased.item
    way = _ask_for_way(guide, wecom)
    count("ContactWayMade")
    return guide_tables.save_way(guide_id, *way)


def pass_on(guide_id: str, to_guide_id: str, wecom: WeCom, now: Millis) -> None:
    """What is printed of a guide who left leads to the colleague from now on; repeated, nothing changes."""
    heir, guide = guides.get_guide(to_guide_id), guide_tables.put_heir(guide_id, to_guide_id, now)
    if guide.get("config_id"):
        wecom.update_contact_way(guide["config_id"], [heir["userid"]], guide["state"], remark=heir["name"][:30])
    for row in tables.every_way():
        _replace(row, guide_id, heir, wecom, now)


def create_way(way_id: str, fields: Item, turns: Sequence[Turn], backups: Sequence[Turn], now: Millis) -> Item:
    """A shared code's row, before anything is asked of WeCom. `fields`: name, place, store_id, channel_id.

    404 for an unknown guide, store or channel. With the id of an earlier try: what that try wrote.
    """
    content = _content(fields, turns, backups)
    tables.save_short(tokens.short_guide(way_id), way_id)
    if fields["store_id"]:
        tables.save_short(tokens.short_store(fields["store_id"]), fields["store_id"])
    state = tokens.state_of(way_id, fields["store_id"], app_secrets().token_key)
    return tables.create(way_id, {**content, "state": state, "created_at": now})


def edit_way(way_id: str, fields: Item, turns: Sequence[Turn], backups: Sequence[Turn]) -> Item:
    """Replace what is behind a shared code; the picture stays. 404 when there is none."""
    outcome = tables.edit(way_id, _content(fields, turns, backups))
    if not outcome.done:
        raise not_found("contact_way", way_id)
    return outcome.item


def get_way(way_id: str) -> Item:
    """A shared code; 404 when there is none."""
    found = tables.way(way_id) if ids.looks_like("contact_way", way_id) else None
    if found is None:
        raise not_found("contact_way", way_id)
    return found


def find_way(way_id: str) -> Item | None:
    """A shared code, None when there is none: 0.5 RRU per 4 KB."""
    return tables.way(way_id)


def list_ways(limit: int, cursor: str | None) -> Page:
    """A page of shared codes."""
    return tables.page(limit, cursor)


def turns_of(rows: Sequence[Item]) -> list[Turn]:
    """Guides behind a code as values."""
    return msgspec.convert(rows, list[Turn])


def with_userids(turns: Sequence[Turn]) -> list[Turn]:
    """The same turns with the guides' userids; 404 for an unknown guide."""
    return [msgspec.structs.replace(turn, userid=guides.get_guide(turn.guide_id)["userid"]) for turn in turns]


def apply(way_id: str, wecom: WeCom, now: Millis) -> Item:
    """Have WeCom show those who are on duty; asks nothing of WeCom when it does. The row as it is then.

    422 `refused` when WeCom says no (41054: not activated, no real name); 500 `upstream_unavailable` without an
    answer, when the next round of the schedule tries again.
    """
    for _ in range(_TRIES):
        leased = tables.lease(way_id, now)
        if not leased.done:
            return get_way(way_id)
        way = leased.item
        wanted = [turn.userid for turn in duty_of(way, now)]
        config_id, qr_code = _update_wecom(way, wanted, wecom)
        kept = tables.save_applied(way_id, way["rev"], wanted, config_id, qr_code)
        if kept.done:
            return kept.item
        tables.end_lease(way_id)
    return get_way(way_id)


def duty_of(way: Item, now: Millis) -> list[Turn]:
    """Who should be behind a code now."""
    turns = turns_of(way["turns"])
    capped = any(turn.daily_cap is not None for turn in turns)
    added = tables.counts(way["sk"], shanghai_day(now)) if capped else {}
    return on_duty(turns, turns_of(way["backups"]), added, now)


def apply_due(wecom: WeCom, now: Millis) -> None:
    """Bring every shared code up to date with hours and caps: one call of WeCom for each that changes."""
    for row in tables.every_way():
        if [turn.userid for turn in duty_of(row, now)] != row.get("applied"):
            _try_to_apply(row["sk"], wecom, now)


def count_in(way: Item, guide_id: str, contact: str, at: Millis, wecom: WeCom, now: Millis) -> None:
    """A guide got a customer by a shared code: whose day is full then is taken off it at once."""
    cap = next((turn.daily_cap for turn in turns_of(way["turns"]) if turn.guide_id == guide_id), None)
    if cap is None:
        return
    got = tables.count_in(way["sk"], shanghai_day(at), guide_id, contact, MOST_PER_DAY, now)
    if got >= cap and shanghai_day(at) == shanghai_day(now):
        _try_to_apply(way["sk"], wecom, now)


def _content(fields: Item, turns: Sequence[Turn], backups: Sequence[Turn]) -> Item:
    if fields["store_id"]:
        brand.get_store(fields["store_id"])
    if fields["channel_id"]:
        brand.get_channel(fields["channel_id"])
    return {**fields, "turns": msgspec.to_builtins(turns), "backups": msgspec.to_builtins(backups)}


def _replace(way: Item, guide_id: str, heir: Item, wecom: WeCom, now: Millis) -> None:
    if not any(row["guide_id"] == guide_id for row in (*way["turns"], *way["backups"])):
        return
    changed = {
        name: [
            {**row, "guide_id": heir["sk"], "userid": heir["userid"]} if row["guide_id"] == guide_id else row
            for row in way[name]
            # Who stands there already needs no second place.
            if row["guide_id"] != guide_id or not any(other["guide_id"] == heir["sk"] for other in way[name])
        ]
        for name in ("turns", "backups")
    }
    tables.edit(way["sk"], changed)
    _try_to_apply(way["sk"], wecom, now)


def _try_to_apply(way_id: str, wecom: WeCom, now: Millis) -> None:
    try:
        apply(way_id, wecom, now)
    except SiyuError as error:
        count("ContactWayStale")
        logger().warning("A contact way could not be changed and is tried again", way_id=way_id, code=error.code)


def _update_wecom(way: Item, userids: list[str], wecom: WeCom) -> tuple[str, str]:
    """Have WeCom put these behind the code; the code's config_id and picture."""
    remark, exclusive = way["name"][:30], binding_tables.policy().kind == "exclusive"
    with _translated(lambda: tables.end_lease(way["sk"])):
        if not way.get("config_id"):
            made = wecom.add_contact_way(userids, way["state"], remark, shared=True, exclusive=exclusive)
            return made.config_id, made.qr_code
        if userids != way.get("applied"):
            wecom.update_contact_way(way["config_id"], userids, way["state"], remark)
        return way["config_id"], way["qr_code"]


def _ask_for_way(guide: Item, wecom: WeCom) -> tuple[str, str]:
    exclusive = binding_tables.policy().kind == "exclusive"
    with _translated(lambda: guide_tables.end_lease(guide["sk"])):
        way = wecom.add_contact_way([guide["userid"]], guide["state"], guide["name"][:30], exclusive=exclusive)
    return way.config_id, way.qr_code


@contextmanager
def _translated(release: Callable[[], None]) -> Iterator[None]:
    """WeCom's errors as ours. `release`: WeCom made nothing, so the next try may begin at once."""
    from chalicelib.wechat.errors import Refused, Unreachable, WeChatError

    try:
        yield
    except Refused as error:
        release()
        kind = UnknownStaff if error.code in ("40003", "60111") else SiyuError
        raise kind("refused", f"WeCom refused the contact way: {error.detail}", param="userid") from error
    except Unreachable as error:
        release()
        raise SiyuError("upstream_unavailable", "WeCom cannot be reached: repeat the request.") from error
    except WeChatError as error:
        raise SiyuError("upstream_unavailable", "WeCom gave no answer: repeat the request in 30 seconds.") from error
