"""Routes of a member's packets, whatever they are for."""

from __future__ import annotations

from chalicelib.kernel.clock import to_rfc3339
from chalicelib.member_center import queries
from chalicelib.members import service as members
from chalicelib.payouts.schemas import Packet, Payee
from chalicelib.payouts.views import packet_view
from chalicelib.runtime.auth import MEMBER, Caller
from chalicelib.runtime.dynamo import Item
from chalicelib.runtime.http import Api, Listed, Listing

api = Api(__name__)


@api.get("/me/packets", allow=MEMBER, errors=("invalid_cursor",))
def my_packets(caller: Caller, query: Listing) -> Listed[Packet]:
    """The member's packets and where their money is."""
    person = members.person_or_erased(caller.id)
    # What waits is read first: a packet that is asked for in between is in both, never in none.
    waiting = [] if query.cursor else [_waiting(row) for row in queries.waiting_packets_of(person)]
    rows, cursor = queries.payouts_of(person, query.limit, query.cursor)
    asked_for = [packet_view(row) for row in rows]
    known = {packet.packet_id for packet in asked_for}
    return Listed([*(packet for packet in waiting if packet.packet_id not in known), *asked_for], cursor)


@api.post("/me/packets/{packet_id}/name", allow=MEMBER, errors=("not_found", "conflict"))
def name_payee(packet_id: str, body: Payee, caller: Caller) -> Packet:
    """Tell the real name that WeChat Pay wants from 2,000 yuan on."""
    return packet_view(queries.name_payee(members.person_or_erased(caller.id), packet_id, body.real_name))


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
