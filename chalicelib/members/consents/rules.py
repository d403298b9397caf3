"""What a person allows, over all their profiles. Pure functions of values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chalicelib.kernel.errors import SiyuError

PURPOSE: Final = re.compile(r"[a-z][a-z_]{0,31}")


MOST_PURPOSES: Final = 20


def allows(consents: Mapping[str, Mapping[str, Any]], purpose: str) -> bool | None:
    """What a person said about a purpose; None when they said nothing."""
    said = consents.get(purpose)
    return None if said is None else bool(said["granted"])


def may_send(said: list[bool | None], purpose: str) -> bool:
    """Whether a message may go out, from what each of a person's profiles said: the stricter consent wins.

    Service messages go unless refused; every other purpose needs a yes.
    """
    if False in said:
        return False
    return purpose == "service" or True in said


def stricter(profiles: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a person says to each purpose, over the profile that stands (first) and those merged into it.

    The stricter answer wins; an answer that was given after the last merge is the person's own and stands alone.
    """
    merged_at = max((int(profile.get("merged_at", 0)) for profile in profiles[1:]), default=0)
    standing = profiles[0]["consents"]
    purposes = {purpose for profile in profiles for purpose in profile.get("consents", {})}
    return {
        purpose: standing[purpose]
        if purpose in standing and standing[purpose]["at"] > merged_at
        else min(
            (profile["consents"][purpose] for profile in profiles if purpose in profile.get("consents", {})),
            key=lambda said: (said["granted"], -said["at"]),
        )
        for purpose in sorted(purposes)
    }


def checked_purpose(purpose: str) -> str:
    """The purpose of a consent, as given; 400 for what is not a plain word."""
    if not PURPOSE.fullmatch(purpose):
        raise SiyuError(
            "invalid_parameter", "purpose must be a lower-case word such as marketing or location.", param="purpose"
        )
    return purpose
