"""What `make check` refuses: each violation is planted in a copy of the tree and has to be named."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from infra import check
from infra.check import ROOT

FOLDERS = ("chalicelib", "functions", "infra", "vendor", ".chalice", ".ci", "docs")
FILES = ("app.py", "pyproject.toml", ".importlinter", "LICENSE", "NOTICE")
PASSING = {"__pycache__", ".ruff_cache"}

UPWARD = "from chalicelib import codes\n"
INSIDE = "def act() -> None:\n    from chalicelib import codes\n"
TYPES_ONLY = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from chalicelib import codes\n"


class Outcome(NamedTuple):
    code: int
    text: str


class Tree(NamedTuple):
    """A copy of the project in which a test plants what should be refused."""

    root: Path

    def plant(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def check(self, *kinds: str) -> Outcome:
        command = [sys.executable, "-m", "infra.check", *kinds]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        return Outcome(done.returncode, done.stdout + done.stderr)

    def digests(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.root.rglob("*")
            if path.is_file() and not PASSING & set(path.parts)
        }


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "deployed", "deployments")
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=ignored)
    for name in (*FILES, *(path.name for path in ROOT.glob("*.md"))):
        shutil.copy(ROOT / name, tmp_path / name)
    return Tree(tmp_path)


def test_the_tree_as_it_is_passes_with_a_line_per_kind(tree: Tree) -> None:
    outcome = tree.check("lint", "imports", "policies", "documents")

    assert outcome.code == 0, outcome.text
    kinds = [line.partition(":")[0] for line in outcome.text.splitlines()]
    assert kinds == ["✓ lint", "✓ imports", "✓ policies", "✓ documents"]
    assert "?" not in outcome.text


@pytest.mark.parametrize(
    ("files", "named"),
    [
        pytest.param(
            {"chalicelib/brand/planted.py": UPWARD},
            "chalicelib.brand.planted -> chalicelib.codes (l.1)",
            id="upward",
        ),
        pytest.param(
            {"chalicelib/brand/planted.py": INSIDE},
            "chalicelib.brand.planted -> chalicelib.codes (l.2)",
            id="upward inside a function",
        ),
        pytest.param(
            {"chalicelib/brand/planted.py": TYPES_ONLY},
            "chalicelib.brand.planted -> chalicelib.codes (l.4)",
            id="upward for types only",
        ),
        pytest.param(
            {"chalicelib/brand/planted.py": "from .. import codes\n"},
            "chalicelib.brand.planted -> chalicelib.codes (l.1)",
            id="upward and relative",
        ),
        pytest.param(
            {"chalicelib/brand/deep/__init__.py": "", "chalicelib/brand/deep/planted.py": UPWARD},
            "chalicelib.brand.deep.planted -> chalicelib.codes (l.1)",
            id="upward from a package in an area",
        ),
        pytest.param(
            {
                "chalicelib/codes/planted.py": "from chalicelib.brand import planted\n",
                "chalicelib/brand/planted.py": "from chalicelib.codes import planted\n",
            },
            "chalicelib.brand.planted -> chalicelib.codes.planted (l.1)",
            id="cycle",
        ),
        pytest.param(
            {"chalicelib/kernel/planted.py": "import boto3\n"},
            "chalicelib.kernel.planted -> boto3 (l.1)",
            id="kernel and boto3",
        ),
        pytest.param(
            {"chalicelib/codes/planted.py": "import app\n"},
            "chalicelib.codes.planted -> app (l.1)",
            id="library and application",
        ),
        pytest.param(
            {"chalicelib/codes/planted.py": "def act() -> None:\n    import functions.tokens_refresh\n"},
            "chalicelib.codes.planted -> functions.tokens_refresh (l.2)",
            id="library and event functions",
        ),
        pytest.param(
            {"chalicelib/codes/planted.py": "from tests import world\n"},
            "chalicelib.codes.planted -> tests (l.1)",
            id="library and tests",
        ),
        pytest.param(
            {"functions/planted.py": "from infra import resources\n"},
            "functions.planted -> infra.resources (l.1)",
            id="event functions and tools",
        ),
        pytest.param(
            {
                "chalicelib/codes/deep/__init__.py": "",
                "chalicelib/codes/deep/api.py": "",
                "functions/planted.py": "from chalicelib.codes.deep import api\n",
            },
            "functions.planted -> chalicelib.codes.deep.api (l.1)",
            id="event functions and routes",
        ),
        pytest.param(
            {"infra/planted.py": "from tests import world\n"},
            "infra.planted -> tests (l.1)",
            id="tools and tests",
        ),
        pytest.param(
            {
                "chalicelib/codes/deep/__init__.py": "",
                "chalicelib/codes/deep/tables.py": "",
                "chalicelib/insights/planted.py": "from chalicelib.codes.deep import tables\n",
            },
            "chalicelib.insights.planted -> chalicelib.codes.deep.tables (l.1)",
            id="tables of another area",
        ),
        pytest.param(
            {"chalicelib/vouchers/__init__.py": ""},
            "chalicelib.vouchers",
            id="area without a floor",
        ),
        pytest.param(
            {"chalicelib/codes/deep/planted.py": "from chalicelib import pushes\n"},
            "chalicelib/codes/deep/planted.py",
            id="folder without __init__.py",
        ),
        pytest.param(
            {"chalicelib/codes/planted.py": '__import__("chalicelib.pushes")\n'},
            "chalicelib/codes/planted.py calls __import__",
            id="built-in import",
        ),
    ],
)
def test_an_import_against_the_rules_is_named(tree: Tree, files: Mapping[str, str], named: str) -> None:
    tree.plant(files)

    outcome = tree.check("imports")

    assert outcome.code == 1
    assert named in outcome.text


@pytest.mark.parametrize("place", ["chalicelib/codes/planted.py", "functions/planted.py"])
@pytest.mark.parametrize(
    "text",
    [
        'import importlib\n\nimportlib.import_module("chalicelib.pushes")\n',
        'from importlib import import_module\n\nimport_module("chalicelib.pushes")\n',
    ],
)
def test_an_import_by_a_string_is_named(tree: Tree, place: str, text: str) -> None:
    tree.plant({place: text})

    outcome = tree.check("lint")

    assert outcome.code == 1
    assert place in outcome.text
    assert "TID251" in outcome.text


def test_a_debt_that_is_paid_must_leave_the_list(tree: Tree) -> None:
    debt = "chalicelib.members.paid -> chalicelib.pushes.service"
    contracts = (ROOT / ".importlinter").read_text()
    tree.plant({".importlinter": contracts.replace("ignore_imports =", f"ignore_imports =\n    {debt}", 1)})

    outcome = tree.check("imports")

    assert outcome.code == 1
    assert debt in outcome.text


@pytest.mark.parametrize("change", ["differs", "missing", "stray"])
def test_a_policy_that_lags_is_named_with_its_remedy_and_left_as_it_is(tree: Tree, change: str) -> None:
    policies = tree.root / ".chalice" / "policies"
    path = policies / ("nobody.json" if change == "stray" else "api_handler.json")
    path.unlink() if change == "missing" else path.write_text("{}\n")
    before = tree.digests()

    outcome = tree.check("lint", "imports", "policies", "documents")

    assert outcome.code == 1
    assert f".chalice/policies/{path.name}" in outcome.text
    assert "make policies" in outcome.text
    assert tree.digests() == before


def test_a_dead_link_of_a_document_is_named(tree: Tree) -> None:
    tree.plant({"docs/planted.md": "[The rules](no-such-page.md)\n"})

    outcome = tree.check("documents")

    assert outcome.code == 1
    assert "docs/planted.md links to no-such-page.md" in outcome.text


def test_a_broken_template_is_named(tmp_path: Path) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeOut": 30}}
    path = tmp_path / "sam.json"
    path.write_text(json.dumps({"Resources": {"PlantedQueue": queue}}))

    problems = check.template_problems(path)

    assert "VisibilityTimeOut" in "\n".join(problems)


def test_a_check_that_does_not_exist_is_refused() -> None:
    assert check.main(["import"]) == 1
