"""Which calls that run while test files are imported would take a clock, a port or a random number.

Such a value is as old as the collection of the whole run, and differs between the processes that share a run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef

CHANGING = re.compile(
    r"""
      time\.(time|monotonic|perf_counter|process_time|thread_time|localtime|gmtime|ctime)(_ns)?
    | datetime\.datetime\.(now|utcnow|today)
    | datetime\.date\.today
    | uuid\.uuid[1467]
    | (random|secrets|tempfile)\.(?!Random$)\w+
    | os\.(urandom|getrandom|getpid|times)
    | socket\.(socket|create_server)
    | ulid\.ULID(\..+)?
    | (.*\.)?(clock\.now|free_port|new_id|load_or_create|make_keys)
    """,
    re.VERBOSE,
)
"""Full names, however they were imported. `random.Random` is none of them when it is given a seed."""
SEEDED = "random.Random"


class Taken(NamedTuple):
    """A call at import that answers something else every time."""

    module: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.name}"


def sources(folder: Path) -> dict[str, str]:
    """Module name → text of every Python file under the folder."""
    paths = sorted(folder.rglob("*.py"))
    return {".".join(path.relative_to(folder.parent).with_suffix("").parts): path.read_text() for path in paths}


def taken_at_import(texts: Mapping[str, str]) -> list[Taken]:
    """The calls in module level, class bodies, decorators and defaults, and in the functions that are called there."""
    files = {module: _File(module, text) for module, text in texts.items()}
    functions = {f"{file.module}.{name}": (file, body) for file in files.values() for name, body in file.functions}
    return sorted({found for file in files.values() for found in _taken(file, file.at_import(), functions, set())})


class _File:
    def __init__(self, module: str, text: str) -> None:
        self.module = module
        self.tree = ast.parse(text)
        self.functions = [(node.name, node) for node in self.tree.body if isinstance(node, Function)]
        self._names = {name: f"{module}.{name}" for name, _ in self.functions} | dict(self._imported())
        self._names |= self._renamed()

    def at_import(self) -> Iterator[ast.AST]:
        """The nodes that run on import."""
        for statement in self.tree.body:
            if not _is_for_programs(statement):
                yield from _at_import(statement)

    def full_name(self, called: ast.expr) -> str:
        """`now` → `chalicelib.kernel.clock.now`; "" for what is not a dotted name."""
        if isinstance(called, ast.Name):
            return self._names.get(called.id, called.id)
        if isinstance(called, ast.Attribute):
            return f"{self.full_name(called.value)}.{called.attr}"
        return ""

    def _imported(self) -> Iterator[tuple[str, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((one.asname, one.name) for one in node.names if one.asname)
            elif isinstance(node, ast.ImportFrom):
                yield from ((one.asname or one.name, f"{node.module}.{one.name}") for one in node.names)

    def _renamed(self) -> dict[str, str]:
        """`tick = time.time` at the top of the file."""
        plain = [node for node in self.tree.body if isinstance(node, ast.Assign)]
        return {
            target.id: self.full_name(node.value)
            for node in plain
            for target in node.targets
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Name | ast.Attribute)
        }


def _taken(
    file: _File, nodes: Iterator[ast.AST], functions: Mapping[str, tuple[_File, Function]], entered: set[str]
) -> Iterator[Taken]:
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        name = file.full_name(node.func)
        if CHANGING.fullmatch(name) or (name == SEEDED and not node.args):
            yield Taken(file.module, node.lineno, name)
        elif name in functions and name not in entered:
            entered.add(name)
            home, function = functions[name]
            yield from _taken(home, _below(function.body), functions, entered)


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    below: list[ast.AST]
    if isinstance(node, Function):
        below = [*node.decorator_list, *_defaults(node.args)]
    elif isinstance(node, ast.Lambda):
        # pytest calls those in decorators (`ids=`) while it collects.
        below = [*_defaults(node.args), node.body]
    else:
        below = list(ast.iter_child_nodes(node))
    for child in below:
        yield from _at_import(child)


def _defaults(arguments: ast.arguments) -> list[ast.AST]:
    return [default for default in (*arguments.defaults, *arguments.kw_defaults) if default]


def _below(statements: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in statements:
        yield from _at_import(statement)


def _is_for_programs(statement: ast.stmt) -> bool:
    """`if __name__ == "__main__":`, which no import enters."""
    return isinstance(statement, ast.If) and "__name__" in ast.dump(statement.test)
