"""The clock of the stages local and test, and that no other stage has one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from chalicelib.kernel import clock
from chalicelib.kernel.clock import HOUR, SECOND
from chalicelib.runtime import settings as stage_settings
from chalicelib.runtime import stage_clock
from chalicelib.runtime.settings import LOCAL_STAGES, MissingSettings, read_settings
from chalicelib.runtime.stage_clock import Offset

NEEDED = {
    "SIYU_STAGE": "local",
    "SIYU_STACK": "siyu-x",
    "SIYU_QUEUE_URL_BASE": "http://127.0.0.1:1/0/siyu-x-",
    "SIYU_PUBLIC_URL": "https://siyu.example.com",
}


class Row:
    """A row that counts its readings, and a machine's seconds."""

    def __init__(self) -> None:
        self.seconds, self.reads, self.moment = 0, 0, 100.0

    def read(self) -> int:
        self.reads += 1
        return self.seconds

    def machine(self) -> float:
        return self.moment


@pytest.fixture(autouse=True)
def _plain_clock() -> Iterator[None]:
    stage_settings.settings.cache_clear()
    yield
    clock.live_later(None)
    stage_settings.settings.cache_clear()


@pytest.fixture
def row() -> Row:
    return Row()


def _is_later_by(millis: int) -> bool:
    return abs(clock.now() - time.time() * 1000 - millis) < 5 * SECOND


def test_the_clock_is_the_machines_unless_it_is_told_to_be_later(row: Row) -> None:
    row.seconds = 90_000
    plain = _is_later_by(0)

    clock.live_later(Offset(row.read, row.machine))
    later = _is_later_by(25 * HOUR)
    clock.live_later(None)

    assert (plain, later, _is_later_by(0)) == (True, True, True)
    assert abs(clock.wall() - time.time() * 1000) < 5 * SECOND


def test_the_offset_is_read_once_a_second_however_often_the_time_is_asked(row: Row) -> None:
    offset = Offset(row.read, row.machine)

    first = {offset() for _ in range(1000)}
    row.seconds, row.moment = 60, 100.9
    within = offset()
    row.moment = 101.0
    after = offset()

    assert (first, within, after, row.reads) == ({0}, 0, 60 * SECOND, 2)


def test_who_has_put_the_clock_sees_it_at_once(row: Row) -> None:
    offset = Offset(row.read, row.machine)
    offset()
    row.seconds = 60

    offset.read_again()

    assert offset() == 60 * SECOND


def test_a_reading_that_fails_is_raised_and_made_again(row: Row) -> None:
    answers = iter([ConnectionError("no answer"), 60])

    def read() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    offset = Offset(read, row.machine)

    with pytest.raises(ConnectionError):
        offset()
    assert offset() == 60 * SECOND


def test_threads_that_ask_first_get_the_offset_and_read_it_once(row: Row) -> None:
    together, seen = threading.Barrier(8), list[int]()
    row.seconds = 60
    offset = Offset(row.read, row.machine)

    def ask() -> None:
        together.wait()
        seen.append(offset())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (seen, row.reads) == ([60 * SECOND] * 8, 1)


@pytest.mark.parametrize("stage", ["prod", "production", "staging", "Local", "test2"])
def test_other_stages_refuse_the_settings_of_the_local_routes(stage: str) -> None:
    elsewhere = {**NEEDED, "SIYU_STAGE": stage}

    for more in ({"SIYU_CLOCK_CAN_MOVE": "1"}, {"SIYU_JOBS": "a=b"}):
        with pytest.raises(MissingSettings, match="SIYU_CLOCK_CAN_MOVE"):
            read_settings({**elsewhere, **more})
    assert not read_settings(
        {**elsewhere, "SIYU_WEIXIN_URL": "", "SIYU_CLOCK_CAN_MOVE": "0", "SIYU_JOBS": ""}
    ).clock_can_move


@pytest.mark.parametrize("stage", LOCAL_STAGES)
def test_the_local_stages_take_them(stage: str) -> None:
    found = read_settings(
        {**NEEDED, "SIYU_STAGE": stage, "SIYU_CLOCK_CAN_MOVE": "1", "SIYU_JOBS": "pushes-due=f-1, guides-due=f-2,"}
    )

    assert found.clock_can_move
    assert found.job_functions == {"pushes-due": "f-1", "guides-due": "f-2"}


def test_a_wrong_switch_is_named() -> None:
    with pytest.raises(MissingSettings, match="SIYU_CLOCK_CAN_MOVE must be 0 or 1"):
        read_settings({**NEEDED, "SIYU_CLOCK_CAN_MOVE": "perhaps"})


@pytest.mark.parametrize("stage", ["prod", "staging"])
def test_a_handler_of_another_stage_leaves_the_clock_plain(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**NEEDED, "SIYU_STAGE": stage}.items():
        monkeypatch.setenv(name, value)
    for name in ("SIYU_CLOCK_CAN_MOVE", "SIYU_WEIXIN_URL", "SIYU_WECOM_URL", "SIYU_PAY_URL"):
        monkeypatch.delenv(name, raising=False)

    stage_clock.follow()

    assert _is_later_by(0)
    assert clock._offset is None


def test_a_handler_of_a_local_stage_follows_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**NEEDED, "SIYU_CLOCK_CAN_MOVE": "1"}.items():
        monkeypatch.setenv(name, value)

    stage_clock.follow()

    assert clock._offset is stage_clock._shared()
