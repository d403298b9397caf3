"""What the `state` of a contact way says: where the code hangs and whose it is."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.guides.contact_ways import tables, tokens
from chalicelib.kernel import ids
from chalicelib.kernel.tokens import BadToken
from chalicelib.runtime.secrets import app_secrets


class Source(NamedTuple):
    """What a contact way's state names: a guide's own code or a shared one (`way_id`), and the store it hangs in."""

    guide_id: str | None = None
    way_id: str | None = None
    store_id: str | None = None


def source_of_state(state: str) -> Source:
    """Where the code with this state hangs and whose it is; nothing for a state that is none of ours."""
    try:
        owner, store = tokens.read_state(state, app_secrets().token_key)
    except BadToken:
        return Source()
    full, store_id = tables.full_of(owner), tables.full_of(store)
    if full and ids.looks_like("contact_way", full):
        return Source(None, full, store_id)
    return Source(full, None, store_id)
