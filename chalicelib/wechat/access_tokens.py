"""Access tokens and JS tickets: fetched by one container, shared by all, refreshed before they end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from chalicelib.wechat.errors import Misconfigured, Unreachable

RENEWAL_SECONDS: Final = 300.0  # the schedule renews so long before the end: the platforms then give another one
MARGIN_SECONDS: Final = 180.0  # whoever needs it renews so long before the end, when the schedule has not
LEASE_SECONDS: Final = 10.0
FORCED_LEASE_SECONDS: Final = 30.0  # stable_token: force_refresh at least 30 s apart
CONFIG_PAUSE_SECONDS: Final = 60.0  # repeated bad secrets ban the address for an hour (WeCom page 91039)
POLL_SECONDS: Final = 0.25


class StoredToken(msgspec.Struct, frozen=True):
    """A token with its end in unix seconds."""

    value: str
    expires_at: float

    def __repr__(self) -> str:
        return f"StoredToken(value=***, expires_at={self.expires_at})"

    def lives(self, now: float, margin: float = 0.0) -> bool:
        """Whether it is valid for `margin` seconds more."""
        return self.expires_at - margin > now


class FreshToken(msgspec.Struct, frozen=True):
    """What a platform answers: the token and the seconds it lives."""

    value: str
    expires_in: float

    def __repr__(self) -> str:
        return f"FreshToken(value=***, expires_in={self.expires_in})"


class TokenStore(Protocol):
    """Where containers share tokens."""

    def load(self, name: str) -> StoredToken | None:
        """The stored token, read strongly consistently."""

    def lease(self, name: str, now: float, seconds: float) -> bool:
        """True for the one who may fetch until `now + seconds`."""

    def save(self, name: str, token: str, expires_at: float) -> None:
        """Replace the stored token."""


class TokenSource(Protocol):
    """What a gateway asks for a token."""

    def get(self) -> str:
        """A token believed valid. Raises WeChatError."""

    def refresh(self, stale: str) -> str:
        """Another token after the platform refused `stale`. Raises WeChatError."""


Fetch = Callable[[bool], FreshToken]  # the argument: whether the present token was refused


class SharedTokens:
    """A TokenSource over a store. Only the holder of the lease ever fetches.

    `name` tells tokens apart in the store, `fetch` asks the platform, `clock` gives unix seconds.
    """

    def __init__(
        self,
        name: str,
        store: TokenStore,
        fetch: Fetch,
        clock: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
        wait_seconds: float = LEASE_SECONDS + 2.0,
    ) -> None:
        self._name = name
        self._store = store
        self._fetch = fetch
        self._clock = clock
        self._sleep = sleep
        self._wait_seconds = wait_seconds
        self._cached: StoredToken | None = None
        self._broken: tuple[float, Misconfigured] | None = None

    def get(self) -> str:
        """The container's copy, else the stored one, else a fetched one."""
        if self._cached is not None and self._cached.lives(self._clock(), MARGIN_SECONDS):
            return self._cached.value
        return self._renew(stale=None)

    def refresh(self, stale: str) -> str:
        """One forced refresh, by one container per 30 s; the others take its result."""
        self._cached = None
        return self._renew(stale=stale)

    def renew_early(self) -> bool:
        """What the schedule calls every minute: renew the stored token once it is in its last five minutes.

        False when nothing was to be done: it lives long enough, another one is at it, or nobody ever asked for one.
        """
        self._raise_if_broken()
        stored = self._store.load(self._name)
        if stored is None or stored.lives(self._clock(), RENEWAL_SECONDS):
            return False
        if not self._store.lease(self._name, self._clock(), LEASE_SECONDS):
            return False
        self._fetch_and_save(stale=None)
        return True

    def _renew(self, stale: str | None) -> str:
        self._raise_if_broken()
        give_up_at = self._clock() + self._wait_seconds
        lease, seconds = self._lease_for(stale)
        while True:
            stored = self._store.load(self._name)
            if stored is not None and self._usable(stored, stale, MARGIN_SECONDS):
                return self._keep(stored)
            if self._store.lease(lease, self._clock(), seconds):
                return self._fetch_under_lease(stale)
            if stored is not None and self._usable(stored, stale, margin=5.0):
                return stored.value  # ending soon, and somebody is fetching the next one
            if self._clock() >= give_up_at:
                raise Unreachable("access_token", "token_wait", "Another container holds the token's lease.")
            self._sleep(POLL_SECONDS)

    def _lease_for(self, stale: str | None) -> tuple[str, float]:
        # Forced refreshes have a lease of their own, which no save shortens: they are 30 s apart.
        if stale is None:
            return self._name, LEASE_SECONDS
        return f"{self._name}:forced", FORCED_LEASE_SECONDS

    def _fetch_under_lease(self, stale: str | None) -> str:
        stored = self._store.load(self._name)  # saved between our read and our lease?
        if stored is not None and self._usable(stored, stale, MARGIN_SECONDS):
            return self._keep(stored)
        return self._fetch_and_save(stale)

    def _fetch_and_save(self, stale: str | None) -> str:
        try:
            fresh = self._fetch(stale is not None)
        except Misconfigured as error:
            self._broken = (self._clock() + CONFIG_PAUSE_SECONDS, error)
            raise
        kept = StoredToken(fresh.value, self._clock() + fresh.expires_in)
        self._store.save(self._name, kept.value, kept.expires_at)
        return self._keep(kept)

    def _usable(self, stored: StoredToken, stale: str | None, margin: float) -> bool:
        return stored.value != stale and stored.lives(self._clock(), margin)

    def _keep(self, token: StoredToken) -> str:
        self._cached = token
        return token.value

    def _raise_if_broken(self) -> None:
        if self._broken is None:
            return
        until, error = self._broken
        if self._clock() < until:
            raise Misconfigured(error.api, error.code, error.detail)
        self._broken = None
