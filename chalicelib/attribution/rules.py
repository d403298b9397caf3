"""Who earns what by an order: pure functions of a policy, a dated binding, touches and the net amount.

What an order still is worth ("net") is its total less everything refunded. Each credit is a function of the net
alone, so that any sequence of partial refunds of one total ends at the same entries.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from chalicelib.kernel.clock import DAY, SECOND, Millis
from chalicelib.kernel.errors import SiyuError
from chalicelib.kernel.money import WHOLE, BasisPoints, Fen, share

Role = Literal["binding", "closing", "touch"]
"""Why somebody earns: the member's guide (导购), the guide who closed the sale, the guide of the last touch."""

CLOCK_SKEW: Final = 300 * SECOND
"""How far a shop's clock may be from ours, in a signature and in `paid_at`."""


TOUCHES_KEPT: Final = 3
"""Touches that stay on the order: more would not fit in its 1 KB."""


class Rule(msgspec.Struct, frozen=True):
    """One line of the policy: who has this role earns `rate_bp` of the net, at most `max_fen` an order."""

    role: Role
    rate_bp: BasisPoints
    max_fen: Fen | None = None


class Policy(msgspec.Struct, frozen=True):
    """A version of the commission policy, in force for orders paid since `effective_at`."""

    version: int
    effective_at: Millis
    rules: tuple[Rule, ...]
    lookback_days: int

    @property
    def pays_touches(self) -> bool:
        """Whether a touch can earn anything: else touches are evidence, not input."""
        return any(rule.role == "touch" and rule.rate_bp for rule in self.rules)


DEFAULT_POLICY: Final = Policy(1, 0, (Rule("binding", 300), Rule("closing", 200)), 180)


class Touch(msgspec.Struct, frozen=True, array_like=True):
    """A dated contact with a member, as an order keeps it."""

    kind: str
    at: Millis
    channel_id: str | None = None
    guide_id: str | None = None
    campaign_id: str | None = None


class Credit(msgspec.Struct, frozen=True, array_like=True):
    """What one payee earns by one rule, as the order keeps it: enough to compute every amount from the order alone."""

    role: Role
    payee: str
    rate_bp: BasisPoints
    max_fen: Fen | None = None


class Line(msgspec.Struct, frozen=True, array_like=True):
    """A line of an order or of a refund; `amount_fen` is for the whole line."""

    sku: str
    quantity: int
    amount_fen: Fen


class Sale(msgspec.Struct, frozen=True):
    """A paid order as the shop told it. `identity` = (kind, value): member_id, unionid, openid or phone."""

    event_id: str
    order_id: str
    identity: tuple[str, str]
    channel_id: str
    closing_guide_id: str | None
    paid_at: Millis
    lines: tuple[Line, ...]

    @property
    def total_fen(self) -> Fen:
        """What was paid: the sum of the lines."""
        return sum(line.amount_fen for line in self.lines)


class Refund(msgspec.Struct, frozen=True):
    """Money that a shop gave back for an order; `lines` may say for what."""

    event_id: str
    order_id: str
    refund_id: str
    amount_fen: Fen
    lines: tuple[Line, ...] = ()


class Reason(msgspec.Struct, frozen=True):
    """Why an amount is what it is: `rate_bp` of `base_fen`, rounded down, less what the base before had earned."""

    rule: Role
    rate_bp: BasisPoints
    base_fen: Fen
    base_before_fen: Fen
    max_fen: Fen | None
    policy_version: int


class Entry(msgspec.Struct, frozen=True):
    """What one change of an order gives (or, negative, takes back from) one payee."""

    payee: str
    amount_fen: Fen
    why: tuple[Reason, ...]


def credited_as_of(paid_at: Millis) -> Millis:
    """The moment as of which an order is credited.

    Shops often send whole seconds: then the second counts to its end, or a binding made 300 ms before the
    payment would look later than it.
    """
    return paid_at + SECOND - 1 if paid_at % SECOND == 0 else paid_at


def credits_of(
    policy: Policy, *, bound_guide_id: str | None, closing_guide_id: str | None, touches: Iterable[Touch]
) -> tuple[Credit, ...]:
    """Who earns, by each rule of the policy that somebody fulfils. `touches`: newest first."""
    payees: Mapping[Role, str | None] = {
        "binding": bound_guide_id,
        "closing": closing_guide_id,
        "touch": next((touch.guide_id for touch in touches if touch.guide_id), None),
    }
    return tuple(
        Credit(rule.role, payee, rule.rate_bp, rule.max_fen)
        for rule in policy.rules
        if rule.rate_bp and (payee := payees[rule.role])
    )


def within_lookback(policy: Policy, touches: Iterable[Touch], moment: Millis) -> list[Touch]:
    """The touches that still count at `moment`."""
    since = moment - policy.lookback_days * DAY
    return [touch for touch in touches if since <= touch.at <= moment]


def touches_as_evidence(touches: Sequence[Touch]) -> list[Touch]:
    """The few that an order keeps as evidence: the newest, and the newest with a guide. `touches`: newest first."""
    newest = list(touches[:TOUCHES_KEPT])
    guided = next((touch for touch in touches if touch.guide_id), None)
    return newest if guided is None or guided in newest else [*newest[:-1], guided]


def earned(credit: Credit, net: Fen) -> Fen:
    """What a credit is worth at this net: rounded down, capped, never growing when the net shrinks."""
    amount = share(net, credit.rate_bp)
    return amount if credit.max_fen is None else min(amount, credit.max_fen)


def entries_between(credits: Sequence[Credit], before: Fen, after: Fen, policy_version: int) -> list[Entry]:
    """The ledger entries of a net that went from `before` to `after`: one per payee whose amount changed."""
    reasons: dict[str, list[Reason]] = defaultdict(list)
    amounts: dict[str, Fen] = defaultdict(int)
    for credit in credits:
        amounts[credit.payee] += earned(credit, after) - earned(credit, before)
        reasons[credit.payee].append(Reason(credit.role, credit.rate_bp, after, before, credit.max_fen, policy_version))
    return [Entry(payee, amount, tuple(reasons[payee])) for payee, amount in amounts.items() if amount]


def postings_of(credits: Sequence[Credit], net: Fen) -> list[tuple[str, Fen]]:
    """(account, fen) of an order at this net, summing to 0: sales gives, each payee takes, the brand has the rest."""
    amounts: dict[str, Fen] = defaultdict(int)
    for credit in credits:
        amounts[credit.payee] += earned(credit, net)
    return [("sales", -net), *amounts.items(), ("brand", net - sum(amounts.values()))]


def check_rules(rules: Sequence[Rule], lookback_days: int) -> None:
    """Refuse a policy that could not be paid: a role twice, rates over 100 % together, a lookback of nothing."""
    if len({rule.role for rule in rules}) != len(rules):
        raise SiyuError("refused", "Each role can have only one rule. Combine the rules.", param="rules")
    if any(rule.rate_bp < 0 for rule in rules) or sum(rule.rate_bp for rule in rules) > WHOLE:
        raise SiyuError(
            "refused", "Each rate must be 0 to 10000 basis points, and all rates together at most 10000.", param="rules"
        )
    if any(rule.max_fen is not None and rule.max_fen < 0 for rule in rules):
        raise SiyuError("refused", "max_fen must be 0 or more.", param="rules")
    if not 0 < lookback_days <= 3650:
        raise SiyuError("refused", "lookback_days must be 1 to 3650.", param="lookback_days")


def is_due(paid_at: Millis, now: Millis, settling_seconds: int) -> bool:
    """Whether the credits may be frozen: contact callbacks had their time to arrive."""
    return not settling_seconds or now >= paid_at + settling_seconds * SECOND


def sign(secret: str, shop_id: str, timestamp: str, body: bytes) -> str:
    """The signature of an order event: hex HMAC-SHA256 over method, path, shop, time and the raw body."""
    head = f"POST\n/orders/events\n{shop_id}\n{timestamp}\n".encode()
    return hmac.digest(secret.encode(), head + body, hashlib.sha256).hex()


def signature_matches(secret: str | None, shop_id: str, timestamp: str, body: bytes, signature: str) -> bool:
    """Compared in constant time; an unknown shop (no secret) costs as much and looks the same."""
    expected = sign(secret or "", shop_id, timestamp, body)
    return hmac.compare_digest(expected.encode(), signature.encode()) and secret is not None


def is_fresh(timestamp: str, now: Millis) -> bool:
    """Whether `X-Timestamp` (seconds since 1970) is within 300 s of now."""
    return timestamp.isascii() and timestamp.isdigit() and abs(int(timestamp[:16]) * SECOND - now) <= CLOCK_SKEW
