"""Who is asking."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from chalicelib.kernel import clock
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.tokens import derive_key
from chalicelib.runtime.auth import ADMIN, LIFETIME, MEMBER, STAFF, Caller, Role, authenticate, issue_token
from chalicelib.runtime.secrets import app_secrets

NOW = clock.from_rfc3339("2030-01-01T00:00:00Z", "now")
ROLES: tuple[Role, ...] = ("member", "guide", "manager", "admin")


@pytest.mark.parametrize("role", ROLES)
def test_a_token_names_its_caller_until_it_is_over(stack: str, role: Role) -> None:
    caller = Caller(role, "someone", openid="o1", guide_id="gde_1")
    token, seconds = issue_token(caller, NOW)

    assert authenticate(f"Bearer {token}", ROLES, NOW) == caller
    assert authenticate(f"bearer {token}", ROLES, NOW + seconds * 1000 - 1) == caller
    _refused(f"Bearer {token}", ROLES, NOW + seconds * 1000, "expired_token")


def test_a_token_of_a_clock_slightly_ahead_is_good(stack: str) -> None:
    token, _ = issue_token(Caller("member", "m"), NOW + 5_000)

    assert authenticate(f"Bearer {token}", MEMBER, NOW).id == "m"


def test_staff_tokens_live_a_quarter_of_an_hour() -> None:
    assert {LIFETIME[role] for role in STAFF} == {15 * clock.MINUTE}


@pytest.mark.parametrize(("role", "allow"), [("member", ADMIN), ("guide", ADMIN), ("guide", MEMBER), ("admin", MEMBER)])
def test_another_role_is_refused(stack: str, role: Role, allow: tuple[Role, ...]) -> None:
    token, _ = issue_token(Caller(role, "x"), NOW)

    _refused(f"Bearer {token}", allow, NOW, "wrong_role")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "abc"])
def test_no_token_is_told_apart_from_a_bad_one(stack: str, header: str | None) -> None:
    _refused(header, MEMBER, NOW, "missing_token")


@pytest.mark.parametrize("token", ["x", "a.b.c", "é.é.é", "....", "龙"])
def test_nonsense_is_an_invalid_token(stack: str, token: str) -> None:
    _refused(f"Bearer {token}", MEMBER, NOW, "invalid_token")


def test_forgeries_are_refused(stack: str) -> None:
    good = {"sub": "m", "role": "admin", "iss": "siyu", "iat": NOW // 1000, "exp": NOW // 1000 + 60}
    key = derive_key(app_secrets().token_key, "login")
    forged = {
        "algorithm none": jwt.encode(good, None, algorithm="none"),
        "another algorithm": jwt.encode(good, key * 2, algorithm="HS512"),
        "another key": jwt.encode(good, derive_key(app_secrets().token_key, "invite"), algorithm="HS256"),
        "the root key": jwt.encode(good, app_secrets().token_key, algorithm="HS256"),
        "another issuer": jwt.encode({**good, "iss": "other"}, key, algorithm="HS256"),
        **{
            f"no {claim}": jwt.encode(_without(good, claim), key, algorithm="HS256") for claim in good if claim != "iat"
        },
    }

    for name, token in forged.items():
        with pytest.raises(SiyuError) as refused:
            authenticate(f"Bearer {token}", ADMIN, NOW)
        assert refused.value.code == "invalid_token", name


def test_the_local_admin_token_is_an_admin(stack: str) -> None:
    caller = authenticate(f"Bearer {app_secrets().admin_token}", ADMIN, NOW)

    assert caller.role == "admin"
    _refused(f"Bearer {app_secrets().admin_token}x", ADMIN, NOW, "invalid_token")
    _refused(f"Bearer {app_secrets().admin_token}", MEMBER, NOW, "wrong_role")


def _refused(header: str | None, allow: tuple[Role, ...], now: int, code: str) -> None:
    with pytest.raises(SiyuError) as refused:
        authenticate(header, allow, now)

    assert refused.value.code == code


def _without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {claim: value for claim, value in claims.items() if claim != name}
