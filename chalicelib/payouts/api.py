"""Routes of payouts: a member's packets, and WeChat Pay's notifications. Operators' stand in `admin_api`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from chalice.app import Response

from chalicelib.campaigns import service as campaigns
from chalicelib.kernel.clock import Millis, to_rfc3339
from chalicelib.payouts import service
from chalicelib.runtime import queues
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import SAFE_HEADERS, Answer, Api, Body, Listed, Listing, Request
from chalicelib.runtime.observability import count

api = Api(__name__)


class Packet(Answer):
    """Money for a member. `package_info` opens WeChat's confirmation while the state is `confirm`.

    `needs_name`: from 2,000 yuan on it waits until `POST /me/packets/{packet_id}/name` has told the real name.
    """

    packet_id: str
    source: str
    amount_fen: int
    state: str
    package_info: str | None
    confirm_before: str | None
    created_at: str
    needs_name: bool = False


class Payee(Body):
    """The payee's name as WeChat knows it. It is kept encrypted and only until the payout has ended."""

    real_name: Annotated[str, msgspec.Meta(min_length=2, max_length=64, pattern=r"\S")]


@api.get("/me/packets", allow=MEMBER, errors=("invalid_cursor",))
def my_packets(caller: Caller, query: Listing) -> Listed[Packet]:
    """The member's packets and where their money is."""
    page = service.of_member(caller.id, query.limit, query.cursor)
    waiting = [] if query.cursor else [_waiting(row) for row in campaigns.waiting_of(caller.id)]
    asked_for = [packet_view(row) for row in page.items]
    known = {packet.packet_id for packet in asked_for}
    return Listed([*(packet for packet in waiting if packet.packet_id not in known), *asked_for], page.cursor)


@api.post("/me/packets/{packet_id}/name", allow=MEMBER, errors=("not_found", "conflict"))
def name_payee(packet_id: str, body: Payee, caller: Caller) -> Packet:
    """Tell the real name that WeChat Pay wants from 2,000 yuan on."""
    return packet_view(service.name_payee(caller.id, packet_id, body.real_name))


@api.post("/callbacks/wechat-pay", errors=("invalid_signature",))
def hear_wechat_pay(request: Request, now: Millis) -> Response:
    """WeChat Pay says how a transfer ended: verified, kept, then answered.

    What is not provably WeChat Pay's, or not of now, is answered 401 in WeChat Pay's own shape.
    """
    from chalicelib.wechat import connect
    from chalicelib.wechat.pay import NotificationRefused

    try:
        told = connect.pay().read_notification(request.headers, request.body, now // 1000)
    except NotificationRefused as refused:
        count("PayNotificationRefused", reason=refused.reason)
        return _answer(401, "FAIL", "The notification is not genuine.")
    facts = {
        "out_bill_no": told.out_bill_no,
        "state": told.state,
        "amount_fen": told.amount_fen,
        "why": told.fail_reason,
    }
    queues.send("payouts-notified", [queues.Event(f"notified:{told.out_bill_no}", "payout.notified", now, facts)])
    return _answer(200, "SUCCESS", "")


def packet_view(row: Item) -> Packet:
    standing = service.standing_of(row)
    return Packet(
        packet_id=row["src_id"] if row["src_id"].startswith("pkt_") else row["sk"],
        source=row["src"],
        amount_fen=row["amount_fen"],
        state=standing.state,
        package_info=standing.package_info,
        confirm_before=to_rfc3339(standing.confirm_before) if standing.confirm_before else None,
        created_at=to_rfc3339(row["made_at"]),
        needs_name=standing.needs_name,
    )


def _waiting(row: Item) -> Packet:
    return Packet(
        packet_id=row["sk"],
        source="packet",
        amount_fen=row["amount_fen"],
        state=row["state"],
        package_info=None,
        confirm_before=None,
        created_at=to_rfc3339(row["made_at"]),
    )


def _answer(status: int, code: str, message: str) -> Response:
    body = msgspec.json.encode({"code": code, "message": message}).decode()
    return Response(body, {"Content-Type": "application/json", **SAFE_HEADERS}, status)
