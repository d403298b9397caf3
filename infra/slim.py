"""Takes out of the zip what never runs in Lambda: it loads faster, and there is less to trust.

`requirements.txt` names chalice, whose command line brings pip, setuptools and a terminal library along; botocore
brings the models of four hundred services, of which siyu calls five.
"""

from __future__ import annotations

import compileall
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory
from typing import Final

SERVICES: Final = frozenset({"dynamodb", "lambda", "s3", "secretsmanager", "sqs", "sts"})
"""What `chalicelib.runtime.aws.client` is asked for, and sts, which credentials may come from."""

COMMAND_LINE: Final = frozenset(
    {
        "blessed",
        "bin",
        "click",
        "editor",
        "inquirer",
        "jinxed",
        "pip",
        "pkg_resources",
        "_distutils_hack",
        "distutils-precedence.pth",
        "readchar",
        "runs",
        "setuptools",
        "wcwidth",
        "wheel",
        "xmod",
        "yaml",
        "_yaml",
        "pyyaml",
    }
)
"""Top-level names that only chalice's own command line imports."""


def slim(archive: Path) -> None:
    """Rewrite a deployment package without its ballast, its modules compiled.

    Lambda's disk is read-only: without compiled modules every cold start would compile them all again. They are
    marked as unchecked, because unpacking changes the dates that Python would compare.
    """
    with TemporaryDirectory() as folder:
        root = Path(folder)
        with zipfile.ZipFile(archive) as whole:
            whole.extractall(root, [name for name in whole.namelist() if is_needed(name)])
        compileall.compile_dir(
            root,
            maxlevels=20,
            quiet=2,
            stripdir=folder,
            prependdir="/var/task",
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
            workers=0,
        )
        _zip(root, archive)


def _zip(root: Path, archive: Path) -> None:
    draft = archive.with_suffix(".slim")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as small:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                # One date for all: the same code makes the same zip.
                entry = zipfile.ZipInfo(str(path.relative_to(root)), (2020, 1, 1, 0, 0, 0))
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                small.writestr(entry, path.read_bytes())
    draft.replace(archive)


def is_needed(name: str) -> bool:
    """Whether an entry may ever be read in Lambda."""
    parts = name.split("/")
    package = parts[0].partition("-")[0]  # also of `name-1.2.dist-info`
    if "__pycache__" in parts or parts[0] in COMMAND_LINE or package in COMMAND_LINE:
        return False
    if parts[:2] == ["boto3", "examples"]:
        return False
    if parts[:2] == ["botocore", "data"] and len(parts) > 3:
        return parts[2] in SERVICES
    return True
