"""The merchant's operating account (运营账户): without limit until its balance is set."""

from .errors import PayRefusal
from .store import Store

_BALANCE = "balance_fen"


def spend(store: Store, amount_fen: int) -> None:
    """Take the money of a transfer that is accepted; 403 NOT_ENOUGH when there is less. Inside a transaction."""
    left = _left(store)
    if left is None:
        return
    if amount_fen > left:
        raise PayRefusal(403, "NOT_ENOUGH", "运营账户资金不足")
    _set(store, left - amount_fen)


def give_back(store: Store, amount_fen: int) -> None:
    """Return the money of a transfer that failed, expired or was cancelled. Inside a transaction."""
    left = _left(store)
    if left is not None and amount_fen:
        _set(store, left + amount_fen)


def _left(store: Store) -> int | None:
    value = store.setting(_BALANCE)
    return None if value is None else int(value)


def _set(store: Store, left_fen: int) -> None:
    store.set_setting(_BALANCE, str(left_fen))
