"""What each code of the platforms means, and how it is treated.

Sources: developers.weixin.qq.com/miniprogram (mini program), developer.work.weixin.qq.com pages 90455
and 90313 (WeCom), pay.weixin.qq.com/doc/v3/merchant/4012716434 (pay). Mini program and WeCom differ:
40001 is a stale token in the first and a bad secret in the second, 48002 a fan's refusal and a missing
permission.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from chalicelib.wechat.errors import Misconfigured, Refused, TokenRefused, Unknown, WeChatError


class Kind(Enum):
    """How a code is treated: the class it is raised as, and whether repeating helps."""

    BUSY = "refused, the same call may be repeated at once"
    LIMITED = "refused, the same call may be repeated when the rate window has passed"
    REFUSED = "refused"
    CONFIG = "an operator must mend it"
    TOKEN = "renew the access token once"  # noqa: S105 - a description
    UNKNOWN = "may have been executed"


class Meaning(NamedTuple):
    """One row of a table: `text` is a cause or an advice in one sentence."""

    kind: Kind
    text: str


Codes = Mapping[str, Meaning]

MINI_PROGRAM: Final[Codes] = {
    "-1": Meaning(Kind.BUSY, "The platform is busy."),
    "40001": Meaning(Kind.TOKEN, "The access token is not valid."),
    "40003": Meaning(Kind.REFUSED, "The openid does not belong to this mini program."),
    "40013": Meaning(Kind.CONFIG, "The appid is not valid: check the mini program's appid."),
    "40014": Meaning(Kind.TOKEN, "The access token is not valid."),
    "40029": Meaning(Kind.REFUSED, "The code is not valid or has expired."),
    "40037": Meaning(Kind.CONFIG, "The template id is not valid: check it in the mini program's console."),
    "40125": Meaning(Kind.CONFIG, "The app secret is wrong: set the mini program's current secret."),
    "40163": Meaning(Kind.REFUSED, "The code has been used."),
    "40164": Meaning(Kind.CONFIG, "Our address is not on the IP white list: add it in the console."),
    "40165": Meaning(Kind.REFUSED, "The page path is not valid."),
    "40169": Meaning(Kind.REFUSED, "The scene is too long or holds characters that are not allowed."),
    "40226": Meaning(Kind.REFUSED, "The user is blocked as high-risk."),
    "41030": Meaning(Kind.REFUSED, "The page is not part of the published mini program."),
    "42001": Meaning(Kind.TOKEN, "The access token has expired."),
    "43101": Meaning(Kind.REFUSED, "The user has not subscribed to this message, or used the subscription up."),
    "44990": Meaning(Kind.LIMITED, "Too many links were made in this minute."),
    "45009": Meaning(Kind.LIMITED, "The quota of this interface is used up."),
    "45011": Meaning(Kind.LIMITED, "Too many calls in this minute."),
    "45063": Meaning(Kind.REFUSED, "The mini program may not use this interface."),
    "47003": Meaning(Kind.REFUSED, "A field of the message is missing or breaks its rules."),
    "48001": Meaning(Kind.CONFIG, "The mini program is not authorised for this interface."),
    "48002": Meaning(Kind.REFUSED, "The user does not accept messages."),
    "85079": Meaning(Kind.CONFIG, "The mini program has not been published."),
    "1400001": Meaning(Kind.CONFIG, "The quota of phone numbers is used up: buy more in the console."),
}

WECOM: Final[Codes] = {
    "-1": Meaning(Kind.BUSY, "The platform is busy."),
    "40001": Meaning(Kind.CONFIG, "The corp secret is wrong or the app is disabled: set the current secret."),
    "40003": Meaning(Kind.REFUSED, "The userid is not valid: left, deleted or outside the app's scope."),
    "40013": Meaning(Kind.CONFIG, "The corp id is not valid: check it in the admin console."),
    "40014": Meaning(Kind.TOKEN, "The access token is not valid."),
    "40029": Meaning(Kind.REFUSED, "The OAuth code is not valid, used or expired: sign in again."),
    "40058": Meaning(Kind.REFUSED, "A parameter is not valid."),
    "40068": Meaning(Kind.REFUSED, "The tag id is not valid."),
    "40071": Meaning(Kind.REFUSED, "The tag's name exists."),
    "40096": Meaning(Kind.REFUSED, "The external_userid is not valid here, or its follower is out of scope."),
    "40097": Meaning(Kind.REFUSED, "Transfer: the member has not resigned."),
    "40098": Meaning(Kind.REFUSED, "Transfer: the receiving member is not real-name verified."),
    "40099": Meaning(Kind.REFUSED, "Transfer: the receiving member is at the limit of customers."),
    "40100": Meaning(Kind.REFUSED, "Transfer: this customer is being transferred already."),
    "40128": Meaning(Kind.REFUSED, "Transfer: this customer was transferred twice within 90 days."),
    "40129": Meaning(Kind.REFUSED, "Transfer: this customer is being transferred now."),
    "40131": Meaning(Kind.REFUSED, "Transfer: the member who hands over does not follow this customer."),
    "40143": Meaning(Kind.REFUSED, "Transfer: the receiving member is banned."),
    "41001": Meaning(Kind.REFUSED, "The access token was missing."),
    "41048": Meaning(Kind.REFUSED, "Mass message: none of the customers can be sent to."),
    "41050": Meaning(Kind.REFUSED, "Welcome: the code is used or older than 20 seconds."),
    "41051": Meaning(Kind.REFUSED, "Welcome: the chat had already begun."),
    "41053": Meaning(Kind.REFUSED, "Welcome: the customer has not agreed to archiving."),
    "41054": Meaning(Kind.REFUSED, "Contact way: the member is not activated or not real-name verified."),
    "41063": Meaning(Kind.LIMITED, "Mass message: still being handed out; ask later."),
    "41091": Meaning(Kind.REFUSED, "A join way holds at most 5 groups."),
    "41093": Meaning(Kind.REFUSED, "Mass message: cancelled."),
    "42001": Meaning(Kind.TOKEN, "The access token has expired."),
    "43009": Meaning(Kind.CONFIG, "The corp is not verified: complete the verification."),
    "45009": Meaning(Kind.LIMITED, "Too many calls: wait out the window."),
    "45033": Meaning(Kind.LIMITED, "Too many calls at once on the same thing."),
    "48002": Meaning(Kind.CONFIG, "The app has no permission for this API: grant it in the admin console."),
    "50001": Meaning(Kind.CONFIG, "The domain of redirect_uri is not trusted: add it to the app."),
    "60011": Meaning(Kind.CONFIG, "The member, department or tag is outside the app's scope: widen it."),
    "60020": Meaning(Kind.CONFIG, "Our address is not a trusted IP of the app (企业可信IP): add it."),
    "60030": Meaning(Kind.CONFIG, "The app has no right to edit this department: grant it."),
    "60111": Meaning(Kind.REFUSED, "The userid does not exist."),
    "81013": Meaning(Kind.REFUSED, "None of the receivers is valid."),
    "81017": Meaning(Kind.REFUSED, "Too many were asked for at once."),
    "84061": Meaning(Kind.REFUSED, "The member and the customer are not in contact."),
    "84074": Meaning(Kind.CONFIG, "The member has no right to customer contact: grant it."),
    "90500": Meaning(Kind.REFUSED, "Group transfer: the owner has not resigned."),
    "90501": Meaning(Kind.REFUSED, "Group transfer: not a customer group."),
    "90502": Meaning(Kind.REFUSED, "Group transfer: the owner has resigned."),
    "90507": Meaning(Kind.REFUSED, "Group transfer: the group is being inherited."),
    "90508": Meaning(Kind.REFUSED, "Group transfer: the group was inherited already."),
    "301002": Meaning(Kind.CONFIG, "The secret belongs to another agent id: pair them."),
    "610016": Meaning(Kind.CONFIG, "The corp is not verified: complete the verification."),
}

PAY: Final[Codes] = {
    "PARAM_ERROR": Meaning(Kind.REFUSED, "A parameter breaks its rules."),
    "INVALID_REQUEST": Meaning(Kind.REFUSED, "The request breaks a rule of the product."),
    "NOT_FOUND": Meaning(Kind.REFUSED, "No bill under this number."),
    "SIGN_ERROR": Meaning(Kind.CONFIG, "Our signature was refused: check merchant key and its serial."),
    "NO_AUTH": Meaning(Kind.CONFIG, "The merchant lacks the transfer product or the scene: apply for it."),
    "NOT_ENOUGH": Meaning(Kind.CONFIG, "The operating account is empty: top it up."),
    "APPID_MCHID_NOT_MATCH": Meaning(Kind.CONFIG, "The appid is not bound to the merchant: bind it."),
    "MCH_NOT_EXISTS": Meaning(Kind.CONFIG, "The merchant id does not exist: check it."),
    # The number is taken, perhaps by our own first try: only a query can tell.
    "ALREADY_EXISTS": Meaning(Kind.UNKNOWN, "A bill with this number exists."),
    "SYSTEM_ERROR": Meaning(Kind.UNKNOWN, "The platform failed."),
    "FREQUENCY_LIMITED": Meaning(Kind.UNKNOWN, "Too many calls."),
}


def error_of(codes: Codes, api: str, code: str, said: str, *, default: Kind = Kind.REFUSED) -> WeChatError:
    """The error for `code`; one that the table does not know is treated as `default` (WeChat adds codes)."""
    kind, text = codes.get(code, Meaning(default, ""))
    detail = f"{text} {said}".strip()
    match kind:
        case Kind.BUSY:
            return Refused(api, code, detail, retryable=True)
        case Kind.LIMITED:
            return Refused(api, code, detail, limited=True)
        case Kind.REFUSED:
            return Refused(api, code, detail)
        case Kind.CONFIG:
            return Misconfigured(api, code, detail)
        case Kind.TOKEN:
            return TokenRefused(api, code, detail)
        case Kind.UNKNOWN:
            return Unknown(api, code, detail)
