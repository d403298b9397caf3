"""`make docs-viewer`: fetches the viewer of /docs, swagger-ui-dist, into chalicelib/runtime/http/assets/.

Run it after a change of `VERSION` and `SHA512`, and commit what it writes: nothing is fetched when siyu is built.
"""

from __future__ import annotations

import gzip
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from infra import npm
from infra.build import ROOT

PACKAGE: Final = "swagger-ui-dist"
VERSION: Final = "5.35.0"
SHA512: Final = "U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ=="
"""What npm publishes as the integrity of this version."""
SERVED: Final = ("swagger-ui-bundle.js", "swagger-ui.css")
LICENCES: Final = ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt")
ASSETS: Final = ROOT / "chalicelib" / "runtime" / "http" / "assets"


def main() -> int:
    """Fetch, check and write; 1 when npm is missing or gave another package."""
    with TemporaryDirectory() as folder:
        try:
            package = npm.fetch(PACKAGE, VERSION, SHA512, Path(folder))
        except npm.Missing as error:
            print(f"✗ {error}")
            return 1
        write(package, ASSETS)
    print(f"{PACKAGE} {VERSION} stands in {ASSETS.relative_to(ROOT)}/. Commit it.")
    return 0


def write(package: Path, assets: Path) -> None:
    """Take what is served, compressed once for all, and the licences out of the unpacked package."""
    assets.mkdir(parents=True, exist_ok=True)
    for name in SERVED:
        # No date: the same package makes the same file.
        (assets / f"{name}.gz").write_bytes(gzip.compress((package / name).read_bytes(), 9, mtime=0))
    for name in LICENCES:
        shutil.copy(package / name, assets / name)


if __name__ == "__main__":
    sys.exit(main())
