"""The conditional writes that make each payment happen once.

A life costs 6 WRU: owner, look, reserved, sending, waiting, ended; later a seventh, which takes the look away. The
number at WeChat Pay holds the payout's id and the owner's row leads on: no index charges every change of state again.
"""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.kernel.clock import Millis
from chalicelib.kernel.money import Fen
from chalicelib.payouts import rules
from chalicelib.payouts.models import Payout
from chalicelib.runtime import dynamo
from chalicelib.runtime.dynamo import Item, Outcome, Page


def reserve(member_id: str, payout_id: str, fields: Item) -> Outcome:
    """The payout, once: the second asker for the same cause meets the first one's."""
    return dynamo.put_once(
        Payout, {"pk": _pk(member_id), "sk": payout_id, "st": rules.RESERVED, "attempt": 1, **fields}
    )


def find(member_id: str, payout_id: str, *, strong: bool = False) -> Item | None:
    """A payout."""
    return dynamo.get(Payout, _pk(member_id), payout_id, strong=strong)


def find_all(payouts: Iterable[tuple[str, str]]) -> dict[str, Item]:
    """Payouts by id, of (member id, payout id): 0.5 RRU each, a hundred a call."""
    found = dynamo.batch_get(Payout, [(_pk(member_id), payout_id) for member_id, payout_id in payouts])
    return {sk: row for (_, sk), row in found.items()}


def of_member(member_id: str, limit: int, cursor: str | None) -> Page:
    """A person's payouts, read strongly."""
    return dynamo.page(Payout, _pk(member_id), limit=limit, cursor=cursor, strong=True)


def begin_sending(member_id: str, payout_id: str, now: Millis) -> Outcome:
    """RESERVED → SENDING; `item` is the payout as it then stands.

    A rival of `withdraw`: whoever is first decides whether WeChat Pay is ever asked.
    """
    return _move(
        member_id,
        payout_id,
        "SET st = :to, sent_at = :now",
        "st = :from AND attribute_not_exists(needs)",
        {":from": rules.RESERVED, ":to": rules.SENDING, ":now": now},
    )


def withdraw(member_id: str, payout_id: str, now: Millis) -> Outcome:
    """RESERVED → FAILED, by an operator: nothing of this attempt has reached WeChat Pay."""
    return _move(
        member_id,
        payout_id,
        "SET st = :to, ended_at = :now, why = :why",
        "st = :from",
        {":from": rules.RESERVED, ":to": rules.FAILED, ":now": now, ":why": rules.WITHDRAWN},
    )


def wait_for_payee(member_id: str, payout_id: str, attempt: int, package_info: str, confirm_before: Millis) -> Outcome:
    """SENDING → WAIT_CONFIRM. Loses against a notification that came before WeChat Pay's own answer."""
    return _move(
        member_id,
        payout_id,
        "SET st = :to, package_info = :package, confirm_before = :before REMOVE refused, refused_at",
        "st = :from AND attempt = :attempt",
        {
            ":from": rules.SENDING,
            ":to": rules.WAIT_CONFIRM,
            ":attempt": attempt,
            ":package": package_info,
            ":before": confirm_before,
        },
    )


def end(
    member_id: str, payout_id: str, attempt: int, state: str, amount_fen: Fen, why: str | None, now: Millis
) -> Outcome:
    """SENDING or WAIT_CONFIRM → SUCCESS or FAILED, for the attempt and the amount that WeChat Pay names.

    Notification, reconciler and the sender's own answer race here: one of them ends it.
    """
    return _move(
        member_id,
        payout_id,
        "SET st = :to, ended_at = :now, why = :why"
        " REMOVE package_info, confirm_before, sealed_name, refused, refused_at, lost",
        "st IN (:sending, :waiting) AND attempt = :attempt AND amount_fen = :amount",
        {
            ":to": state,
            ":sending": rules.SENDING,
            ":waiting": rules.WAIT_CONFIRM,
            ":attempt": attempt,
            ":amount": amount_fen,
            ":now": now,
            ":why": why,
        },
    )


def try_again(member_id: str, payout_id: str, attempt: int, *, needs_name: bool) -> Outcome:
    """FAILED → RESERVED with the next attempt's number. A rival of `release`: exactly one of them happens."""
    values: Item = {":from": rules.FAILED, ":to": rules.RESERVED, ":attempt": attempt, ":next": attempt + 1}
    # The name given for the attempt before is gone: it is asked for again.
    asks, more = (", needs = :name", {":name": "name"}) if needs_name else ("", {})
    return _move(
        member_id,
        payout_id,
        f"SET st = :to, attempt = :next{asks} REMOVE ended_at, why, sent_at",
        "st = :from AND attempt = :attempt",
        {**values, **more},
    )


def start_over(member_id: str, payout_id: str, attempt: int) -> bool:
    """SENDING → RESERVED with the next number, once WeChat Pay has cancelled what nobody could confirm.

    A rival of `end`, which comes after it and meets the next attempt.
    """
    return _move(
        member_id,
        payout_id,
        "SET st = :to, attempt = :next REMOVE lost, sent_at",
        "st = :from AND attempt = :attempt AND attribute_exists(lost)",
        {":from": rules.SENDING, ":to": rules.RESERVED, ":attempt": attempt, ":next": attempt + 1},
    ).done


def mark_lost(member_id: str, payout_id: str, attempt: int) -> bool:
    """This attempt is to be cancelled: its package_info is gone. False when it has moved on."""
    return _move(
        member_id,
        payout_id,
        "SET lost = :one",
        # An answer that bears the package, or the end, may come first.
        "st = :from AND attempt = :attempt",
        {":from": rules.SENDING, ":attempt": attempt, ":one": 1},
    ).done


def mark_refused(member_id: str, payout_id: str, attempt: int, code: str, now: Millis) -> bool:
    """WeChat Pay refuses this attempt for good; False when it has moved on."""
    return _move(
        member_id,
        payout_id,
        "SET refused = :code, refused_at = :now",
        # An earlier try with this number may have been executed, and its end been told meanwhile.
        "st = :from AND attempt = :attempt",
        {":from": rules.SENDING, ":attempt": attempt, ":code": code, ":now": now},
    ).done


def clear_refusal(member_id: str, payout_id: str, attempt: int) -> bool:
    """An operator has mended the cause: the same may be asked again. A rival of `give_up`."""
    return _move(
        member_id,
        payout_id,
        "REMOVE refused, refused_at",
        "st = :from AND attempt = :attempt AND attribute_exists(refused)",
        {":from": rules.SENDING, ":attempt": attempt},
    ).done


def give_up(member_id: str, payout_id: str, attempt: int, refused_before: Millis, now: Millis) -> bool:
    """SENDING → FAILED by an operator: refused long ago, never asked again, unknown to WeChat Pay."""
    return _move(
        member_id,
        payout_id,
        "SET st = :to, ended_at = :now, why = refused REMOVE sealed_name, refused, refused_at",
        # Another operator may let it be asked again at this moment.
        "st = :from AND attempt = :attempt AND refused_at <= :before",
        {":from": rules.SENDING, ":to": rules.FAILED, ":attempt": attempt, ":before": refused_before, ":now": now},
    ).done


def name_payee(member_id: str, payout_id: str, sealed_name: str) -> bool:
    """The payee's name, encrypted: now the payout may be sent. False when no name is asked for."""
    return _move(
        member_id,
        payout_id,
        "SET sealed_name = :name REMOVE needs",
        # A double tap: the first name stays.
        "st = :from AND attribute_exists(needs)",
        {":from": rules.RESERVED, ":name": sealed_name},
    ).done


def release(member_id: str, payout_id: str, attempt: int) -> Outcome:
    """FAILED → RELEASED: the money is the source's again. A rival of `try_again`."""
    return _move(
        member_id,
        payout_id,
        "SET st = :to",
        "st = :from AND attempt = :attempt",
        {":from": rules.FAILED, ":to": rules.RELEASED, ":attempt": attempt},
    )


def _move(member_id: str, payout_id: str, expression: str, condition: str, values: Item) -> Outcome:
    return dynamo.update(
        Payout, _pk(member_id), payout_id, expression, condition=condition, values=values, returns="ALL_NEW"
    )


def _pk(member_id: str) -> str:
    return f"MBR#{member_id}"
