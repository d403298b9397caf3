"""Handing a guide's customers to a colleague, on the job or after leaving: WeCom decides, then the binding moves.

The past stays the old guide's: a transfer is a new binding as of the moment at which WeCom gave the customer over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from chalicelib.guides import service as guides
from chalicelib.guides.bindings import service as bindings
from chalicelib.guides.contact_ways import service as ways
from chalicelib.guides.contacts import keys
from chalicelib.guides.contacts import tables as contact_tables
from chalicelib.guides.rosters import service as rosters
from chalicelib.guides.rosters import tables as rosters_tables
from chalicelib.guides.transfers import tables
from chalicelib.kernel.clock import DAY, SECOND, Millis
from chalicelib.kernel.errors import SiyuError, not_found
from chalicelib.kernel.ids import digest32
from chalicelib.members import service as members
from chalicelib.runtime.dynamo import Item, Page
from chalicelib.runtime.events import queues
from chalicelib.runtime.observability import count

if TYPE_CHECKING:
    from chalicelib.wechat.wecom import WeCom

QUEUE: Final = "guides-transfers"
PER_CALL: Final = 100
MESSAGE: Final = "您好，您的专属导购已更换为我的同事，将由 TA 继续为您服务。"
_UNDER_WAY: Final = frozenset({0, 40100, 40129})
"""What WeCom says of a customer whom it took in, now or at an earlier try of the same call."""
_PATIENCE: Final = 2 * DAY
"""WeCom decides within a day: who is not in its answer by then was another transfer's."""


def start(
    transfer_id: str, *, guide_id: str, to_guide_id: str, member_ids: Sequence[str] | None, resigned: bool, now: Millis
) -> Item:
    """Begin to hand over these members, or all who are on the guide's list; `GET` tells how it goes.

    404 for an unknown guide, 422 for the guide themselves. With the id of an earlier try: that transfer.
    """
    guides.get_guide(guide_id)
    if guides.get_guide(to_guide_id)["sk"] == guide_id:
        raise SiyuError("refused", "A guide cannot take over their own customers.", param="to_guide_id")
    fields = {"src": guide_id, "dst": to_guide_id, "resigned": resigned, "created_at": now}
    job = tables.create(transfer_id, fields)
    _ask_later(transfer_id, None if member_ids is None else list(dict.fromkeys(member_ids)), None, now)
    return job


def get(guide_id: str, transfer_id: str) -> Item:
    """A guide's transfer; 404 when there is none."""
    found = tables.job(transfer_id)
    if found is None or found["src"] != guide_id:
        raise not_found("transfer", transfer_id)
    return found


def customers(transfer_id: str, limit: int, cursor: str | None) -> Page:
    """A page of a transfer's customers: `m`, `st` and, of a failed one, `why`."""
    return tables.handed_page(transfer_id, limit, cursor)


def handle(event: queues.Event, wecom: WeCom, now: Millis) -> None:
    """One step of a transfer: put up to 100 customers before WeCom, or ask what became of them. Repeats are harmless.

    Raises WeChatError when WeCom gives no answer: the queue delivers the step again.
    """
    data = event.data
    job = tables.job(data["transfer_id"])
    if job is None or job["ended"]:
        return
    if event.type == "transfer.poll":
        _poll(data["transfer_id"], job, data["cursor"], wecom, now)
        return
    _ask_for_page(data["transfer_id"], job, data["member_ids"], data["cursor"], wecom, now)


def poll_due(now: Millis) -> None:
    """Have WeCom asked about every transfer that has not ended, each at most twice an hour."""
    due = (transfer_id for transfer_id in tables.open_transfers() if tables.lease_poll(transfer_id, now))
    queues.send(QUEUE, (_poll_event(transfer_id, "", now) for transfer_id in due))


def accepted_by_contact(contact: str, userid: str, at: Millis, now: Millis) -> bool:
    """Whether a new contact is a transfer's; if so the binding has moved as of the contact."""
    transfer_id = tables.awaited(contact, userid)
    row = tables.handed(transfer_id, contact) if transfer_id else None
    if not transfer_id or row is None or row["st"] == "failed" or at < row["at"] - 60 * SECOND:
        return False
    if row["st"] == "done" and at > row["done_at"] + DAY:
        return False  # they added each other anew, long after
    _accept(transfer_id, contact, at, now)
    return True


def refused_by_callback(contact: str, userid: str, reason: str) -> None:
    """WeCom's `transfer_fail`: the customer stays with the guide."""
    transfer_id = tables.awaited(contact, userid)
    if transfer_id and tables.fail(transfer_id, contact, reason or "refused"):
        count("TransferFailed", reason=reason or "refused")


def _ask_for_page(
    transfer_id: str, job: Item, member_ids: list[str] | None, cursor: str | None, wecom: WeCom, now: Millis
) -> None:
    if member_ids is None:
        rows, following = rosters_tables.roster_page(job["src"], PER_CALL, cursor)
        rest, more = None, following is not None
    else:
        rows = _rows_of(transfer_id, job, member_ids[:PER_CALL], now)
        rest, following, more = member_ids[PER_CALL:], None, len(member_ids) > PER_CALL
    if job["resigned"] and member_ids is None and cursor is None:
        ways.pass_on(job["src"], job["dst"], wecom, now)
    _hand_over(transfer_id, job, rows, wecom, now)
    if more:
        _ask_later(transfer_id, rest, following, now)
    else:
        tables.mark_asked(transfer_id)
        _tally(transfer_id, now)


def _rows_of(transfer_id: str, job: Item, member_ids: list[str], now: Millis) -> list[Item]:
    """The members' rows on the guide's list; who is not on it has failed."""
    found = []
    for member_id in member_ids:
        row = rosters.own_row(job["src"], members.person_or_erased(member_id))
        if row:
            found.append(row)
        else:
            tables.put_moved(transfer_id, member_id, "failed", "not_their_member", now)
    return found


def _hand_over(transfer_id: str, job: Item, rows: list[Item], wecom: WeCom, now: Millis) -> None:
    giver, taker = guides.get_guide(job["src"]), guides.get_guide(job["dst"])
    asked: dict[str, str] = {}
    for row in rows:
        if not (row.get("followed") and row.get("c")):
            _move(job, row["sk"], job["created_at"], now)
            tables.put_moved(transfer_id, row["sk"], "done", None, now)
            continue
        external_userid = contact_tables.external_userid(row["c"], giver["userid"])
        handed = tables.put_asked(transfer_id, row["c"], row["sk"], taker["userid"], now)
        if external_userid and handed["st"] == "asked":
            asked[external_userid] = row["c"]
    if asked:
        _ask_wecom(transfer_id, job, giver["userid"], taker["userid"], asked, wecom)


def _ask_wecom(transfer_id: str, job: Item, giver: str, taker: str, asked: dict[str, str], wecom: WeCom) -> None:
    """One call for up to 100 customers; each has a verdict of their own. `asked`: external_userid → contact."""
    from chalicelib.wechat.errors import Refused

    try:
        verdicts = wecom.transfer_customers(giver, taker, list(asked), MESSAGE, resigned=job["resigned"])
    except Refused as error:
        if error.retryable:
            raise
        for contact in asked.values():
            tables.fail(transfer_id, contact, error.code)
        return
    for verdict in verdicts:
        contact = asked[verdict.external_userid]
        if verdict.errcode in _UNDER_WAY:
            tables.begin_waiting(transfer_id, contact)
        elif tables.fail(transfer_id, contact, str(verdict.errcode)):
            count("TransferFailed", reason=str(verdict.errcode))


def _poll(transfer_id: str, job: Item, cursor: str, wecom: WeCom, now: Millis) -> None:
    giver, taker = guides.get_guide(job["src"]), guides.get_guide(job["dst"])
    page = wecom.transfer_result(giver["userid"], taker["userid"], cursor, resigned=job["resigned"])
    for result in page.items:
        contact = keys.contact_key(result.external_userid)
        row = tables.handed(transfer_id, contact)
        # The list also has what earlier transfers between the two came to.
        if row is None or row["st"] not in ("asked", "waiting"):
            continue
        _apply(transfer_id, contact, result.status, max(result.takeover_time * SECOND, row["at"]), now)
    if page.next_cursor:
        queues.send(QUEUE, [_poll_event(transfer_id, page.next_cursor, now)])
    else:
        _tally(transfer_id, now)


def _apply(transfer_id: str, contact: str, status: int, at: Millis, now: Millis) -> None:
    from chalicelib.wechat.wecom_shapes import TRANSFER_STATUS

    outcome = TRANSFER_STATUS.get(status, "none")
    if outcome == "done":
        _accept(transfer_id, contact, at, now)
    elif outcome == "waiting":
        tables.begin_waiting(transfer_id, contact)
    elif tables.fail(transfer_id, contact, outcome):
        count("TransferFailed", reason=outcome)


def _accept(transfer_id: str, contact: str, at: Millis, now: Millis) -> None:
    row = tables.accept(transfer_id, contact, at)
    job = tables.job(transfer_id)
    if row and job:
        _move(job, row["m"], row["done_at"], now)
        tables.finish(transfer_id, contact)


def _move(job: Item, member_id: str, at: Millis, now: Millis) -> None:
    """Bind the member to the receiver, if they were the giver's at that moment."""
    person = members.person_or_erased(member_id)
    held = bindings.binding_as_of(person, at)
    if held is None or held.guide_id != job["src"]:
        return
    bindings.bind(person, job["dst"], reason="transferred", at=at, now=now)
    members.add_to_timeline(member_id, "transferred", f"{job['pk']}", at, guide_id=job["dst"], from_guide_id=job["src"])
    count("MemberTransferred")


def _tally(transfer_id: str, now: Millis) -> None:
    """Count how the customers stand: 0.5 RRU per some 30 of them."""
    counts: Counter[str] = Counter()
    for row in tables.every_handed(transfer_id):
        if row["st"] in ("asked", "waiting") and now - row["at"] > _PATIENCE:
            tables.fail(transfer_id, row["sk"].removeprefix("C#"), "no_answer")
            row["st"] = "failed"
        counts["waiting" if row["st"] == "asked" else row["st"]] += 1
    job = tables.job(transfer_id)
    tables.put_counts(transfer_id, dict(counts), bool(job and job["asked"] and not counts["waiting"]))


def _ask_later(transfer_id: str, member_ids: list[str] | None, cursor: str | None, now: Millis) -> None:
    data = {"transfer_id": transfer_id, "member_ids": member_ids, "cursor": cursor}
    key = digest32(transfer_id, cursor or "", *(member_ids or [])[:1])
    queues.send(QUEUE, [queues.Event(key, "transfer.page", now, data)])


def _poll_event(transfer_id: str, cursor: str, now: Millis) -> queues.Event:
    data = {"transfer_id": transfer_id, "cursor": cursor}
    return queues.Event(digest32(transfer_id, "poll", cursor, now), "transfer.poll", now, data)
