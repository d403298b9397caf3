"""`make first-admin STAGE=… USERID=…`: makes a WeCom userid an administrator, for the day when there is none.

Everybody after the first is made by `PUT /admin/staff/{userid}`. Whoever runs this needs the right to write the
guides' and the brand's tables; the action is in the audit trail like any other.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from chalicelib.kernel import clock, ids
from infra.local import children, dev_server, stack

STAGES = Path(__file__).parent / "stages"


def main(stage: str, userid: str) -> int:
    """Point this process at the stage's stack and write the row."""
    if not (stage and 0 < len(userid) <= 64):
        print("Say whom and where: make first-admin STAGE=prod USERID=<the WeCom userid>")
        return 1
    described = stack.read() if stage == "local" else None
    path = STAGES / f"{stage}.json"
    if described:
        os.environ.update(children.aws_environment(children.known()))
        os.environ.update(dev_server.environment(described, described["api_url"]))
    elif stage != "local" and path.exists():
        chosen = json.loads(path.read_text())
        os.environ.update(environment(stage, chosen))
    else:
        print("The local stack does not run: `make up` starts it." if stage == "local" else f"{path} is missing.")
        return 1
    print(f"{userid} is an administrator of {stage} from the next login on: {make_admin(userid, clock.now())}")
    return 0


def environment(stage: str, chosen: dict[str, object]) -> dict[str, str]:
    """The settings under which tables are found; nothing here sends to queues."""
    parameters = chosen["parameters"]
    assert isinstance(parameters, dict)
    return {
        "SIYU_STAGE": stage,
        "SIYU_STACK": str(chosen["stack"]),
        "SIYU_QUEUE_URL_BASE": "-",
        "SIYU_PUBLIC_URL": str(parameters["PublicUrl"]),
        "AWS_DEFAULT_REGION": str(chosen["region"]),
    }


def make_admin(userid: str, now: clock.Millis) -> str:
    """Write the staff row and the audit record; the role as it is then. Repeated, nothing changes but the trail."""
    from chalicelib.brand.audit import service as audit
    from chalicelib.guides.staff import service as staff
    from chalicelib.runtime.http.audit import AuditRecord

    row = staff.set_role(userid, "admin", ())
    request_id = ids.new_id("request", now)
    audit.record(AuditRecord(now, "make first-admin", "admin", "PUT", "/admin/staff/{userid}", [userid], request_id))
    return str(row["role"])


if __name__ == "__main__":
    sys.exit(main(*[*sys.argv[1:], "", ""][:2]))
