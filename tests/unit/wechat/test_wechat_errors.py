from __future__ import annotations

import pytest

from chalicelib.wechat.errcodes import MINI_PROGRAM, PAY, WECOM, Kind, error_of
from chalicelib.wechat.errors import Misconfigured, Refused, TokenRefused, Unknown, WeChatError


def test_40001_is_a_stale_token_for_the_mini_program_and_a_bad_secret_for_wecom() -> None:
    assert isinstance(error_of(MINI_PROGRAM, "x", "40001", ""), TokenRefused)

    wecom = error_of(WECOM, "x", "40001", "")

    assert isinstance(wecom, Misconfigured)
    assert not isinstance(wecom, TokenRefused)
    assert "secret" in wecom.detail


def test_48002_is_a_refusal_for_the_mini_program_and_a_missing_permission_for_wecom() -> None:
    assert isinstance(error_of(MINI_PROGRAM, "x", "48002", ""), Refused)
    assert isinstance(error_of(WECOM, "x", "48002", ""), Misconfigured)


@pytest.mark.parametrize(
    ("code", "retryable", "limited"),
    [("-1", True, False), ("45009", True, True), ("45033", True, True), ("84061", False, False)],
)
def test_a_refusal_says_whether_repeating_helps(code: str, retryable: bool, limited: bool) -> None:
    error = error_of(WECOM, "x", code, "busy")

    assert isinstance(error, Refused)
    assert (error.retryable, error.limited) == (retryable, limited)


def test_a_code_that_nobody_listed_is_a_refusal_that_keeps_its_number() -> None:
    error = error_of(WECOM, "x", "987654", "what they said")

    assert isinstance(error, Refused)
    assert (error.code, error.detail) == ("987654", "what they said")


def test_a_pay_code_that_nobody_listed_is_unknown() -> None:
    assert isinstance(error_of(PAY, "x", "NEW_CODE", "", default=Kind.UNKNOWN), Unknown)


def test_a_taken_number_is_unknown_because_it_may_be_our_own_first_try() -> None:
    assert isinstance(error_of(PAY, "x", "ALREADY_EXISTS", ""), Unknown)


def test_a_long_answer_is_cut_for_the_log() -> None:
    assert len(WeChatError("x", "1", "y" * 5000).detail) == 240
