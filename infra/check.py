"""`make check` after lint and types: the template by cfn-lint, the policies, the links of the documents."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra import policies
from infra.build import ROOT, build


def main() -> int:
    """Run every check; 1 when one does not hold."""
    problems = [*_policies(), *_template(), *_documents(), *_layout()]
    for problem in problems:
        print(f"✗ {problem}")
    if not problems:
        print("policies, template, documents, layout: clean")
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


def _layout() -> Iterator[str]:
    """A service may call only the services of areas before its own; nothing imports app.py but the tools."""
    from chalicelib.areas import ORDER

    for place, area in enumerate(ORDER):
        later = "|".join(ORDER[place + 1 :])
        for name in ("service", "rules", "tables", "events"):
            path = ROOT / "chalicelib" / area / f"{name}.py"
            if later and path.exists():
                found = re.search(rf"^\s*(?:from|import) chalicelib\.({later})\b", path.read_text(), re.MULTILINE)
                if found:
                    yield f"{path.relative_to(ROOT)} knows {found[1]}, which comes after {area} (chalicelib/areas.py)"


if __name__ == "__main__":
    sys.exit(main())
