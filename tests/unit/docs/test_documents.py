"""The documents say what is so: links, paths, commands, decisions and the names of the glossary."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
FOLDERS = ("chalicelib/", "functions/", "infra/", "tests/", "docs/", "vendor/")


def _named(document: Path) -> Iterator[str]:
    """Each thing in backticks, outside blocks of code."""
    prose = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", prose)


def _rows(document: Path, columns: int) -> list[list[str]]:
    """The rows of every table with so many columns, without their heads."""
    found = []
    for line in document.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == columns and not set(cells[0]) <= {"-"}:
            found.append(cells)
    return found


def _defined(path: Path) -> set[str]:
    """Names of the functions, classes and annotated constants of a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_a_document_names_is_there(document: Path) -> None:
    named = {name for name in _named(document) if name.startswith(FOLDERS) and not re.search(r"[<…* ]", name)}

    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_document_names_is_in_the_makefile(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = set(re.findall(r"(?:`|^\s*)make ([a-z-]+)", document.read_text(), re.MULTILINE))

    assert commands <= targets


def test_every_heading_that_a_link_names_is_there() -> None:
    lost = []
    for document in DOCUMENTS:
        for target, anchor in re.findall(r"\]\(([^)#\s]+)#([^)]+)\)", document.read_text()):
            if "://" not in target:
                headings = re.findall(r"^#+ (.+)$", (document.parent / target).read_text(), re.MULTILINE)
                if anchor not in {heading.lower().replace(" ", "-") for heading in headings}:
                    lost.append(f"{document.name}: {target}#{anchor}")

    assert lost == []


def test_decisions_are_numbered_one_after_the_other() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04d}" for number in range(1, len(DECISIONS) + 1)]
    assert [path.read_text()[2:6] for path in DECISIONS] == [path.name[:4] for path in DECISIONS]


def test_the_index_of_decisions_lists_each_once() -> None:
    rows = _rows(ROOT / "docs" / "decisions" / "README.md", 3)[1:]

    assert [cells[0] for cells in rows] == [f"[{path.name[:4]}]({path.name})" for path in DECISIONS]


def test_the_index_of_documents_names_every_document_and_runbook() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    ours = [path for path in (ROOT / "docs").rglob("*.md") if path.name != "README.md" and path not in DECISIONS]

    assert [path.name for path in ours if f"({path.relative_to(ROOT / 'docs')})" not in index] == []


def test_every_name_of_the_glossary_is_in_the_code() -> None:
    lost = []
    for chinese, _, where in _rows(ROOT / "docs" / "glossary.md", 3):
        path, *names = re.findall(r"`([^`]+)`", where) or [""]
        if not path:
            continue
        text = (ROOT / "chalicelib" / path).read_text() if (ROOT / "chalicelib" / path).is_file() else ""
        lost += [f"{chinese}: {path} {name}" for name in names or [""] if not re.search(rf"\b{name}\b", text)]

    assert lost == []


def test_each_of_the_five_questions_is_answered_by_a_file_and_a_name_in_it() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    answers = re.findall(r"^\| [^|]+\? \| `([^`]+)` \| `(\w+)`", contributing, re.MULTILINE)

    assert len(answers) == 5
    assert [(path, name) for path, name in answers if name not in _defined(ROOT / path)] == []


def test_both_readmes_list_the_same_places() -> None:
    english, chinese = (
        [[re.findall(r"`([^`]+)`", cell) for cell in cells] for cells in _rows(ROOT / name, 2)]
        for name in ("README.md", "README.zh-CN.md")
    )

    assert [cells[0] for cells in english] == [cells[0] for cells in chinese]
    assert [set(cells[1]) for cells in english] == [set(cells[1]) for cells in chinese]
