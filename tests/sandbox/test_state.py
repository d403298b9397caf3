"""State on disk, keys, and the controls' own manners."""

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.sandbox.keys import SandboxKeys, load_or_create
from infra.local.sandbox.server import SandboxServer
from infra.local.sandbox.store import OutdatedState
from tests.sandbox.driver import BILLS, Driver, Receiver


def test_state_survives_a_restart(tmp_path: Path, keys: SandboxKeys) -> None:
    with SandboxServer(tmp_path, keys) as server:
        driver = Driver(server.url, keys)
        customer, token = driver.customer(), driver.mini_token()["access_token"]
        bill = driver.bill(customer["openid"])
        driver.pay("POST", BILLS, bill)
        driver.control("POST", f"transfers/{bill['out_bill_no']}/confirm")

    with SandboxServer(tmp_path, keys) as server:
        driver = Driver(server.url, keys)

        assert driver.control("GET", "transfers")["paid_fen"] == 888
        assert driver.mini_token()["access_token"] == token
        assert driver.control("POST", "js-codes", {"openid": customer["openid"]})["js_code"]


def test_a_state_of_another_version_is_refused_with_a_way_out(tmp_path: Path, keys: SandboxKeys) -> None:
    with SandboxServer(tmp_path, keys) as server:
        server.sandbox.store.run("PRAGMA user_version=1")

    with pytest.raises(OutdatedState, match="make reset"):
        SandboxServer(tmp_path, keys)


def test_reset_empties_all_but_the_settings(driver: Driver, receiver: Receiver) -> None:
    customer = driver.customer()
    driver.pay("POST", BILLS, driver.bill(customer["openid"]))

    driver.control("POST", "reset")

    assert driver.control("GET", "transfers") == {"items": [], "paid_fen": 0}
    assert driver.control("GET", "calls")["items"] == []
    assert driver.control("GET", "settings")["wecom_callback_url"].startswith(receiver.url)
    driver.control("POST", "js-codes", {"openid": customer["openid"]}, status=400)


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "state" / "keys.json"

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: load_or_create(path).apiv3_key, range(4)))

    keys = load_or_create(path)
    assert made == {keys.apiv3_key}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (len(keys.apiv3_key), len(keys.encoding_aes_key)) == (32, 43)
    assert keys.app_secret not in repr(keys)
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.json"]


def test_the_command_says_when_it_is_ready_and_ends_on_sigterm(tmp_path: Path, keys: SandboxKeys) -> None:
    command = [sys.executable, "-m", "infra.local.sandbox", "--state", str(tmp_path), "--port", "0"]
    command += ["--wecom-callback-url", "http://127.0.0.1:1/callbacks/wecom"]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=dict(os.environ))
    try:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        settings = requests.get(f"{url}/_control/settings", timeout=60).json()
        health = requests.get(f"{url}/_control/health", timeout=60).json()
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60)

    assert health["status"] == "ok"
    assert settings["wecom_callback_url"] == "http://127.0.0.1:1/callbacks/wecom"
    assert code == 0


def test_customers_have_the_shapes_of_the_real_ones(driver: Driver) -> None:
    customer = driver.customer()

    assert (customer["openid"][0], len(customer["openid"])) == ("o", 28)
    assert customer["external_userid"].startswith("wm")
    assert (customer["phone"][:5], len(customer["phone"])) == ("19900", 11)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("customers", {"phone": "123"}),
        ("customers", {"fone": "13800138000"}),
        ("customers", {"unionid": "o-mine"}),
        ("customers", {"unionid": False}),
        ("customers", {"same_person_as": "o-nobody"}),
        ("customers", {"same_person_as": 1}),
        ("customers", {"oa": "yes"}),
        ("reveal-unionid", {}),
        ("reveal-unionid", {"external_userid": "wm-nobody"}),
        ("reveal-unionid", {"openid": "o-nobody"}),
        ("js-codes", {}),
        ("js-codes", {"openid": "o-nobody"}),
        ("phone-codes", {"openid": 1}),
        ("staff", {"userid": "x"}),
        ("staff-codes", {"userid": "nobody"}),
        ("subscriptions", {"openid": "o-nobody", "times": 1}),
        ("add-contact", {"external_userid": "wm-nobody", "userid": "x"}),
        ("callback", {}),
        ("handovers", {"external_userid": "wm-nobody"}),
    ],
)
def test_controls_say_what_is_wrong(driver: Driver, name: str, body: dict[str, Any]) -> None:
    assert driver.control("POST", name, body, status=400)["error"]["message"]


def test_controls_refuse_what_is_no_json_object(driver: Driver) -> None:
    for raw in (b"{", b"[]", b"\xff"):
        answer = requests.post(f"{driver.url}/_control/customers", data=raw, timeout=60)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_unknown_paths_and_settings_are_refused(driver: Driver) -> None:
    assert requests.get(f"{driver.url}/cgi-bin/unheard_of", timeout=60).status_code == 404
    assert requests.get(f"{driver.url}/cgi-bin/stable_token", timeout=60).status_code == 405
    driver.control("PUT", "settings", {"wecom_callback_url": "ftp://x"}, status=400)
