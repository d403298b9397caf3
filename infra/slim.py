"""Takes out of the zip what never runs in Lambda: it loads faster, and there is less to trust.

`requirements.txt` names chalice, whose command line brings pip, setuptools and a terminal library along; botocore
brings the models of four hundred services, of which siyu calls five.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

SERVICES: Final = frozenset({"dynamodb", "s3", "secretsmanager", "sqs", "sts"})
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
    """Rewrite a deployment package without its ballast. Entries keep their order and their date."""
    draft = archive.with_suffix(".slim")
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as small:
        for entry in whole.infolist():
            if is_needed(entry.filename):
                small.writestr(entry, whole.read(entry.filename))
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
