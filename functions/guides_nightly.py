"""Has every guide's contacts compared with WeCom's, at night."""

from __future__ import annotations

from chalicelib.guides.contacts import jobs as contact_jobs
from chalicelib.kernel.clock import Millis
from chalicelib.runtime.events.functions import Functions

bp = Functions(__name__)


@bp.scheduled("guides-nightly", "cron(40 18 * * ? *)")
def guides_nightly(now: Millis) -> None:
    """At 2:40 in Shanghai, when WeCom's limits are nobody else's."""
    contact_jobs.begin(now)
