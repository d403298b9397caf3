from __future__ import annotations

import subprocess
import sys

SLOW = ("requests", "urllib3", "cryptography", "boto3", "defusedxml", "xml.etree")


def test_importing_the_gateways_loads_nothing_slow() -> None:
    program = (
        "import sys; import chalicelib.wechat.gateways, chalicelib.wechat.access_tokens;"
        "import chalicelib.wechat.pay, chalicelib.wechat.callback_crypto;"
        f"print([name for name in {SLOW!r} if name in sys.modules])"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"
