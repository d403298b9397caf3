"""No test file takes a clock, a port or a random number while it is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.import_time import sources, taken_at_import

TESTS = Path(__file__).parents[2]

PLANTED = {
    "a module's level": "import time\nSTARTED = time.time()",
    "a branch at module level": "import os, time\nif os.environ:\n    STARTED = time.monotonic()",
    "a comprehension": "import secrets\nNAMES = [secrets.token_hex(4) for _ in range(3)]",
    "a formatted text": "from time import time_ns\nNAME = f'o-{time_ns()}'",
    "a class body": "from datetime import UTC, datetime\nclass Case:\n    began = datetime.now(UTC)",
    "a class in a class": "import random\nclass A:\n    class B:\n        dice = random.random()",
    "parametrize": (
        "import time, pytest\n@pytest.mark.parametrize('stamp', [int(time.time()) - 600])\ndef test_stamp(stamp): ..."
    ),
    "the ids of parametrize": (
        "import uuid, pytest\n@pytest.mark.parametrize('x', [1], ids=lambda _: str(uuid.uuid4()))\ndef test_x(x): ..."
    ),
    "a decorator of a method": (
        "import pytest\n"
        "from chalicelib.kernel import clock\n"
        "class TestCase:\n"
        "    @pytest.mark.parametrize('now', [clock.now()])\n"
        "    def test_now(self, now): ..."
    ),
    "a default": "from chalicelib.kernel.clock import now\ndef made(at=now()): ...",
    "a keyword's default": "from ulid import ULID\ndef made(*, name=str(ULID())): ...",
    "a lambda's default": "import os\nmake = lambda size=os.urandom(4): size",
    "an id": "from chalicelib.kernel import ids\nMEMBER = ids.new_id('member', 1)",
    "a port": "from infra.local.processes import free_port as port\nPORT = port(8080)",
    "a generator without a seed": "from random import Random\nDICE = Random()",
    "another name for a clock": "import time\ntick = time.monotonic\nBEGAN = tick()",
    "a function of the file": "import time\ndef started(): return time.time()\nSTARTED = started()",
    "a function of another file": "from tests.helping import fresh\nNAME = fresh()",
}
HELPING = "import secrets\ndef fresh(): return secrets.token_hex(4)"

HARMLESS = {
    "a test's body": "import time\ndef test_now():\n    assert time.time()",
    "a fixture's body": "import secrets, pytest\n@pytest.fixture\ndef name(): return secrets.token_hex(4)",
    "a function that is handed on": "import time\nfrom dataclasses import dataclass, field\n"
    "@dataclass\nclass Case:\n    at: float = field(default_factory=time.time)",
    "a function that makes another": "import time\ndef make():\n    def tick(): return time.time()\n"
    "    return tick\nTICK = make()",
    "a generator with a seed": "from random import Random\nDICE = Random(7)",
    "a fixed moment": "from datetime import UTC, datetime\nNOON = datetime(2026, 1, 15, 12, tzinfo=UTC)",
    "a program's own lines": "import time\nif __name__ == '__main__':\n    print(time.time())",
}


def test_no_test_file_takes_a_changing_value_when_it_is_imported() -> None:
    taken = taken_at_import(sources(TESTS))

    assert taken == [], "Take it in a fixture or in the test: " + ", ".join(map(str, taken))


@pytest.mark.parametrize("text", PLANTED.values(), ids=PLANTED)
def test_a_changing_value_is_refused_in(text: str) -> None:
    taken = taken_at_import({"tests.test_planted": text, "tests.helping": HELPING})

    assert len(taken) == 1


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_nothing_is_refused_in(text: str) -> None:
    assert taken_at_import({"tests.test_harmless": text}) == []


def test_every_file_of_the_suite_is_read() -> None:
    found = sources(TESTS)

    assert found.keys() >= {"tests.conftest", "tests.sandbox.test_pay", "tests.soak.__main__"}
    assert len(found) == len(list(TESTS.rglob("*.py")))
