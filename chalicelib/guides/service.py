"""Use cases of guides: make one, find one, read a badge."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.brand import service as brand
from chalicelib.guides import tables
from chalicelib.guides.contact_ways import tables as way_tables
from chalicelib.guides.contact_ways import tokens as way_tokens
from chalicelib.guides.staff import tables as staff_tables
from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.kernel.tokens import BadToken
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.secrets import app_secrets


def create_guide(guide_id: str, *, name: str, userid: str, store_id: str | None, now: Millis) -> Item:
    """A guide's row, before anything is asked of WeCom; 409 `already_exists` when the userid is another guide.

    404 for an unknown store. With the id of an earlier try: what that try wrote.
    """
    if store_id is not None:
        brand.get_store(store_id)
    if staff_tables.claim_userid(userid, guide_id) != guide_id:
        raise SiyuError(
            "already_exists", "This userid already belongs to a guide: see GET /admin/guides.", param="userid"
        )
    way_tables.save_short(way_tokens.short_guide(guide_id), guide_id)
    if store_id is not None:
        way_tables.save_short(way_tokens.short_store(store_id), store_id)
    state = way_tokens.state_of(guide_id, store_id, app_secrets().token_key)
    fields = {"name": name, "userid": userid, "store_id": store_id, "state": state, "created_at": now}
    if store_id is not None:
        staff_tables.put_in_store(store_id, guide_id)
    return tables.create_guide(guide_id, fields)


def get_guide(guide_id: str) -> Item:
    """A guide; 404 when there is none."""
    found = tables.guide(guide_id) if ids.looks_like("guide", guide_id) else None
    if found is None:
        raise not_found("guide", guide_id)
    return found


def list_guides(limit: int, cursor: str | None) -> Page:
    """A page of guides."""
    return tables.guides_page(limit, cursor)


def every_guide() -> Iterator[Item]:
    """All guides: 0.5 RRU per 4 KB."""
    return tables.every_guide()


def badge_of(guide_id: str) -> str:
    """The guide's printed token, 32 characters: it fits a mini-program scene."""
    return way_tokens.badge_of(guide_id, app_secrets().token_key)


def guide_of_badge(badge: str) -> str:
    """Whose badge this is, without a read; 400 `invalid_parameter` for one that we did not make."""
    try:
        return way_tokens.guide_of_badge(badge, app_secrets().token_key)
    except BadToken as error:
        raise SiyuError("invalid_parameter", "This badge is not valid: scan it again.", param="badge") from error
