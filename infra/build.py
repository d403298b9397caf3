"""Builds the deployable: one CloudFormation template and one zip, the same for AWS and for the local stack."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from infra import local_routes, policies, resources
from infra.slim import slim

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"
PACKAGE = BUILD / "package"
SOURCES = (
    "app.py",
    "requirements.txt",
    "chalicelib",
    "functions",
    "vendor",
    ".chalice/config.json",
    ".chalice/policies",
    "infra/template.yaml",
    "infra/slim.py",
    "infra/local_routes.py",
)


class BuildFailed(RuntimeError):
    """`chalice package` failed; the message holds what it printed."""


def build() -> Path:
    """Bring the policies up to date, then package."""
    policies.write()
    return package()


def package() -> Path:
    """Package the application unless nothing has changed; the folder with `sam.json` and `deployment.zip`.

    Of several processes that want it at once one packages, the others wait and find it done.
    """
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _package()


def _package() -> Path:
    merge = json.dumps(merge_template(), indent=1, sort_keys=True)
    mark = fingerprint(merge, runtime())
    if (PACKAGE / "fingerprint").exists() and (PACKAGE / "fingerprint").read_text() == mark:
        return PACKAGE
    (BUILD / "merge.json").write_text(merge)
    _run_chalice()
    slim(PACKAGE / "deployment.zip")
    local_routes.condition_paths(PACKAGE / "sam.json")
    (PACKAGE / "fingerprint").write_text(mark)
    return PACKAGE


def merge_template() -> dict[str, Any]:
    """infra/template.yaml with the resources that follow from the code."""
    template: dict[str, Any] = yaml.safe_load((ROOT / "infra" / "template.yaml").read_text())
    generated = resources.generated()
    clash = template["Resources"].keys() & generated.keys()
    if clash:
        raise BuildFailed(f"infra/template.yaml and the generated resources both define {', '.join(sorted(clash))}")
    template["Resources"] |= generated
    return template


def runtime() -> str:
    """Lambda's name for the Python that packages, which is the one that chalice lets the functions run on."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def fingerprint(*extra: str) -> str:
    """A digest of everything that goes into the package."""
    digest = hashlib.sha256("\0".join(extra).encode())
    for path in sorted(_files(ROOT / source for source in SOURCES)):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_file():
            yield path
        for found in path.rglob("*") if path.is_dir() else ():
            if found.is_file() and found.suffix != ".pyc":
                yield found


def _run_chalice() -> None:
    # Packaging imports app.py, which imports no settings and calls nothing.
    command = [sys.executable, "-c", "from chalice.cli import main; main()", "package", "--stage", "main"]
    done = subprocess.run(
        [*command, "--merge-template", str(BUILD / "merge.json"), str(PACKAGE)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "us-east-1")},
        check=False,
    )
    if done.returncode:
        raise BuildFailed(f"chalice package failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


if __name__ == "__main__":
    print(f"Packaged in {build().relative_to(ROOT)}: sam.json and deployment.zip.")
