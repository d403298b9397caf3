"""`make check`: all that CI runs besides the tests, a line per kind. It writes nothing but build/ and caches.

`python -m infra.check imports policies` runs only the kinds that are named.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("chalicelib", "functions", "infra")
DEPLOYED: Final = ("chalicelib", "functions")


class Report(NamedTuple):
    """What a check looked at, in numbers, and what it refuses."""

    checked: str
    problems: list[str]


def main(kinds: list[str]) -> int:
    """Run every check, or the kinds that are named; 1 when one does not hold."""
    unknown = set(kinds) - CHECKS.keys()
    if unknown:
        print(f"There is no check {', '.join(sorted(unknown))}. There are {', '.join(CHECKS)}.")
        return 1
    failed = False
    for kind in kinds or CHECKS:
        report = CHECKS[kind]()
        failed |= bool(report.problems)
        print(f"{'✗' if report.problems else '✓'} {kind}: {report.checked}", flush=True)
        for problem in report.problems:
            print(f"    {problem.rstrip()}")
    return 1 if failed else 0


def lint() -> Report:
    """Formatting and lint by ruff."""
    formatted = _tool("ruff", "format", "--check", ".")
    linted = _tool("ruff", "check", "--output-format", "concise", ".")
    problems = [f"{done.stdout}{done.stderr}" for done in (formatted, linted) if done.returncode]
    if formatted.returncode:
        problems.append("`make format` mends the formatting.")
    files = _number(r"(\d+) files? already formatted", formatted.stdout)
    return Report(f"{files} files formatted", problems)


def types() -> Report:
    """Types by mypy, strict."""
    done = _tool("mypy", "--no-color-output")
    files = _number(r"(?:in|checked) (\d+) source files?", done.stdout)
    return Report(f"{files} files", [f"{done.stdout}{done.stderr}"] if done.returncode else [])


def imports() -> Report:
    """Every import of every file is allowed by the contracts of .importlinter."""
    done = _tool("lint-imports", "--no-cache", "--no-logo")
    problems = [done.stdout.partition("Broken contracts")[2] or done.stdout + done.stderr] if done.returncode else []
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    floors = len(contracts["importlinter:contract:layers"]["layers"].split("\n")) - 1
    excepted = sum(int(number) for number in re.findall(r"\((\d+) ignored import", done.stdout))
    found = _number(r"(\d+) dependencies", done.stdout)
    return Report(f"{floors} floors, {found} imports, {excepted} excepted", [*problems, *_imports_out_of_sight()])


def policies() -> Report:
    """`.chalice/` says what infra/grants.py says."""
    from infra import policies as files

    lagging = [str(path.relative_to(ROOT)) for path in files.lagging()]
    problem = f"These lag behind infra/grants.py: {', '.join(lagging)}. `make policies` writes them."
    return Report(f"{len(files.wanted())} files", [problem] if lagging else [])


def template() -> Report:
    """The packaged template passes cfn-lint."""
    from infra import build

    try:
        path = build.package() / "sam.json"
    except build.BuildFailed as failed:
        return Report("not packaged", [str(failed)])
    resources = json.loads(path.read_text())["Resources"]
    return Report(f"{len(resources)} resources", template_problems(path))


def template_problems(path: Path) -> list[str]:
    """What cfn-lint has against the template."""
    done = _tool("cfn-lint", str(path))
    return [done.stdout + done.stderr] if done.returncode else []


def documents() -> Report:
    """Every relative link of a document leads to a file."""
    links = [
        (document, target)
        for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text())
        if "://" not in target
    ]
    dead = [
        f"{document.relative_to(ROOT)} links to {target}, which is not there"
        for document, target in links
        if not (document.parent / target).exists()
    ]
    return Report(f"{len(links)} links", dead)


def calls() -> Report:
    """No call takes a page's rows and leaves its cursor; only `runtime/dynamo` takes DynamoDB's client."""
    from infra.calls import dropped_cursors, strangers_to_dynamodb

    return Report("calls of DynamoDB", [*dropped_cursors(ROOT), *strangers_to_dynamodb(ROOT)])


CHECKS: Final[dict[str, Callable[[], Report]]] = {
    check.__name__: check for check in (lint, types, imports, calls, policies, template, documents)
}


def _imports_out_of_sight() -> Iterator[str]:
    """Files that import-linter passes over, and imports that it cannot see."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not (path.parent / "__init__.py").exists():
                yield f"{path.relative_to(ROOT)} lies in a folder without __init__.py: its imports are not checked."
            # Ruff refuses importlib.import_module (pyproject.toml); it does not know the built-in one.
            if package in DEPLOYED and "__import__(" in path.read_text():
                yield f"{path.relative_to(ROOT)} calls __import__: write an import statement."


def _tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / name), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "240"},
    )


def _number(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return f"{int(found[1]):,}" if found else "?"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
