"""Every path of the sandbox: which host it stands for, who answers, and what token or signature it needs."""

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from . import (
    contact_ways,
    contacts,
    control_clock,
    control_contacts,
    control_groups,
    control_people,
    control_server,
    control_settings,
    control_tasks,
    control_transfers,
    groups,
    handovers,
    mass,
    mini_program,
    pay,
    tags,
    tokens,
    wecom,
)
from .context import MINI_PROGRAM_HOST, PAY_HOST, WECOM_HOST, Call

Handler = Callable[[Call], Response]

CONTROL = "control"
PAGE = "page"


@dataclass(frozen=True)
class Route:
    """One method and path. `authorize` refuses by raising; `arrived` sees the call even if a fault eats it."""

    host: str
    method: str
    path: str
    handler: Handler
    authorize: Callable[[Call], None] | None = None
    arrived: Callable[[Call], None] | None = None


def url_map() -> Map:
    """The routes as Werkzeug matches them; the endpoint is the Route."""
    rules = [Rule(route.path, methods=[route.method], endpoint=route) for route in all_routes()]
    return Map(rules, strict_slashes=True, merge_slashes=False)


def all_routes() -> list[Route]:
    """The whole table."""
    return [*_mini_program(), *_wecom(), *_pay(), *_pages(), *_controls()]


def _mini_program() -> list[Route]:
    def token(call: Call) -> None:
        tokens.require_mini_program(call.store, call.query("access_token"), call.now)

    host = MINI_PROGRAM_HOST
    return [
        Route(host, "GET", "/sns/jscode2session", mini_program.jscode2session),
        Route(host, "POST", "/cgi-bin/stable_token", mini_program.stable_token),
        Route(host, "POST", "/wxa/business/getuserphonenumber", mini_program.getuserphonenumber, token),
        Route(host, "POST", "/cgi-bin/message/subscribe/send", mini_program.send_subscribe_message, token),
        Route(host, "POST", "/wxa/generate_urllink", mini_program.generate_urllink, token),
        Route(host, "POST", "/wxa/getwxacodeunlimit", mini_program.getwxacodeunlimit, token),
    ]


def _wecom() -> list[Route]:
    def token(call: Call) -> None:
        tokens.require_wecom(call.store, call.query("access_token"), call.now)

    def post(name: str, handler: Handler) -> Route:
        return Route(WECOM_HOST, "POST", f"/cgi-bin/{name}", handler, token)

    def get(name: str, handler: Handler) -> Route:
        return Route(WECOM_HOST, "GET", f"/cgi-bin/{name}", handler, token)

    return [
        Route(WECOM_HOST, "GET", "/cgi-bin/gettoken", wecom.gettoken),
        get("get_jsapi_ticket", wecom.get_jsapi_ticket),
        get("ticket/get", wecom.get_agent_ticket),
        get("auth/getuserinfo", wecom.getuserinfo),
        post("message/send", wecom.send_message),
        post("externalcontact/add_contact_way", contact_ways.add_contact_way),
        post("externalcontact/get_contact_way", contact_ways.get_contact_way),
        post("externalcontact/update_contact_way", contact_ways.update_contact_way),
        post("externalcontact/del_contact_way", contact_ways.del_contact_way),
        get("externalcontact/get", contacts.get_contact),
        get("externalcontact/list", contacts.list_contacts),
        post("externalcontact/batch/get_by_user", contacts.batch_get_by_user),
        post("externalcontact/send_welcome_msg", contacts.send_welcome_msg),
        post("externalcontact/add_msg_template", mass.add_msg_template),
        post("externalcontact/get_groupmsg_task", mass.get_groupmsg_task),
        post("externalcontact/get_groupmsg_send_result", mass.get_groupmsg_send_result),
        post("externalcontact/cancel_groupmsg_send", mass.cancel_groupmsg_send),
        post("externalcontact/add_corp_tag", tags.add_corp_tag),
        post("externalcontact/get_corp_tag_list", tags.get_corp_tag_list),
        post("externalcontact/del_corp_tag", tags.del_corp_tag),
        post("externalcontact/mark_tag", tags.mark_tag),
        post("externalcontact/transfer_customer", handovers.transfer_customer),
        post("externalcontact/transfer_result", handovers.transfer_result),
        post("externalcontact/resigned/transfer_customer", handovers.transfer_resigned_customer),
        post("externalcontact/resigned/transfer_result", handovers.transfer_resigned_result),
        post("externalcontact/get_unassigned_list", handovers.get_unassigned_list),
        post("externalcontact/groupchat/get", groups.get_group),
        post("externalcontact/groupchat/list", groups.list_groups),
    ]


def _pay() -> list[Route]:
    base = "/v3/fund-app/mch-transfer/transfer-bills"
    signed = pay.check_authorization
    return [
        Route(PAY_HOST, "POST", base, pay.create_transfer, signed, pay.note_arrival),
        Route(PAY_HOST, "GET", f"{base}/out-bill-no/<out_bill_no>", pay.query_transfer, signed),
        Route(PAY_HOST, "GET", f"{base}/transfer-bill-no/<transfer_bill_no>", pay.query_transfer, signed),
        Route(PAY_HOST, "POST", f"{base}/out-bill-no/<out_bill_no>/cancel", pay.cancel_transfer, signed),
    ]


def _pages() -> list[Route]:
    return [
        Route(PAGE, "GET", "/l/<link_id>", mini_program.open_link),
        Route(PAGE, "GET", "/w/<path:page>", mini_program.open_code),
        Route(PAGE, "GET", "/q/<config_id>.png", contact_ways.qr_image),
        Route(PAGE, "GET", "/ct/<config_id>", contact_ways.open_contact_way),
    ]


def _controls() -> list[Route]:
    def control(method: str, name: str, handler: Handler) -> Route:
        return Route(CONTROL, method, f"/_control/{name}", handler)

    return [
        control("GET", "health", control_server.health),
        control("GET", "settings", control_settings.get_settings),
        control("PUT", "settings", control_settings.put_settings),
        control("GET", "clock", control_clock.get_clock),
        control("PUT", "clock", control_clock.put_clock),
        control("DELETE", "clock", control_clock.delete_clock),
        control("POST", "reset", control_server.reset),
        control("POST", "expire-tokens", control_server.expire_tokens),
        control("POST", "faults", control_server.add_fault),
        control("GET", "faults", control_server.list_faults),
        control("DELETE", "faults", control_server.clear_faults),
        control("GET", "messages", control_server.list_messages),
        control("GET", "calls", control_server.list_calls),
        control("POST", "customers", control_people.add_customer),
        control("POST", "reveal-unionid", control_people.reveal_unionid),
        control("POST", "js-codes", control_people.add_js_code),
        control("POST", "phone-codes", control_people.add_phone_code),
        control("POST", "staff", control_people.put_staff),
        control("POST", "subscriptions", control_people.add_subscriptions),
        control("POST", "staff-codes", control_people.add_staff_code),
        control("POST", "add-contact", control_contacts.add_contact),
        control("POST", "delete-contact", control_contacts.delete_contact),
        control("POST", "callback", control_contacts.raise_callback),
        control("POST", "groups", control_groups.make_group),
        control("POST", "join-group", control_groups.join_group),
        control("POST", "leave-group", control_groups.leave_group),
        control("POST", "dismiss-group", control_groups.dismiss_group),
        control("GET", "mass", control_tasks.list_mass),
        control("POST", "mass/<msgid>/confirm", control_tasks.confirm_mass),
        control("POST", "handovers", control_tasks.end_handover),
        control("GET", "transfers", control_transfers.list_transfers),
        control("POST", "transfers/<out_bill_no>/confirm", control_transfers.confirm),
        control("POST", "transfers/<out_bill_no>/expire", control_transfers.expire),
        control("POST", "transfers/<out_bill_no>/fail", control_transfers.fail),
        control("POST", "transfers/<out_bill_no>/notify", control_transfers.notify_again),
        control("POST", "transfers/<out_bill_no>/state", control_transfers.put_state),
        control("POST", "transfers/<out_bill_no>/forget", control_transfers.forget),
    ]
