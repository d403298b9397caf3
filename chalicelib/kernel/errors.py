"""One family of errors with a closed list of codes.

A `SiyuError` is raised where the rule is, translated to HTTP once (`runtime.http`) and never carries
personal data: its message goes to the caller as it is.
"""

from __future__ import annotations

from typing import Final

STATUS_OF_CODE: Final[dict[str, int]] = {
    # 400: the request could not be understood
    "invalid_json": 400,
    "invalid_body": 400,
    "invalid_parameter": 400,
    "unknown_field": 400,
    "invalid_cursor": 400,
    "invalid_signature": 401,
    # 401 and 403: who is asking
    "missing_token": 401,
    "invalid_token": 401,
    "expired_token": 401,
    "invalid_js_code": 401,
    "stale_request": 401,
    "wrong_role": 403,
    # 404: unknown, or somebody else's
    "not_found": 404,
    # 409: the state says no
    "conflict": 409,
    "idempotency_conflict": 409,
    "claimed_by_another": 409,
    "already_exists": 409,
    "nothing_to_draw": 409,
    "pot_empty": 409,
    "under_review": 409,
    "campaign_not_running": 409,
    # 413, 415, 422, 429
    "too_large": 413,
    "unsupported_media_type": 415,
    "refused": 422,
    "impossible_pot": 422,
    "code_inactive": 422,
    "code_void": 422,
    "invalid_invite": 422,
    "refund_exceeds_order": 422,
    "too_many_requests": 429,
    # 500 and 503: ours, or the outside world's
    "internal": 500,
    "upstream_unavailable": 500,
}


class SiyuError(Exception):
    """A refusal that the caller may read.

    `code` is one of `STATUS_OF_CODE`; `message` says what to do next; `param` names the field at fault.
    """

    def __init__(self, code: str, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.status = STATUS_OF_CODE[code]


def not_found(what: str, identifier: str) -> SiyuError:
    """404 for a thing that does not exist or belongs to somebody else: the two look the same."""
    return SiyuError("not_found", f"No {what} with the id {identifier[:64]!r}. Check the id.", param=f"{what}_id")
