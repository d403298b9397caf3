"""The text files by which WeChat (MP_verify_….txt) and WeCom (WW_verify_….txt) check whose a domain is."""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\.txt", re.ASCII)


def content_of(file: str, configured: str) -> str | None:
    """The content of `file` among `name:content` pairs parted by commas; None for any other file."""
    if not _NAME.fullmatch(file):
        return None
    pairs = (pair.strip().partition(":") for pair in configured.split(","))
    return next((content for name, colon, content in pairs if colon and name == file), None)
