"""Use cases of payouts: ask for one, hear what became of it, let go of one that failed.

Only FAIL or CANCELLED, said by a query or a verified notification, ends an attempt unpaid. An exception never
does: the same body goes out again under the same number.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from chalicelib.kernel import ids
from chalicelib.kernel.clock import Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.kernel.money import Fen
from chalicelib.kernel.text import read
from chalicelib.payouts import follow_up_tables, payee_names, rules, tables
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.settings import settings

NOTIFY_PATH: Final = "/callbacks/wechat-pay"
PACKETS: Final = ("packet", "prize")
"""Sources whose ids are packets: what a member names when they give their name."""


class Standing(NamedTuple):
    """`state`: waiting, sending, confirm, paid, expired or failed; package and time only while the payee is to confirm.

    `needs_name`: from 2,000 yuan on nothing is sent before the payee has given their real name.
    """

    state: str
    package_info: str | None
    confirm_before: Millis | None
    needs_name: bool


def request(
    *,
    source: str,
    source_id: str,
    member_id: str,
    openid: str,
    amount_fen: Fen,
    remark: str,
    now: Millis,
    scene: str = "1000",
    report: tuple[str, str] | None = None,
) -> str:
    """Ask for a payout; its id. The same (source, source_id) is the same payout, however often and late it is asked.

    `remark` is what the payee reads. `scene` is WeChat Pay's: 1000 marketing (report = name of the campaign,
    what the reward is for), 1005 commission (report = position, what is paid).
    422 `refused` out of the payer's range, 409 `conflict` for a known source with another amount or payee.
    """
    rules.check(amount_fen, scene, settings().payout_min_fen, settings().payout_max_fen)
    payout_id = ids.derived_id("payout", source, source_id)
    number = rules.out_bill_no(payout_id, 1)
    frozen = rules.bill(
        number=number,
        openid=openid,
        amount_fen=amount_fen,
        remark=remark,
        scene=scene,
        report=report or (remark, "活动奖励"),
        notify_url=f"{settings().public_url}{NOTIFY_PATH}",
    )
    if not follow_up_tables.own(payout_id, member_id):
        raise _another_payout(source, source_id)
    follow_up_tables.put_follow_up(payout_id, member_id, now, now + rules.FIRST_FOLLOW_UP)
    fields: Item = {"src": source, "src_id": source_id, "amount_fen": amount_fen, "bill": rules.freeze(frozen)}
    if rules.needs_name(amount_fen):
        fields["needs"] = "name"
    outcome = tables.reserve(member_id, payout_id, {**fields, "made_at": now})
    if not outcome.done and outcome.item["amount_fen"] != amount_fen:
        raise _another_payout(source, source_id)
    return payout_id


def find(*, source: str, source_id: str, member_id: str) -> Item | None:
    """The payout for a source, as it stands (read strongly)."""
    return tables.find(member_id, ids.derived_id("payout", source, source_id), strong=True)


def standing(*, source: str, source_id: str, member_id: str) -> Standing | None:
    """Where the money for a source is, as its owner sees it; None before it was asked for."""
    row = find(source=source, source_id=source_id, member_id=member_id)
    return None if row is None else standing_of(row)


def standing_of(row: Item) -> Standing:
    """A payout's row as its owner sees it."""
    return Standing(
        state="waiting" if "needs" in row else rules.state_seen(row["st"], row.get("why") or ""),
        package_info=row.get("package_info"),
        confirm_before=row.get("confirm_before"),
        needs_name="needs" in row,
    )


def of_member(member_id: str, limit: int, cursor: str | None) -> Page:
    """A person's payouts."""
    return tables.of_member(member_id, limit, cursor)


def name_payee(member_id: str, packet_id: str, real_name: str) -> Item:
    """The payee's real name for a payout from 2,000 yuan on: now it is sent; its row.

    400 for a name that is none, 404 when the member has no such packet, 409 `conflict` when no name is asked for.
    """
    name = read("name", real_name, param="real_name", least=2)
    for payout_id in (packet_id, *(ids.derived_id("payout", source, packet_id) for source in PACKETS)):
        row = tables.find(member_id, payout_id, strong=True)
        if row is None:
            continue
        if not tables.name_payee(member_id, payout_id, payee_names.seal(name, payout_id)):
            raise SiyuError("conflict", "No name is needed, or it was given before.", param="packet_id")
        return tables.find(member_id, payout_id, strong=True) or row
    raise not_found("packet", packet_id)


def withdraw(member_id: str, payout_id: str, now: Millis) -> bool:
    """Take back a payout that has not been sent; False when it is on its way or has ended."""
    return tables.withdraw(member_id, payout_id, now).done


def try_again(member_id: str, payout_id: str, attempt: int, now: Millis) -> bool:
    """Send a failed payout once more under a new number; False when it did not fail or was released."""
    payout = tables.find(member_id, payout_id, strong=True)
    if payout is None:
        return False
    follow_up_tables.put_follow_up(payout_id, member_id, now, now + rules.FIRST_FOLLOW_UP)
    outcome = tables.try_again(member_id, payout_id, attempt, needs_name=rules.needs_name(payout["amount_fen"]))
    is_under_way = bool(outcome.item.get("attempt") == attempt + 1)
    if outcome.done:
        follow_up_tables.drop_action(follow_up_tables.FAILED, payout_id)
    return outcome.done or is_under_way


def release(member_id: str, payout_id: str, attempt: int) -> bool:
    """Let go of a failed payout; True when it is released, now or before, False when it is tried again."""
    outcome = tables.release(member_id, payout_id, attempt)
    if outcome.done:
        follow_up_tables.drop_action(follow_up_tables.FAILED, payout_id)
    return outcome.done or (outcome.item.get("st") == rules.RELEASED and outcome.item["attempt"] == attempt)


def _another_payout(source: str, source_id: str) -> SiyuError:
    return SiyuError("conflict", f"There is already a payout for {source} {source_id} with another amount or payee.")
