"""Routes of signals, for operators."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from chalicelib.brand import service as brand
from chalicelib.codes.batches import service as batches
from chalicelib.codes.diversion import service, tables
from chalicelib.codes.diversion.rules import Thresholds
from chalicelib.codes.lifecycle import tables as lifecycle_tables
from chalicelib.codes.scans.lookup import thresholds
from chalicelib.kernel.clock import DAY, Millis, shanghai_month, to_rfc3339
from chalicelib.kernel.errors import SiyuError
from chalicelib.runtime.auth import ADMIN, Caller
from chalicelib.runtime.http import Answer, Api, Listed

api = Api(__name__)


class Months(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A month in China, `YYYY-MM`; left out: this month and the last."""

    month: Annotated[str, Meta(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")] | None = None


class Diversion(Answer):
    """What speaks against a channel: `evidence` = signals of diversion, by city and by batch; all signals by rule."""

    channel_id: str | None
    channel_name: str | None
    evidence: int
    by_signal: dict[str, int]
    cities: dict[str, int]
    batches: dict[str, int]
    last_at: str
    last_code: str


@api.get("/admin/diversion", allow=ADMIN)
def list_diversion(query: Months, now: Millis) -> Listed[Diversion]:
    """Channels by evidence of diversion (窜货), the most suspicious first."""
    months = [query.month] if query.month else sorted({shanghai_month(now), shanghai_month(now - 31 * DAY)})
    return Listed([_diversion(entry) for entry in service.channels_by_evidence(months)], None)


@api.get("/admin/code-batches/{batch_id}/thresholds", allow=ADMIN, errors=("not_found",))
def get_thresholds(batch_id: str) -> Thresholds:
    """When the signals of a batch speak."""
    return thresholds(batches.get_batch(batch_id))


@api.put("/admin/code-batches/{batch_id}/thresholds", allow=ADMIN, errors=("not_found",))
def set_thresholds(batch_id: str, body: Thresholds, caller: Caller, now: Millis) -> Thresholds:
    """Set when the signals of a batch speak; what is left out goes back to its default."""
    batch = batches.get_batch(batch_id)
    wanted = msgspec.to_builtins(body)
    done = lifecycle_tables.operation("thresholds", caller.id, now, 0, batch["quantity"] - 1, thresholds=wanted)
    lifecycle_tables.log(batch["number"], done)
    tables.set_thresholds(batch["number"], wanted)
    return body


def _diversion(entry: service.Suspicion) -> Diversion:
    return Diversion(
        channel_id=entry.channel_id,
        channel_name=_name_of(entry.channel_id),
        evidence=entry.weight[0],
        by_signal=dict(entry.by_signal.most_common()),
        cities=dict(entry.cities.most_common(50)),
        batches=dict(entry.batches.most_common(50)),
        last_at=to_rfc3339(entry.last_at),
        last_code=entry.last_code,
    )


def _name_of(channel_id: str | None) -> str | None:
    try:
        return str(brand.get_channel(channel_id)["name"]) if channel_id else None
    except SiyuError as error:
        if error.code == "not_found":
            return None
        raise
