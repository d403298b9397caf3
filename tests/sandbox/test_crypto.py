"""The published callback vectors: WeCom's own demonstration, and those of a corporation seen in go-workwx."""

import pytest

from infra.local.sandbox import crypto

TOKEN, KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
MESSAGE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/"
    "sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZf"
    "JYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGU"
    "callcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5"
    "Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)
WW_TOKEN, WW_KEY = "kjr2TKI8umCBfVF3wAHk8JiPwma5VBme", "4Ma3YBrSBbX2aez8MJpXGBne5LSDwgGqHbhM9WPYIws"
WW_ECHO = "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w=="


def test_signs_and_opens_the_url_verification_of_the_manual() -> None:
    signature = crypto.callback_signature(TOKEN, "1409659589", "263014780", ECHO)

    assert signature == "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
    assert crypto.decrypt_event(ECHO, KEY) == ("1616140317555161061", CORP)


def test_signs_and_opens_the_message_of_the_manual_although_its_pad_is_longer_than_16() -> None:
    signature = crypto.callback_signature(TOKEN, "1409659813", "1372623149", MESSAGE)
    plaintext, receive_id = crypto.decrypt_event(MESSAGE, KEY)

    assert signature == "477715d11cdb4164915debcba66cb864d751f3e6"
    assert receive_id == CORP
    assert plaintext.startswith("<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>\n")
    assert plaintext.endswith("<AgentID>218</AgentID>\n</xml>")


def test_verifies_a_real_corporation_and_refuses_one_changed_digit() -> None:
    values = (WW_TOKEN, "1583940690", "VHh7ymSeb0jc4lSb", WW_ECHO)

    assert crypto.decrypt_event(WW_ECHO, WW_KEY) == ("94966531020182955848408", "ww6a112864f8022910")
    assert crypto.verify_callback(*values, "1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb011")
    assert not crypto.verify_callback(*values, "1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb010")


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 31, 32, 33, 1000])
def test_every_length_comes_back(length: int) -> None:
    plaintext = "码" * length

    assert crypto.decrypt_event(crypto.encrypt_event(plaintext, KEY, CORP), KEY) == (plaintext, CORP)


def test_another_key_does_not_open_it() -> None:
    sealed = crypto.encrypt_event("<xml/>", KEY, CORP)

    with pytest.raises(ValueError, match=r"padding|length|decode"):
        crypto.decrypt_event(sealed, WW_KEY)
