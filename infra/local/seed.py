"""The demonstration brand: a shop system that may send orders. Made once, kept with the data."""

from __future__ import annotations

from typing import Any

import requests


def seed(stack: dict[str, Any]) -> dict[str, str]:
    """`shop_id` and `shop_secret` of the demonstration mall, made when the running stack does not know them."""
    headers = {"Authorization": f"Bearer {stack['admin_token']}"}
    url = f"{stack['api_url']}/admin/shops"
    listed = requests.get(url, headers=headers, timeout=60)
    listed.raise_for_status()
    known = {shop["shop_id"] for shop in listed.json()["items"]}
    if stack.get("shop_id") in known:
        return {"shop_id": stack["shop_id"], "shop_secret": stack["shop_secret"]}
    made = requests.post(url, headers=headers, json={"name": "小程序商城"}, timeout=60)
    made.raise_for_status()
    return {"shop_id": made.json()["shop_id"], "shop_secret": made.json()["secret"]}


def point_callbacks(stack: dict[str, Any]) -> None:
    """Tell the sandbox where this stack takes WeCom's callbacks, as an operator does in WeCom's console."""
    url = f"{stack['sandbox_url']}/_control/settings"
    answer = requests.put(url, json={"wecom_callback_url": f"{stack['api_url']}/callbacks/wecom"}, timeout=30)
    answer.raise_for_status()
