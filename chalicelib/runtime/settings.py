"""Settings of this deployment, read once from the environment. Secrets are not here: see `secrets.py`."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import msgspec

LOCAL_STAGES: Final = ("local", "test")
"""Stages with the routes under `/_local`, which put the clock forward and run jobs."""


class MissingSettings(RuntimeError):
    """Names every variable that is missing or wrong, in one message."""


class Settings(msgspec.Struct, frozen=True, rename=lambda name: f"SIYU_{name.upper()}"):
    """One field per environment variable `SIYU_<NAME>`."""

    stage: str
    """`local`, or a stage on AWS; a stage named `prod*` refuses conveniences of the local one."""
    stack: str
    """CloudFormation stack name: the prefix of every table and secret."""
    queue_url_base: str
    """What stands before a queue's name in its URL, with the stack's prefix."""
    public_url: str
    """Where customers reach the API, without a trailing slash: printed in codes and given to WeChat."""
    weixin_url: str = "https://api.weixin.qq.com"
    wecom_url: str = "https://qyapi.weixin.qq.com"
    pay_url: str = "https://api.mch.weixin.qq.com"
    cache_seconds: int = 30
    """How long a container may keep a batch header, a campaign or a policy."""
    settling_seconds: int = 600
    """How long after `paid_at` an order's credits stay provisional."""
    trusted_addresses: str = ""
    """Comma-separated addresses (stores' own networks) without limits by address."""
    subscribe_template: str = "siyu-notice"
    """Template id of the subscribe message (订阅消息) that pushes use."""
    push_media_rate: int = 100
    """Messages a second and medium that the workers together may send."""
    exports_bucket: str = ""
    """S3 bucket of the files that operators ask for."""
    verification_files: str = ""
    """Comma-separated `name:content` pairs: the files by which WeChat and WeCom check the domain (MP_verify_….txt)."""
    payout_min_fen: int = 10
    """The least that WeChat Pay transfers to a person."""
    payout_max_fen: int = 20_000
    """The most that the merchant's console allows for one transfer."""

    clock_can_move: bool = False
    """Whether the time follows `PUT /_local/clock`, for which each process reads a row once a second."""
    jobs: str = ""
    """Comma-separated `name=function` pairs: the scheduled functions that `POST /_local/jobs/{name}` may run."""

    @property
    def job_functions(self) -> dict[str, str]:
        """Lambda's name of each scheduled function, by the name in its schedule."""
        pairs = (pair.partition("=") for pair in self.jobs.split(",") if pair.strip())
        return {name.strip(): function.strip() for name, _, function in pairs}

    @property
    def is_production(self) -> bool:
        return self.stage.lower().startswith("prod")

    @property
    def trusted(self) -> frozenset[str]:
        return frozenset(part.strip() for part in self.trusted_addresses.split(",") if part.strip())


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The deployment's settings; `MissingSettings` names all that is missing at once."""
    return read_settings(dict(os.environ))


def read_settings(environment: dict[str, str]) -> Settings:
    """Settings out of an environment, checked: a production stage refuses sandbox hosts.

    `MissingSettings` names everything at fault at once, without repeating a value.
    """
    fields = msgspec.structs.fields(Settings)
    known = {
        field.encode_name: environment[field.encode_name] for field in fields if environment.get(field.encode_name)
    }
    missing = [field.encode_name for field in fields if field.required and field.encode_name not in known]
    wrong = [
        f"{name} must be {'0 or 1' if field.type is bool else 'a whole number'}"
        for field in fields
        if (name := field.encode_name) in known and not _fits(known[name], field.type)
    ]
    if missing or wrong:
        problems = [f"set {name}" for name in missing] + wrong
        raise MissingSettings(f"Mend the environment: {', '.join(problems)}. `make doctor` says what each is.")
    found = msgspec.convert(known, Settings, strict=False)
    _refuse_sandbox_in_production(found)
    _refuse_local_routes_elsewhere(found)
    return found


def _fits(text: str, kind: type) -> bool:
    try:
        msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError:
        return False
    return True


def _refuse_sandbox_in_production(found: Settings) -> None:
    if not found.is_production:
        return
    if urlsplit(found.public_url).scheme != "https":
        raise MissingSettings("SIYU_PUBLIC_URL must be an https:// address in a production stage.")
    for name in ("weixin_url", "wecom_url", "pay_url"):
        address = urlsplit(getattr(found, name))
        if address.scheme != "https" or not f".{address.hostname}".endswith(".weixin.qq.com"):
            raise MissingSettings(
                f"SIYU_{name.upper()} must be a https:// host of weixin.qq.com in a production stage."
            )


def _refuse_local_routes_elsewhere(found: Settings) -> None:
    if found.stage not in LOCAL_STAGES and (found.clock_can_move or found.jobs):
        raise MissingSettings("Remove SIYU_CLOCK_CAN_MOVE and SIYU_JOBS: only the stages local and test have them.")
