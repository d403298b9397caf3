"""Fetches a package from npm, and only the one we know."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path


class Missing(RuntimeError):
    """Something is not on this machine; the message says what to install."""


def fetch(package: str, version: str, sha512: str, folder: Path) -> Path:
    """Download a version and unpack it into `folder`, unless its digest is another than `sha512`; where it stands."""
    npm = shutil.which("npm")
    if npm is None:
        raise Missing(f"{package} is fetched by npm, and there is none. Install it (Debian: apt-get install npm).")
    command = [npm, "pack", f"{package}@{version}", "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"npm could not fetch {package}@{version}:\n{(done.stdout + done.stderr).strip()[-2000:]}")
    unpack(folder / f"{package}-{version}.tgz", folder, sha512)
    return folder / "package"


def unpack(archive: Path, folder: Path, sha512: str) -> None:
    """Unpack a download, unless it is another than the one we know."""
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != sha512:
        raise Missing(f"{archive.name} is not the one siyu knows (SHA-512 {found}). Look at it before you trust it.")
    with tarfile.open(archive) as package:
        # The first releases of 3.11 have no filter; the digest above says what is in the archive.
        package.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        package.extractall(folder)  # noqa: S202 - see above
