"""A customer of WeCom in our keys."""

from __future__ import annotations

from chalicelib.kernel.privacy import keyed_hash
from chalicelib.runtime.secrets import app_secrets


def contact_key(external_userid: str) -> str:
    """A customer of WeCom in our keys: the id itself stands only where messages need it."""
    return keyed_hash(f"external_userid:{external_userid}", app_secrets().lookup_key)
