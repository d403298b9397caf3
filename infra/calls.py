"""How the code may call DynamoDB.

Nobody takes a page's rows and leaves its cursor: what looks whole on a small table would be cut off on a large one.
A function whose result is a page may be called only where both parts of it are taken: returned as it is, or unpacked
into two names, the second of which is used (ruff sees to that) and so does not begin with an underscore.

Nobody but `runtime.dynamo` has the client: retries, units and what is left undone are dealt with there, once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

_DYNAMO: Final = "chalicelib/runtime/dynamo"
_PAGE: Final = re.compile(r"(dynamo\.)?Page|tuple\[list\[.*\], str \| None\]")
"""As the types say it: of rows, or of what was made of them."""


class Module(NamedTuple):
    """A file's functions that give a page, and what its names stand for: a module, or a function of one."""

    path: Path
    tree: ast.Module
    pages: set[str]
    imports: dict[str, str]


def dropped_cursors(root: Path, packages: tuple[str, ...] = ("chalicelib", "functions")) -> Iterator[str]:
    """Each call that gives a page and is not taken whole: file, line and what to call instead."""
    modules = _modules(root, packages)
    for module in modules.values():
        taken_whole = set(_taken_whole(module.tree))
        for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
            if call not in taken_whole and _gives_page(call.func, module, modules):
                where = f"{module.path.relative_to(root)}:{call.lineno}"
                yield f"{where} leaves the cursor of a page: return both, or call dynamo.every or dynamo.first"


def strangers_to_dynamodb(root: Path) -> Iterator[str]:
    """Each place outside of `runtime.dynamo` that takes the client of DynamoDB: file and line."""
    for path in [root / "app.py", *_files(root, ("chalicelib", "functions", "infra"))]:
        if not path.exists() or path.is_relative_to(root / _DYNAMO):
            continue
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            if _takes_client(call):
                yield f"{path.relative_to(root)}:{call.lineno} takes DynamoDB's client: call chalicelib.runtime.dynamo"


def _takes_client(call: ast.Call) -> bool:
    maker = ast.unparse(call.func).rpartition(".")[2]
    return maker in ("client", "resource") and any(ast.unparse(named) == "'dynamodb'" for named in call.args)


def _files(root: Path, packages: tuple[str, ...]) -> list[Path]:
    return sorted(path for package in packages for path in (root / package).rglob("*.py"))


def _modules(root: Path, packages: tuple[str, ...]) -> dict[str, Module]:
    found = {}
    for path in _files(root, packages):
        parts = path.relative_to(root).with_suffix("").parts
        tree = ast.parse(path.read_text())
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(path, tree, set(_pages(tree)), dict(_imports(tree)))
    return found


def _pages(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.returns and _PAGE.fullmatch(ast.unparse(node.returns)):
            yield node.name


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                yield name.asname or name.name, f"{node.module}.{name.name}"


def _taken_whole(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        match node:
            case ast.Return(value=ast.expr() as value):
                yield from _either(value)
            case ast.Assign(targets=[target], value=value) if _is_pair(target):
                yield from _either(value)


def _either(value: ast.expr) -> Iterator[ast.expr]:
    yield value
    if isinstance(value, ast.IfExp):
        yield from (value.body, value.orelse)


def _is_pair(target: ast.expr) -> bool:
    if not isinstance(target, ast.Tuple) or len(target.elts) != 2:
        return False
    cursor = target.elts[1]
    return isinstance(cursor, ast.Name) and not cursor.id.startswith("_")


def _gives_page(called: ast.expr, module: Module, modules: Mapping[str, Module]) -> bool:
    if isinstance(called, ast.Name):
        return called.id in module.pages or _is_page(module.imports.get(called.id, ""), modules)
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        return _is_page(f"{module.imports.get(called.value.id, '')}.{called.attr}", modules)
    return False


def _is_page(name: str, modules: Mapping[str, Module]) -> bool:
    """Whether a dotted name is a function that gives a page, under whatever name it was imported on."""
    owner, _, function = name.rpartition(".")
    module = modules.get(owner)
    if module is None:
        return False
    return function in module.pages or (function in module.imports and _is_page(module.imports[function], modules))
