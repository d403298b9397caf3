"""A callback's mark: one delivery greets, also when boto3 sends the write twice."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel import ids
from tests.faults.injector import Injector, installed

NOW = 1_767_225_600_123


def test_the_first_delivery_greets_though_its_write_was_sent_twice(stack: str, sandbox: Any) -> None:
    from chalicelib.guides.contacts import tables as contact_tables

    callback = ids.new_id("request", NOW)
    injector = Injector(sandbox)
    with installed(injector), injector.armed():
        injector.aim(1, "resent")
        first = contact_tables.mark(callback, NOW)
    again = contact_tables.mark(callback, NOW)

    assert injector.broke
    assert (first, again) == (True, False)
