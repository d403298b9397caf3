"""The operations that are measured, each with an input that was never used before."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench.measuring import PAIRS, WARM_UPS, Operation, Run
from tests.world import World, delivery

ENOUGH = 2 * PAIRS + WARM_UPS
JSON = {"Accept": "application/json"}


def mint_1000_codes(world: World) -> Operation:
    """An operator mints a batch of a thousand."""
    return Operation(
        "mint_1000_codes", lambda: world.request("POST", "/admin/code-batches", world.batch_body(1_000)), pairs=20
    )


def scan(world: World) -> Operation:
    """A customer scans an item that nobody has scanned."""
    codes = world.codes(ENOUGH)
    return Operation("scan", lambda: world.request("GET", f"/c/{next(codes)}", headers=JSON))


def scan_shared(world: World) -> Operation:
    """One more customer scans a code that everybody scans."""
    code = next(world.codes(1))
    return Operation("scan_shared", lambda: world.request("GET", f"/c/{code}", headers=JSON))


def login(world: World) -> Operation:
    """A stranger logs in for the first time."""

    def fresh() -> Run:
        js_code = world.sandbox.js_code(world.sandbox.customer()["openid"])
        return world.request("POST", "/auth/mini-program", {"js_code": js_code}, {"Content-Type": "application/json"})

    return Operation("login", fresh)


def join(world: World) -> Operation:
    """A member joins a campaign by a friend's invite."""
    campaign_id = world.campaign(1_000_000, 10_000)
    _, friend = world.member()
    path = f"/campaigns/{campaign_id}/join"
    invite = world.ask("POST", path, {}, friend)["invite"]
    return Operation("join", lambda: world.request("POST", path, {"invite": invite}, world.member()[1]))


def draw(world: World) -> Operation:
    """A participant draws from a pot of ten thousand shares."""
    campaign_id = world.campaign(1_000_000, 10_000)

    def fresh() -> Run:
        _, member = world.member()
        world.ask("POST", f"/campaigns/{campaign_id}/join", {}, member)
        return world.request("POST", f"/campaigns/{campaign_id}/draw", {"draw_no": 1}, member)

    return Operation("draw", fresh)


def touch(world: World) -> Operation:
    """A member met something of the brand's."""
    from chalicelib.attribution import service
    from chalicelib.kernel import clock
    from chalicelib.members.service import Person

    person = Person(world.member()[0])

    def fresh() -> Run:
        key = world.number()
        return lambda: service.touch(person, kind="scan", key=key, at=clock.now(), channel_id=world.channel_id)

    return Operation("touch", fresh, is_route=False)


def order(world: World) -> Operation:
    """A shop reports the order of a member who is bound to a guide."""
    member_id = _bound_member(world)
    return Operation("order", lambda: world.shop_event(world.paid_event(member_id)))


def refund(world: World) -> Operation:
    """A shop reports that half of an order went back."""
    member_id = _bound_member(world)

    def fresh() -> Run:
        paid = world.paid_event(member_id)
        world.shop_event(paid)()
        return world.shop_event(world.refund_event(paid, 12_900))

    return Operation("refund", fresh)


def payout(world: World) -> Operation:
    """A payout's whole life: asked for, sent, waiting for its payee, paid."""
    from chalicelib.kernel import clock
    from chalicelib.payouts import rules, service
    from chalicelib.payouts import tables as payout_tables
    from functions.payouts_notified import payouts_notified
    from functions.payouts_send import payouts_send

    made: list[tuple[str, str]] = []

    def fresh() -> Run:
        customer = world.sandbox.customer()
        member_id, _ = world.member(customer)
        source_id = world.number()

        def live() -> None:
            payout_id = service.request(
                source="packet",
                source_id=source_id,
                member_id=member_id,
                openid=customer["openid"],
                amount_fen=123,
                remark="新茶尝鲜红包",
                now=clock.now(),
            )
            payouts_send(delivery("payout.requested", member_id=member_id, payout_id=payout_id), None)
            number = rules.out_bill_no(payout_id, 1)
            payouts_notified(
                delivery("payout.notified", out_bill_no=number, state="SUCCESS", amount_fen=123, why=None), None
            )
            made[:] = [(member_id, payout_id)]

        return live

    fresh()()
    assert (payout_tables.find(*made[0]) or {})["st"] == rules.SUCCESS, "a payout's life did not end in success"
    return Operation("payout", fresh, is_route=False, pairs=20)


def _bound_member(world: World) -> str:
    member_id, headers = world.member()
    world.ask("POST", "/me/guide", {"badge": world.guide["badge"]}, headers)
    return member_id


OPERATIONS: dict[str, Callable[[World], Operation]] = {
    "mint_1000_codes": mint_1000_codes,
    "scan": scan,
    "scan_shared": scan_shared,
    "login": login,
    "join": join,
    "draw": draw,
    "touch": touch,
    "order": order,
    "refund": refund,
    "payout": payout,
}
