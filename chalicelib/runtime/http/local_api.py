"""Routes of the stages local and test: the clock put forward, a scheduled function run now. 404 on any other stage."""

from __future__ import annotations

from typing import Annotated

import msgspec

from chalicelib.kernel import clock
from chalicelib.kernel.clock import SECOND, Millis, to_rfc3339
from chalicelib.runtime import jobs, stage_clock
from chalicelib.runtime.auth import ADMIN
from chalicelib.runtime.http import Answer, Api, Body
from chalicelib.runtime.settings import LOCAL_STAGES

api = Api(__name__)


class ClockSetting(Body):
    """How much later than the machine to live."""

    offset_seconds: Annotated[int, msgspec.Meta(ge=0, le=stage_clock.MOST_SECONDS)]


class StageClock(Answer):
    """The time of the stage and how much later than the machine's it is."""

    now: str
    offset_seconds: int


class NoFields(Body):
    """Nothing to say."""


class JobRun(Answer):
    """A job that has ended well, and how long it took."""

    ran: bool
    seconds: float


@api.get("/_local/clock", allow=ADMIN, stages=LOCAL_STAGES)
def get_stage_clock() -> StageClock:
    """The time that siyu lives in."""
    return _at(stage_clock.read())


@api.put("/_local/clock", allow=ADMIN, stages=LOCAL_STAGES)
def put_stage_clock(body: ClockSetting) -> StageClock:
    """Live that much later, within two seconds. Tokens may expire by it: log in again."""
    stage_clock.put(body.offset_seconds)
    return _at(body.offset_seconds)


@api.delete("/_local/clock", allow=ADMIN, stages=LOCAL_STAGES)
def reset_stage_clock() -> StageClock:
    """Live in the machine's time again. What was written meanwhile keeps its later times."""
    stage_clock.put(0)
    return _at(0)


@api.post("/_local/jobs/{name}", allow=ADMIN, stages=LOCAL_STAGES, errors=("not_found",))
def run_job(name: str, body: NoFields, now: Millis) -> JobRun:  # noqa: ARG001 - refuses fields
    """Run a scheduled function now and answer when it has ended; a name that is unknown is answered with all names."""
    return JobRun(True, jobs.run(name, now))


def _at(offset_seconds: int) -> StageClock:
    return StageClock(to_rfc3339(clock.wall() + offset_seconds * SECOND), offset_seconds)
