"""`make check` after lint and types: policies, the template by cfn-lint, the links of the documents, imports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra import policies
from infra.build import ROOT, build


def main() -> int:
    """Run every check; 1 when one does not hold."""
    problems = [*_policies(), *_template(), *_documents(), *_imports()]
    for problem in problems:
        print(f"✗ {problem}")
    if not problems:
        print("policies, template, documents, imports: clean")
    return 1 if problems else 0


def _policies() -> Iterator[str]:
    changed = policies.write()
    if changed:
        names = ", ".join(path.name for path in changed)
        yield f"The policies lagged behind infra/grants.py and were written: {names}. Commit them."


def _template() -> Iterator[str]:
    template = build() / "sam.json"
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), str(template)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        yield f"cfn-lint: {done.stdout.strip()[:4000]}"


def _documents() -> Iterator[str]:
    """Every relative link of a document leads to a file."""
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text()):
            if "://" not in target and not (document.parent / target).exists():
                yield f"{document.relative_to(ROOT)} links to {target}, which is not there"


def _imports() -> Iterator[str]:
    """Every import of every file is allowed by the contracts of .importlinter."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    if done.returncode:
        yield f"imports: {done.stdout.partition('Broken contracts')[2] or done.stdout}"
    for folder in _folders_out_of_sight():
        yield f"{folder} has modules and no __init__.py, so that its imports are not checked"


def _folders_out_of_sight() -> list[Path]:
    return sorted(
        {
            path.parent.relative_to(ROOT)
            for package in ("chalicelib", "functions", "infra")
            for path in (ROOT / package).rglob("*.py")
            if not (path.parent / "__init__.py").exists()
        }
    )


if __name__ == "__main__":
    sys.exit(main())
