"""How the three hosts and the controls say no."""


class ApiRefusal(Exception):
    """Mini program and WeCom: HTTP 200 with `{"errcode", "errmsg"}`."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.errcode = errcode
        self.errmsg = errmsg


class PayRefusal(Exception):
    """WeChat Pay v3: HTTP 4xx or 5xx with `{"code", "message"}`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message


class ControlRefusal(Exception):
    """The sandbox's own controls: HTTP 4xx with `{"error": {"code", "message"}}`."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class BadJson(Exception):
    """The body is not a JSON object; each host says so in its own way."""
